using System.Buffers.Binary;
using System.Net;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Netfilter;

/// <summary>An IPv4 packet that a <c>log group</c> rule met (NFULNL_MSG_PACKET).</summary>
/// <param name="Prefix">The rule's own text.</param>
/// <param name="Sequence">Of this group's packets since somebody listens; a gap is packets that were not told. Null from a kernel that doesn't count.</param>
/// <param name="IngressIndex">The link that it came in by; null where there was none.</param>
/// <param name="Length">Bytes, headers included; also those that were not copied.</param>
/// <param name="Protocol">1 ICMP, 6 TCP, 17 UDP, as IANA numbers them.</param>
public sealed record LoggedPacket(string Prefix, uint? Sequence, int? IngressIndex, IPAddress Source, IPAddress Destination, int Length, byte Protocol)
{
    internal static readonly ushort Type = NetfilterHeader.Type(Subsystem, message: 0);

    internal const int Subsystem = 4; // NFNL_SUBSYS_ULOG

    private const int Ipv4HeaderSize = 20;

    // linux/netfilter/nfnetlink_log.h
    private const ushort Ingress = 4;
    private const ushort Payload = 9;
    private const ushort PrefixText = 10;
    private const ushort SequenceNumber = 12;

    /// <summary>Decodes a message's body.</summary>
    /// <exception cref="NetlinkFormatException">It is none, or the packet is no IPv4.</exception>
    public static LoggedPacket Decode(ReadOnlySpan<byte> body)
    {
        var attributes = AttributeReader.After(body, NetfilterHeader.Size, "logged packet");
        ReadOnlySpan<byte> packet = default;
        var prefix = "";
        uint? sequence = null;
        int? ingress = null;
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case Ingress:
                    ingress = unchecked((int)BigEndian(attributes, "NFULA_IFINDEX_INDEV"));
                    break;
                case Payload:
                    packet = attributes.Value;
                    break;
                case PrefixText:
                    prefix = attributes.Text();
                    break;
                case SequenceNumber:
                    sequence = BigEndian(attributes, "NFULA_SEQ");
                    break;
            }
        }

        if (packet.Length < Ipv4HeaderSize || packet[0] >> 4 != 4)
            throw new NetlinkFormatException($"logged packet: {packet.Length} bytes that don't begin with an IPv4 header");
        return new LoggedPacket(
            prefix, sequence, ingress, new IPAddress(packet[12..16]), new IPAddress(packet[16..20]),
            BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), packet[9]);
    }

    private static uint BigEndian(AttributeReader attribute, string name) => BinaryPrimitives.ReverseEndianness(attribute.ToUInt32(name));
}
