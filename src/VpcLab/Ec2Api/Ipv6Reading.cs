using System.Net;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The parameters of AssignIpv6Addresses and UnassignIpv6Addresses, and those of IPv6 in CreateNetworkInterface.</summary>
internal static class Ipv6Reading
{
    public static AssignIpv6AddressesRequest Assign(QueryParameters p) => new()
    {
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
        Ipv6 = Wish(p, "", ""),
    };

    public static UnassignIpv6AddressesRequest Unassign(QueryParameters p) => new()
    {
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
        Addresses = Addresses(p, ""),
        Prefixes = p.Ipv6Blocks("Ipv6Prefix"),
    };

    /// <param name="addressSuffix">Create's lists hold structures, Assign's plain values.</param>
    /// <param name="prefixSuffix">The same for prefixes.</param>
    /// <param name="at">Before each name; empty for a call of its own.</param>
    public static Ipv6Wish Wish(QueryParameters p, string addressSuffix, string prefixSuffix, string at = "") => new()
    {
        Addresses = Addresses(p, addressSuffix, at),
        Count = p.Number(at + "Ipv6AddressCount"),
        Prefixes = p.Ipv6Blocks(at + "Ipv6Prefix", prefixSuffix),
        PrefixCount = p.Number(at + "Ipv6PrefixCount"),
    };

    private static IReadOnlyList<IPAddress> Addresses(QueryParameters p, string suffix, string at = "") =>
        p.List(at + "Ipv6Addresses", member => p.Ipv6Address(member + suffix));
}
