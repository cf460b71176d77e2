using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Enis;

/// <summary>An ENI as the host has to know it.</summary>
public sealed record EniNetworkSpec
{
    public required MacAddress Mac { get; init; }

    /// <summary>The ENI's own address, never a pod's.</summary>
    public required IPAddress PrimaryAddress { get; init; }

    /// <summary>The subnet's IPv4 block; its first address + 1 is the gateway.</summary>
    public required IPNetwork Subnet { get; init; }

    /// <summary>Bytes; AWS_VPC_ENI_MTU.</summary>
    public required int Mtu { get; init; }

    public required int NetworkCard { get; init; }

    public required int DeviceIndex { get; init; }

    public required bool IsPrimary { get; init; }

    public RouteTable Table => RouteTable.Of(NetworkCard, DeviceIndex, IsPrimary);

    public IPAddress Gateway
    {
        get
        {
            var bytes = Subnet.BaseAddress.GetAddressBytes();
            bytes[^1]++;
            return new IPAddress(bytes);
        }
    }

    /// <exception cref="ArgumentException">What can't be, by name.</exception>
    internal void Check()
    {
        if (PrimaryAddress.AddressFamily != AddressFamily.InterNetwork || Subnet.BaseAddress.AddressFamily != AddressFamily.InterNetwork)
            throw new ArgumentException($"ENI {Mac}: address {PrimaryAddress} and subnet {Subnet} must be IPv4");
        if (Subnet.PrefixLength is < 1 or > 30 || !Subnet.Contains(PrimaryAddress))
            throw new ArgumentException($"ENI {Mac}: address {PrimaryAddress} is not in subnet {Subnet}");
        if (Mtu is < 68 or > 65535)
            throw new ArgumentException($"ENI {Mac}: MTU {Mtu}: 68 to 65535 bytes");
        _ = Table;
    }
}

/// <summary>An ENI whose pods are routed.</summary>
/// <param name="Link">Its link, as found.</param>
/// <param name="Changes">What had to be changed, in words; empty when all was as it should be.</param>
/// <param name="Warnings">What could not be changed and is not fatal, in words.</param>
public sealed record RoutedEni(Link Link, RouteTable Table, IReadOnlyList<string> Changes, IReadOnlyList<string> Warnings);

/// <summary>An ENI can't be set up as asked.</summary>
public sealed class EniNetworkException : Exception
{
    public EniNetworkException()
    {
    }

    public EniNetworkException(string message)
        : base(message)
    {
    }

    public EniNetworkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
