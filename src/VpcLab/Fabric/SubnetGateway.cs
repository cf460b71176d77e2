using System.Buffers.Binary;
using System.Net;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>The VPC router's address in a subnet.</summary>
internal static class SubnetGateway
{
    /// <summary>The subnet's first address + 1 (ec2.md).</summary>
    internal static IPAddress Of(IPNetwork cidr)
    {
        var bytes = cidr.BaseAddress.GetAddressBytes();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) + 1);
        return new IPAddress(bytes);
    }
}
