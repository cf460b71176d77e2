using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>IPv4 blocks as users write them.</summary>
internal static class Block
{
    /// <summary>IPNetwork itself takes host bits and drops them; who writes 10.0.0.1/24 may mean something else.</summary>
    internal static bool TryParse(string text, out IPNetwork block) =>
        IPNetwork.TryParse(text, out block)
        && block.BaseAddress.AddressFamily == AddressFamily.InterNetwork
        && block.ToString() == text;

    /// <summary>All of its addresses, the first and the last among them.</summary>
    internal static IEnumerable<IPAddress> Addresses(IPNetwork block)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(block.BaseAddress.GetAddressBytes());
        for (var offset = 0L; offset < 1L << (32 - block.PrefixLength); offset++)
        {
            var bytes = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, first + (uint)offset);
            yield return new IPAddress(bytes);
        }
    }

    internal static bool Overlap(IPNetwork a, IPNetwork b) => a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress);
}
