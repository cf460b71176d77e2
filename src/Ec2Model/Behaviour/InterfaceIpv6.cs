using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>AssignIpv6Addresses and UnassignIpv6Addresses.</summary>
internal static class InterfaceIpv6
{
    public static Ec2Result Assign(VpcState vpc, AssignIpv6AddressesRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } missing)
            return missing;

        if (request.Ipv6.Slots == 0 && request.Ipv6 is { Count: null, PrefixCount: null })
            return Faults.Ipv6TooManyWays;

        if (Ipv6Grant.Invalid(request.Ipv6) is { } invalid)
            return invalid;

        var fresh = request.Ipv6 with
        {
            Addresses = IpFamily.Ipv6.NewTo(eni!, request.Ipv6.Addresses),
            Prefixes = IpFamily.Ipv6.NewTo(eni!, request.Ipv6.Prefixes),
        };
        var withPrefixes = fresh.Prefixes.Count > 0 || fresh.PrefixCount is not null;
        if (IpFamily.Ipv6.Refusal(vpc, eni!, withPrefixes, fresh.Slots) is { } limit)
            return limit;

        var grant = Ipv6Grant.Give(vpc, fresh, eni!.SubnetId, eni.Id);
        if (grant.Fault is { } refused)
            return refused;

        IpFamily.Ipv6.Give(vpc, eni, grant.Addresses, grant.Prefixes, now);
        return new AssignIpv6AddressesReply(eni.Id, grant.Addresses, grant.Prefixes);
    }

    public static Ec2Result Unassign(VpcState vpc, UnassignIpv6AddressesRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } missing)
            return missing;

        if (request.Addresses.Count == 0 && request.Prefixes.Count == 0)
            return Faults.MissingParameter("Ipv6Addresses");

        var addresses = request.Addresses.Distinct().ToList();
        var prefixes = request.Prefixes.Distinct().ToList();
        if (IpFamily.Ipv6.TakeAway(vpc, eni!, addresses, prefixes, now) is { } stranger)
            return stranger;

        return new UnassignIpv6AddressesReply(eni!.Id, [.. addresses], [.. prefixes]);
    }
}
