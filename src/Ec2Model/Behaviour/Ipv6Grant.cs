using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>IPv6 addresses and prefixes for an ENI out of its subnet: all that a call asked for, or none and the reason.</summary>
internal sealed class Ipv6Grant
{
    private readonly SubnetIpv6Addresses? _subnet;
    private readonly string _owner;
    private readonly List<IPAddress> _addresses = [];
    private readonly List<IPNetwork> _prefixes = [];

    private Ipv6Grant(VpcState vpc, string subnetId, string owner)
    {
        _subnet = vpc.Ipv6AddressesOf(subnetId);
        _owner = owner;
    }

    /// <summary>Null when everything was given.</summary>
    public Ec2Fault? Fault { get; private set; }

    public ImmutableArray<IPAddress> Addresses => [.. _addresses];

    public ImmutableArray<IPNetwork> Prefixes => [.. _prefixes];

    /// <param name="wish">Valid by <see cref="Invalid"/>; may be empty.</param>
    public static Ipv6Grant Give(VpcState vpc, Ipv6Wish wish, string subnetId, string eniId)
    {
        var grant = new Ipv6Grant(vpc, subnetId, eniId);
        grant.Fault = grant.TakeAll(wish);
        if (grant.Fault is not null)
            grant.Undo();
        return grant;
    }

    /// <summary>At most one of the four ways, as for IPv4.</summary>
    public static Ec2Fault? Invalid(Ipv6Wish wish) =>
        AddressGrant.Ways(wish.Addresses.Count, wish.Count, wish.Prefixes.Count, wish.PrefixCount) > 1 ? Faults.Ipv6TooManyWays
        : wish.Count < 1 ? Faults.NotPositive("ipv6AddressCount", wish.Count.Value)
        : wish.PrefixCount < 1 ? Faults.NotPositive("ipv6PrefixCount", wish.PrefixCount.Value)
        : null;

    public void Undo()
    {
        foreach (var address in _addresses)
            _subnet!.Release(address);
        foreach (var prefix in _prefixes)
            _subnet!.ReleasePrefix(prefix);
        _addresses.Clear();
        _prefixes.Clear();
    }

    private Ec2Fault? TakeAll(Ipv6Wish wish)
    {
        if (wish.Slots == 0)
            return null;

        if (_subnet is null)
            return Faults.NoIpv6InSubnet;

        // A /64 would give as many as anybody asks for; an ENI without an instance has no limit but that of the largest type.
        if (wish.Slots > InstanceTypes.MostIpv6AddressesPerInterface)
            return Faults.AddressLimit;

        foreach (var address in wish.Addresses)
        {
            if (Refused(address) is { } refused)
                return refused;

            _subnet.Take(address, _owner);
            _addresses.Add(address);
        }

        foreach (var prefix in wish.Prefixes)
        {
            if (Refused(prefix) is { } refused)
                return refused;

            _subnet.TakePrefix(prefix, _owner);
            _prefixes.Add(prefix);
        }

        return TakeAny(wish.Count ?? 0, wish.PrefixCount ?? 0);
    }

    private Ec2Fault? TakeAny(int addresses, int prefixes)
    {
        for (var i = 0; i < prefixes; i++)
        {
            if (_subnet!.TakeAnyPrefix(_owner) is not { } prefix)
                return Faults.Fragmented;

            _prefixes.Add(prefix);
        }

        for (var i = 0; i < addresses; i++)
        {
            if (_subnet!.TakeAny(_owner) is not { } address)
                return Faults.NoFreeAddresses;

            _addresses.Add(address);
        }

        return null;
    }

    private Ec2Fault? Refused(IPAddress address) =>
        address.AddressFamily != AddressFamily.InterNetworkV6 || !_subnet!.Cidr.Contains(address) ? Faults.NotInSubnet(address)
        : SubnetIpv6Addresses.IsReserved(address) ? Faults.Reserved(address)
        : !_subnet.IsFree(address) ? Faults.AddressInUse
        : null;

    private Ec2Fault? Refused(IPNetwork prefix) =>
        prefix.PrefixLength != SubnetIpv6Addresses.PrefixLength ? Faults.NotAPrefix(prefix, SubnetIpv6Addresses.PrefixLength)
        : !_subnet!.Cidr.Contains(prefix.BaseAddress) ? Faults.PrefixNotInSubnet(prefix)
        : !_subnet.IsFree(prefix) ? Faults.PrefixTaken(prefix)
        : null;
}
