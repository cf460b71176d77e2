using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>Address families as rtnetlink counts them.</summary>
internal static class IpFamily
{
    public const byte Unspecified = 0;
    public const byte V4 = 2;
    public const byte V6 = 10;

    public static byte Of(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? V4 : V6;

    /// <summary>Bits of an address.</summary>
    public static int Bits(byte family) => family == V4 ? 32 : 128;

    public static IPAddress Any(byte family) => family == V4 ? IPAddress.Any : IPAddress.IPv6Any;

    /// <summary>Whether the kernel's prefix length and address make sense together in this family.</summary>
    public static void Check(byte family, int prefixLength, IPAddress? address, string what)
    {
        if (family is not (V4 or V6))
            throw new NetlinkFormatException($"{what}: address family {family}");
        if (prefixLength > Bits(family))
            throw new NetlinkFormatException($"{what}: prefix length {prefixLength}");
        if (address is not null && Of(address) != family)
            throw new NetlinkFormatException($"{what}: address {address} in family {family}");
    }

    /// <summary>A block from the parts of a message; bits beyond the prefix, which the kernel never sets, are refused.</summary>
    public static IPNetwork Block(byte family, int prefixLength, IPAddress? address, string what)
    {
        Check(family, prefixLength, address, what);
        try
        {
            return new IPNetwork(address ?? Any(family), prefixLength);
        }
        catch (ArgumentException e)
        {
            throw new NetlinkFormatException($"{what}: {address}/{prefixLength} has bits beyond its prefix", e);
        }
    }
}
