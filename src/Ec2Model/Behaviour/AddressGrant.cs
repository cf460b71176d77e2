using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>
/// Addresses for an ENI out of its subnet: all that a call asked for, or none and the reason. Whole prefixes are set aside before
/// single addresses are drawn, so that a call does not fragment what it needs itself.
/// </summary>
internal sealed class AddressGrant
{
    private readonly SubnetAddresses _subnet;
    private readonly string _owner;
    private readonly UnknownBehaviour _unknown;
    private readonly List<IPAddress> _addresses = [];
    private readonly List<IPNetwork> _prefixes = [];

    private AddressGrant(VpcState vpc, string subnetId, string owner)
    {
        _subnet = vpc.AddressesOf(subnetId);
        _owner = owner;
        _unknown = vpc.Options.Unknown;
    }

    /// <summary>Null when everything was given.</summary>
    public Ec2Fault? Fault { get; private set; }

    public IPAddress? Primary { get; private set; }

    public ImmutableArray<IPAddress> Addresses => [.. _addresses];

    public ImmutableArray<IPNetwork> Prefixes => [.. _prefixes];

    public static AddressGrant ForNew(VpcState vpc, CreateNetworkInterfaceRequest request, string eniId)
    {
        var grant = new AddressGrant(vpc, request.SubnetId, eniId);
        grant.TakeForNew(request);
        grant.UndoOnFault();
        return grant;
    }

    public static AddressGrant ForExisting(VpcState vpc, AssignPrivateIpAddressesRequest request, string subnetId)
    {
        var grant = new AddressGrant(vpc, subnetId, request.NetworkInterfaceId);
        grant.Fault = grant.TakeEach(request.PrivateIpAddresses)
            ?? grant.TakeEachPrefix(request.Ipv4Prefixes)
            ?? grant.TakeAnyPrefixes(request.Ipv4PrefixCount ?? 0, besides: 0)
            ?? grant.TakeAny(request.SecondaryPrivateIpAddressCount ?? 0);
        grant.UndoOnFault();
        return grant;
    }

    private void TakeForNew(CreateNetworkInterfaceRequest request)
    {
        var primaries = request.PrivateIpAddresses.Where(address => address.Primary).ToList();
        var ways = Ways(
            request.PrivateIpAddresses.Count, request.SecondaryPrivateIpAddressCount, request.Ipv4Prefixes.Count, request.Ipv4PrefixCount);
        Fault = ways > 1 ? TooManyWays
            : primaries.Count > 1 ? Faults.InvalidValue("Only one address may be primary.")
            : primaries.Count == 1 && request.PrivateIpAddress is not null ? PrimaryTwice
            : NotPositive(request.SecondaryPrivateIpAddressCount, request.Ipv4PrefixCount);
        if (Fault is not null)
            return;

        if (request.InterfaceType == "efa-only")
        {
            if (ways > 0 || request.PrivateIpAddress is not null)
                Fault = Faults.EfaOnlyHasNoAddresses;
            return;
        }

        var own = request.PrivateIpAddress ?? primaries.FirstOrDefault()?.Address;
        if (own is not null)
        {
            Fault = Take(own);
            if (Fault is not null)
                return;

            _addresses.Clear();
            Primary = own;
        }

        var needed = own is null ? 1 : 0;
        Fault = TakeEach(request.PrivateIpAddresses.Where(address => !address.Primary).Select(address => address.Address))
            ?? TakeEachPrefix(request.Ipv4Prefixes)
            ?? TakeAnyPrefixes(request.Ipv4PrefixCount ?? 0, besides: needed)
            ?? Enough(needed + (long)(request.SecondaryPrivateIpAddressCount ?? 0));
        if (Fault is not null)
            return;

        Primary ??= _subnet.TakeAny(_owner, SinglesFromReservations);
        Fault = TakeAny(request.SecondaryPrivateIpAddressCount ?? 0);
    }

    internal static Ec2Fault TooManyWays { get; } = Faults.InvalidCombination(
        "You may specify one and only one of privateIpAddressSet or secondaryPrivateIpAddressCount or ipv4PrefixSet or ipv4PrefixCount");

    private static Ec2Fault PrimaryTwice { get; } =
        Faults.InvalidCombination("You may specify the primary address in privateIpAddress or in privateIpAddressSet, not in both");

