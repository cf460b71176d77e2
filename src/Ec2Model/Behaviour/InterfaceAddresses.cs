using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>AssignPrivateIpAddresses and UnassignPrivateIpAddresses.</summary>
internal static class InterfaceAddresses
{
    public static Ec2Result Assign(VpcState vpc, AssignPrivateIpAddressesRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } missing)
            return missing;

        var subnet = vpc.AddressesOf(eni!.SubnetId);
        var fresh = NewOnes(eni, request);
        if (Validate(vpc, eni, request, fresh) is { } invalid)
            return invalid;

        ImmutableArray<IPAddress> moving = [];
        if (request.AllowReassignment)
            moving = [.. fresh.PrivateIpAddresses.Where(address => subnet.OwnerOf(address) is not null)];
        if (Unmovable(vpc, subnet, fresh.PrivateIpAddresses, request.AllowReassignment) is { } stuck)
            return stuck;

        var grant = AddressGrant.ForExisting(
            vpc, fresh with { PrivateIpAddresses = [.. fresh.PrivateIpAddresses.Except(moving)] }, eni.SubnetId);
        if (grant.Fault is { } refused)
            return refused;

        IpFamily.Ipv4.Give(vpc, eni, grant.Addresses, grant.Prefixes, now);
        foreach (var address in moving)
            vpc.Moves.Begin(vpc, address, subnet.OwnerOf(address)!, eni.Id, now);

        return new AssignPrivateIpAddressesReply(eni.Id, [.. grant.Addresses, .. moving], grant.Prefixes);
    }

    public static Ec2Result Unassign(VpcState vpc, UnassignPrivateIpAddressesRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } missing)
            return missing;

        if (request.PrivateIpAddresses.Count == 0 && request.Ipv4Prefixes.Count == 0)
            return Faults.MissingParameter("PrivateIpAddresses");

        var addresses = request.PrivateIpAddresses.Distinct().ToList();
        var prefixes = request.Ipv4Prefixes.Distinct().ToList();
        if (eni!.PrimaryAddress is { } primary && addresses.Contains(primary))
            return Faults.PrimaryStays(primary);

        if (IpFamily.Ipv4.TakeAway(vpc, eni, addresses, prefixes, now) is { } stranger)
            return stranger;

        return Done.Instance;
    }

    private static AssignPrivateIpAddressesRequest NewOnes(NetworkInterface eni, AssignPrivateIpAddressesRequest request) => request with
    {
        PrivateIpAddresses = IpFamily.Ipv4.NewTo(eni, request.PrivateIpAddresses),
        Ipv4Prefixes = IpFamily.Ipv4.NewTo(eni, request.Ipv4Prefixes),
    };

    private static Ec2Fault? Validate(
        VpcState vpc, NetworkInterface eni, AssignPrivateIpAddressesRequest request, AssignPrivateIpAddressesRequest fresh)
    {
        var ways = AddressGrant.Ways(
            request.PrivateIpAddresses.Count, request.SecondaryPrivateIpAddressCount, request.Ipv4Prefixes.Count, request.Ipv4PrefixCount);
        if (ways != 1)
            return AddressGrant.TooManyWays;

        if (AddressGrant.NotPositive(request.SecondaryPrivateIpAddressCount, request.Ipv4PrefixCount) is { } notPositive)
            return notPositive;

        var withPrefixes = request.Ipv4Prefixes.Count > 0 || request.Ipv4PrefixCount is not null;
        var more = vpc.Moves.ComingTo(eni.Id).Union(fresh.PrivateIpAddresses).Count() + (long)(fresh.SecondaryPrivateIpAddressCount ?? 0)
            + fresh.Ipv4Prefixes.Count + (fresh.Ipv4PrefixCount ?? 0);
        return IpFamily.Ipv4.Refusal(vpc, eni, withPrefixes, more);
    }

    private static Ec2Fault? Unmovable(VpcState vpc, SubnetAddresses subnet, IReadOnlyList<IPAddress> addresses, bool mayMove)
    {
        foreach (var address in addresses)
        {
            if (subnet.OwnerOf(address) is not { } owner)
                continue;

            if (address.Equals(vpc.Interfaces[owner].PrimaryAddress))
                return Faults.PrimaryElsewhere;

            if (!mayMove)
                return Faults.MoveNotAllowed(address);
        }

        return null;
    }
}
