using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

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
            Addresses = [.. request.Ipv6.Addresses.Distinct().Where(address => !eni!.Ipv6Addresses.Contains(address))],
            Prefixes = [.. request.Ipv6.Prefixes.Distinct().Where(prefix => !eni!.Ipv6Prefixes.Contains(prefix))],
        };
        if (Limit(vpc, eni!, fresh) is { } limit)
            return limit;

        var grant = Ipv6Grant.Give(vpc, fresh, eni!.SubnetId, eni.Id);
        if (grant.Fault is { } refused)
            return refused;

        if (grant.Addresses.Length + grant.Prefixes.Length > 0)
        {
            vpc.Set(
                eni with
                {
                    Ipv6Addresses = [.. eni.Ipv6Addresses, .. grant.Addresses],
                    Ipv6Prefixes = [.. eni.Ipv6Prefixes, .. grant.Prefixes],
                },
                now);
        }

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
        if (addresses.Exists(address => !eni!.Ipv6Addresses.Contains(address)) || prefixes.Exists(prefix => !eni!.Ipv6Prefixes.Contains(prefix)))
            return Faults.NotAssigned(eni!.Id);

        if (vpc.Ipv6AddressesOf(eni!.SubnetId) is { } subnet)
        {
            foreach (var address in addresses)
                subnet.Release(address);
            foreach (var prefix in prefixes)
                subnet.ReleasePrefix(prefix);
        }

        vpc.Set(
            eni with
            {
                Ipv6Addresses = [.. eni.Ipv6Addresses.Where(address => !addresses.Contains(address))],
                Ipv6Prefixes = [.. eni.Ipv6Prefixes.Where(prefix => !prefixes.Contains(prefix))],
            },
            now);
        return new UnassignIpv6AddressesReply(eni.Id, [.. addresses], [.. prefixes]);
    }

    /// <summary>IPv6 has a limit of its own per ENI; without an instance there is none yet.</summary>
    private static Ec2Fault? Limit(VpcState vpc, NetworkInterface eni, Ipv6Wish fresh)
    {
        if (eni.InterfaceType == "efa-only")
            return Faults.EfaOnlyHasNoAddresses;

        if (eni.Attachment is not { } attachment)
            return null;

        var type = vpc.Instances[attachment.InstanceId].Type;
        if ((fresh.Prefixes.Count > 0 || fresh.PrefixCount is not null) && !type.HoldsPrefixes)
            return Faults.PrefixesNeedNitro;

        return eni.Ipv6Slots + fresh.Slots > type.Ipv6AddressesPerInterface ? Faults.AddressLimit : null;
    }
}