    internal static int Ways(int addresses, int? count, int prefixes, int? prefixCount) =>
        (addresses > 0 ? 1 : 0) + (count is null ? 0 : 1) + (prefixes > 0 ? 1 : 0) + (prefixCount is null ? 0 : 1);

    internal static Ec2Fault? NotPositive(int? count, int? prefixCount) =>
        count < 1 ? Faults.NotPositive("secondaryPrivateIpAddressCount", count.Value)
        : prefixCount < 1 ? Faults.NotPositive("ipv4PrefixCount", prefixCount.Value)
        : null;

    private bool SinglesFromReservations => !_unknown.SinglesAvoidReservations;

    private Ec2Fault Exhausted => _unknown.ExhaustionOnlyByText ? Faults.NoFreeAddressesByText : Faults.NoFreeAddresses;

    private Ec2Fault? Enough(long count) =>
        (SinglesFromReservations ? _subnet.Free : _subnet.FreeFor(AddressUse.Any)) < count ? Exhausted : null;

    private Ec2Fault? TakeAny(int count)
    {
        if (Enough(count) is { } exhausted)
            return exhausted;

        for (var i = 0; i < count; i++)
            _addresses.Add(_subnet.TakeAny(_owner, SinglesFromReservations));
        return null;
    }

    private Ec2Fault? TakeAnyPrefixes(int count, int besides)
    {
        if (count == 0)
            return null;

        if (_subnet.HasPrefixReservation)
            return TakeReservedPrefixes(count);

        if (_subnet.FreeFor(AddressUse.Any) < ((long)count * SubnetAddresses.PrefixSize) + besides)
            return Exhausted;

        if (_subnet.WholeBlocks(AddressUse.Any) < count)
            return Faults.Fragmented;

        for (var i = 0; i < count; i++)
            _prefixes.Add(_subnet.TakeAnyPrefix(_owner, AddressUse.Any));
        return null;
    }

    /// <summary>EC2 picks prefixes out of the reservations; what it does when they are full is not documented, so that is a switch.</summary>
    private Ec2Fault? TakeReservedPrefixes(int count)
    {
        var reserved = Math.Min(count, _subnet.WholeBlocks(AddressUse.Prefixes));
        var outside = count - reserved;
        if (outside > 0 && (!_unknown.PrefixesLeaveReservations || _subnet.WholeBlocks(AddressUse.Any) < outside))
            return Faults.Fragmented;

        for (var i = 0; i < count; i++)
            _prefixes.Add(_subnet.TakeAnyPrefix(_owner, i < reserved ? AddressUse.Prefixes : AddressUse.Any));
        return null;
    }

    private Ec2Fault? TakeEach(IEnumerable<IPAddress> addresses)
    {
        foreach (var address in addresses)
        {
            if (Take(address) is { } fault)
                return fault;
        }

        return null;
    }

    private Ec2Fault? Take(IPAddress address)
    {
        if (!_subnet.Cidr.Contains(address))
            return Faults.NotInSubnet(address);

        if (_subnet.IsReserved(address))
            return Faults.Reserved(address);

        if (!_subnet.IsFree(address))
            return Faults.AddressInUse;

        _subnet.Take(address, _owner);
        _addresses.Add(address);
        return null;
    }

    private Ec2Fault? TakeEachPrefix(IEnumerable<IPNetwork> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (prefix.PrefixLength != 28)
                return Faults.NotAPrefix(prefix, 28);

            if (!_subnet.Cidr.Contains(prefix.BaseAddress))
                return Faults.PrefixNotInSubnet(prefix);

            if (!_subnet.IsFree(prefix))
                return Faults.PrefixTaken(prefix);

            _subnet.TakePrefix(prefix, _owner);
            _prefixes.Add(prefix);
        }

        return null;
    }

    private void UndoOnFault()
    {
        if (Fault is not null)
            Undo();
    }

    public void Undo()
    {
        if (Primary is not null)
            _subnet.Release(Primary);
        foreach (var address in _addresses)
            _subnet.Release(address);
        foreach (var prefix in _prefixes)
            _subnet.ReleasePrefix(prefix);

        Primary = null;
        _addresses.Clear();
        _prefixes.Clear();
    }
}
