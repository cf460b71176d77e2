using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>
/// IPv4 or IPv6: an ENI has addresses and prefixes of each, out of a pool of the subnet's and within a limit of the instance type's of its own.
/// What is the same for both is here; how they are asked for and granted is not.
/// </summary>
internal sealed class IpFamily
{
    /// <summary>Without the primary address, which is nobody's to give or take.</summary>
    public static IpFamily Ipv4 { get; } = new()
    {
        Addresses = eni => eni.SecondaryAddresses,
        Prefixes = eni => eni.Prefixes,
        Holding = (eni, addresses, prefixes) => eni with { SecondaryAddresses = addresses, Prefixes = prefixes },
        Slots = eni => eni.AddressSlots,
        MostSlots = type => type.Ipv4AddressesPerInterface,
        Release = (vpc, subnetId, addresses, prefixes) =>
        {
            var subnet = vpc.AddressesOf(subnetId);
            foreach (var address in addresses)
                subnet.Release(address);
            foreach (var prefix in prefixes)
                subnet.ReleasePrefix(prefix);
        },
    };

    public static IpFamily Ipv6 { get; } = new()
    {
        Addresses = eni => eni.Ipv6Addresses,
        Prefixes = eni => eni.Ipv6Prefixes,
        Holding = (eni, addresses, prefixes) => eni with { Ipv6Addresses = addresses, Ipv6Prefixes = prefixes },
        Slots = eni => eni.Ipv6Slots,
        MostSlots = type => type.Ipv6AddressesPerInterface,
        Release = (vpc, subnetId, addresses, prefixes) =>
        {
            if (vpc.Ipv6AddressesOf(subnetId) is not { } subnet)
                return;

            foreach (var address in addresses)
                subnet.Release(address);
            foreach (var prefix in prefixes)
                subnet.ReleasePrefix(prefix);
        },
    };

    public static ImmutableArray<IpFamily> Both { get; } = [Ipv4, Ipv6];

    private IpFamily()
    {
    }

    public required Func<NetworkInterface, ImmutableArray<IPAddress>> Addresses { get; init; }

    public required Func<NetworkInterface, ImmutableArray<IPNetwork>> Prefixes { get; init; }

    /// <summary>Back to the subnet.</summary>
    public required Action<VpcState, string, IEnumerable<IPAddress>, IEnumerable<IPNetwork>> Release { get; init; }

    /// <summary>The ENI with these addresses and prefixes instead of its own.</summary>
    public required Func<NetworkInterface, ImmutableArray<IPAddress>, ImmutableArray<IPNetwork>, NetworkInterface> Holding { get; init; }

    /// <summary>How much of the limit the ENI takes.</summary>
    public required Func<NetworkInterface, int> Slots { get; init; }

    /// <summary>The instance type's limit.</summary>
    public required Func<InstanceType, int> MostSlots { get; init; }

    /// <summary>What the ENI has already is not asked for again.</summary>
    public IReadOnlyList<IPAddress> NewTo(NetworkInterface eni, IEnumerable<IPAddress> addresses) => [.. addresses.Distinct().Except(Addresses(eni))];

    /// <inheritdoc cref="NewTo(NetworkInterface, IEnumerable{IPAddress})"/>
    public IReadOnlyList<IPNetwork> NewTo(NetworkInterface eni, IEnumerable<IPNetwork> prefixes) => [.. prefixes.Distinct().Except(Prefixes(eni))];

    /// <summary>Why the ENI can't have that much more; null when it can. Without an instance there is no limit yet.</summary>
    /// <param name="withPrefixes">Whether prefixes are among it.</param>
    /// <param name="more">In slots: a prefix takes one as an address does.</param>
    public Ec2Fault? Refusal(VpcState vpc, NetworkInterface eni, bool withPrefixes, long more)
    {
        if (eni.InterfaceType == "efa-only")
            return Faults.EfaOnlyHasNoAddresses;

        if (eni.Attachment is not { } attachment)
            return null;

        var type = vpc.Instances[attachment.InstanceId].Type;
        if (withPrefixes && !type.HoldsPrefixes)
            return Faults.PrefixesNeedNitro;

        return Slots(eni) + more > MostSlots(type) ? Faults.AddressLimit : null;
    }

    /// <summary>They have been taken out of the subnet for this ENI.</summary>
    public void Give(VpcState vpc, NetworkInterface eni, ImmutableArray<IPAddress> addresses, ImmutableArray<IPNetwork> prefixes, DateTimeOffset now)
    {
        if (addresses.Length + prefixes.Length > 0)
            vpc.Set(Holding(eni, [.. Addresses(eni), .. addresses], [.. Prefixes(eni), .. prefixes]), now);
    }

    /// <summary>All of them or, with the reason, none.</summary>
    public Ec2Fault? TakeAway(VpcState vpc, NetworkInterface eni, IReadOnlyList<IPAddress> addresses, IReadOnlyList<IPNetwork> prefixes, DateTimeOffset now)
    {
        if (addresses.Except(Addresses(eni)).Any() || prefixes.Except(Prefixes(eni)).Any())
            return Faults.NotAssigned(eni.Id);

        Release(vpc, eni.SubnetId, addresses, prefixes);
        vpc.Set(Holding(eni, [.. Addresses(eni).Except(addresses)], [.. Prefixes(eni).Except(prefixes)]), now);
        return null;
    }
}
