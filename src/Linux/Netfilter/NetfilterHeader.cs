using System.Buffers.Binary;

namespace AwsVpcCni.Linux.Netfilter;

/// <summary>struct nfgenmsg, in front of every message of nfnetlink (linux/netfilter/nfnetlink.h).</summary>
internal static class NetfilterHeader
{
    internal const int Size = 4;

    internal const int Protocol = 12; // NETLINK_NETFILTER

    /// <param name="family">NFPROTO_…; 0 is unspecified.</param>
    /// <param name="resource">What it means depends on the subsystem: a log group, the subsystem of a transaction.</param>
    internal static void Write(Span<byte> header, byte family, ushort resource)
    {
        header[0] = family;
        header[1] = 0; // NFNETLINK_V0
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], resource);
    }

    /// <summary>nlmsg_type: the subsystem in the upper byte.</summary>
    internal static ushort Type(int subsystem, int message) => (ushort)((subsystem << 8) | message);
}
