using Amazon.EC2;
using Amazon.EC2.Model;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>DescribeInstanceTypes, as far as limits are concerned.</summary>
internal sealed class InstanceTypeQuery(Ec2Wire wire)
{
    private const int PageSize = 100;
    private const int MostPages = 200;

    public async Task<Ec2Outcome<InstanceTypeLimits>> OneAsync(string instanceType, CancellationToken cancellation)
    {
        var outcome = await CallAsync(
            new DescribeInstanceTypesRequest { InstanceTypes = [instanceType] }, cancellation).ConfigureAwait(false);
        return outcome.Then(reply => (reply.InstanceTypes ?? []).Select(Read).FirstOrDefault(limits => limits?.InstanceType == instanceType)
            is { } limits
                ? new Ec2Outcome<InstanceTypeLimits>.Done(limits)
                : (Ec2Outcome<InstanceTypeLimits>)new Ec2Outcome<InstanceTypeLimits>.Unknown(
                    $"DescribeInstanceTypes' reply says nothing of {instanceType}'s network"));
    }

    public async Task<Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>> AllAsync(CancellationToken cancellation)
    {
        var found = new List<InstanceTypeLimits>();
        string? next = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var outcome = await CallAsync(
                new DescribeInstanceTypesRequest { MaxResults = PageSize, NextToken = next }, cancellation).ConfigureAwait(false);
            if (outcome is not Ec2Outcome<DescribeInstanceTypesResponse>.Done { Value: var reply })
            {
                return outcome.Then(
                    static _ => (Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>)new Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>.Done([]));
            }

            found.AddRange((reply.InstanceTypes ?? []).Select(Read).OfType<InstanceTypeLimits>());
            next = reply.NextToken;
            if (string.IsNullOrEmpty(next))
                return new Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>.Done(found);
        }

        return new Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>.Unknown($"DescribeInstanceTypes has no end after {MostPages} pages");
    }

    private Task<Ec2Outcome<DescribeInstanceTypesResponse>> CallAsync(
        DescribeInstanceTypesRequest request, CancellationToken cancellation) =>
        wire.CallAsync(
            "DescribeInstanceTypes", request, static (ec2, wish, token) => ec2.DescribeInstanceTypesAsync(wish, token), cancellation);

    // MaximumNetworkInterfaces of the type is the sum over its cards (ec2.md), so the cards are read where they are told.
    private static InstanceTypeLimits? Read(InstanceTypeInfo type)
    {
        if (type.InstanceType?.Value is not { Length: > 0 } name
            || type.NetworkInfo is not { Ipv4AddressesPerInterface: { } addresses, MaximumNetworkInterfaces: { } total })
            return null;
        var cards = (type.NetworkInfo.NetworkCards ?? [])
            .OrderBy(card => card.NetworkCardIndex ?? 0)
            .Select(card => card.MaximumNetworkInterfaces ?? 0)
            .ToList();
        return InstanceTypeLimits.TryCreate(
            name,
            cards.Count > 0 ? cards : [total],
            addresses,
            type.BareMetal == true || type.Hypervisor == InstanceTypeHypervisor.Nitro);
    }
}
