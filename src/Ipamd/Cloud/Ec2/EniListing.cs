using Amazon.EC2.Model;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Enis = System.Collections.Generic.IReadOnlyList<AwsVpcCni.WarmPool.Engine.Seams.EniDescription>;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>DescribeNetworkInterfaces, all pages.</summary>
internal sealed class EniListing(Ec2Wire wire, string instanceId)
{
    // FilterLimitExceeded above; the same bound for ids.
    private const int MostValues = 200;

    // 5 to 1000 for this call.
    private const int PageSize = 1000;

    // A page can be empty and still have a next one; a server that never ends is another matter.
    private const int MostPages = 500;

    /// <summary>Ids that EC2 does not know are absent from the answer.</summary>
    public async Task<Ec2Outcome<Enis>> ByIdAsync(IReadOnlyList<EniId> enis, CancellationToken cancellation)
    {
        var found = new List<EniDescription>();
        foreach (var part in enis.Distinct().Chunk(MostValues))
        {
            var outcome = await PartAsync(part, cancellation).ConfigureAwait(false);
            if (outcome is not Ec2Outcome<Enis>.Done { Value: var some })
                return outcome;
            found.AddRange(some);
        }

        return new Ec2Outcome<Enis>.Done(found);
    }

    /// <summary>What is attached to the instance, and what carries its tag without being attached (yet, or any more).</summary>
    public async Task<Ec2Outcome<Enis>> OwnAsync(CancellationToken cancellation)
    {
        var attached = await PagesAsync(Filtered("attachment.instance-id"), cancellation).ConfigureAwait(false);
        if (attached is not Ec2Outcome<Enis>.Done { Value: var first })
            return attached;
        var tagged = await PagesAsync(Filtered("tag:" + EniMarks.InstanceIdKey), cancellation).ConfigureAwait(false);

        // Both calls can show the same ENI, and at different moments: the later one counts.
        return tagged is Ec2Outcome<Enis>.Done { Value: var second }
            ? new Ec2Outcome<Enis>.Done([.. second.Concat(first).DistinctBy(eni => eni.Id)])
            : tagged;
    }

    /// <summary>What is attached to nothing and carries the cluster's tag and some node's.</summary>
    public Task<Ec2Outcome<Enis>> UnattachedAsync(string clusterName, string vpcId, CancellationToken cancellation) => PagesAsync(
        next => new DescribeNetworkInterfacesRequest
        {
            Filters =
            [
                new Filter("status", ["available"]),
                new Filter("vpc-id", [vpcId]),
                new Filter("tag-key", [EniMarks.InstanceIdKey]),
                new Filter("tag:" + EniMarks.ClusterNameKey, [clusterName]),
            ],
            MaxResults = PageSize,
            NextToken = next,
        },
        cancellation);

    private async Task<Ec2Outcome<Enis>> PartAsync(EniId[] ids, CancellationToken cancellation)
    {
        // No MaxResults with ids: EC2 refuses the pair.
        var outcome = await PagesAsync(
            _ => new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [.. ids.Select(id => id.Value)] },
            cancellation).ConfigureAwait(false);
        if (!outcome.IsNotFound())
            return outcome;
        if (ids.Length == 1)
            return new Ec2Outcome<Enis>.Done([]);

        // One unknown id fails the whole call, and EC2 names only the first, in prose: so one by one.
        var found = new List<EniDescription>();
        foreach (var id in ids)
        {
            var one = await PartAsync([id], cancellation).ConfigureAwait(false);
            if (one is not Ec2Outcome<Enis>.Done { Value: var some })
                return one;
            found.AddRange(some);
        }

        return new Ec2Outcome<Enis>.Done(found);
    }

    private Func<string?, DescribeNetworkInterfacesRequest> Filtered(string filter) => next => new DescribeNetworkInterfacesRequest
    {
        Filters = [new Filter(filter, [instanceId])],
        MaxResults = PageSize,
        NextToken = next,
    };

    private async Task<Ec2Outcome<Enis>> PagesAsync(Func<string?, DescribeNetworkInterfacesRequest> page, CancellationToken cancellation)
    {
        var found = new List<EniDescription>();
        string? next = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var outcome = await wire.CallAsync(
                "DescribeNetworkInterfaces",
                page(next),
                static (ec2, wish, token) => ec2.DescribeNetworkInterfacesAsync(wish, token),
                cancellation).ConfigureAwait(false);
            if (outcome is not Ec2Outcome<DescribeNetworkInterfacesResponse>.Done { Value: var reply })
                return outcome.Then(static _ => (Ec2Outcome<Enis>)new Ec2Outcome<Enis>.Done([]));
            foreach (var eni in reply.NetworkInterfaces ?? [])
            {
                if (!EniReading.TryRead(eni, out var description, out var problem))
                    return new Ec2Outcome<Enis>.Unknown($"DescribeNetworkInterfaces' reply: {problem}");
                found.Add(description);
            }

            next = reply.NextToken;
            if (string.IsNullOrEmpty(next))
                return new Ec2Outcome<Enis>.Done(found);
        }

        return new Ec2Outcome<Enis>.Unknown($"DescribeNetworkInterfaces has no end after {MostPages} pages");
    }
}
