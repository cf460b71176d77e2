using Amazon.EC2.Model;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Found = System.Collections.Generic.IReadOnlyList<AwsVpcCni.WarmPool.Model.SubnetFacts>;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>DescribeSubnets of one VPC and zone, all pages.</summary>
internal sealed class SubnetListing(Ec2Wire wire, Ec2Options options)
{
    // 5 to 1000 for this call.
    private const int PageSize = 1000;
    private const int MostPages = 100;

    public async Task<Ec2Outcome<Found>> AllAsync(CancellationToken cancellation)
    {
        var found = new List<SubnetFacts>();
        string? next = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var outcome = await wire.CallAsync(
                "DescribeSubnets",
                new DescribeSubnetsRequest
                {
                    Filters = [new Filter("vpc-id", [options.VpcId]), new Filter("availability-zone", [options.AvailabilityZone])],
                    MaxResults = PageSize,
                    NextToken = next,
                },
                static (ec2, wish, token) => ec2.DescribeSubnetsAsync(wish, token),
                cancellation).ConfigureAwait(false);
            if (outcome is not Ec2Outcome<DescribeSubnetsResponse>.Done { Value: var reply })
                return outcome.Then(static _ => (Ec2Outcome<Found>)new Ec2Outcome<Found>.Done([]));

            // One without an IPv4 block has nothing for us.
            foreach (var subnet in reply.Subnets ?? [])
            {
                if (!string.IsNullOrEmpty(subnet.SubnetId) && SettingSyntax.TryIpv4Cidr(subnet.CidrBlock ?? "", out var cidr))
                    found.Add(new SubnetFacts(subnet.SubnetId, cidr, subnet.AvailableIpAddressCount ?? 0, EniReading.Tags(subnet.Tags)));
            }

            next = reply.NextToken;
            if (string.IsNullOrEmpty(next))
            {
                // Pages are told at different moments, and one subnet may be on two of them: the later one counts.
                found.Reverse();
                return new Ec2Outcome<Found>.Done([.. found.DistinctBy(static subnet => subnet.Id)]);
            }
        }

        return new Ec2Outcome<Found>.Unknown($"DescribeSubnets has no end after {MostPages} pages");
    }
}
