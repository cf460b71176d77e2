using System.Net;
using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>struct ndmsg.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct NeighbourHeader
{
    public const int Size = 12;

    public byte Family;
    public byte Padding1;
    public ushort Padding2;
    public int LinkIndex;
    public ushort State;
    public byte Flags;
    public byte Type;
}

/// <summary>NUD_… (linux/neighbour.h).</summary>
[Flags]
public enum NeighbourState : ushort
{
    None = 0,
    Incomplete = 0x01,
    Reachable = 0x02,
    Stale = 0x04,
    Delay = 0x08,
    Probe = 0x10,
    Failed = 0x20,
    NoArp = 0x40,

    /// <summary>Never asked for and never forgotten.</summary>
    Permanent = 0x80,
}

/// <summary>Which Ethernet address an IP address has on a link.</summary>
public sealed record Neighbour
{
    internal const ushort TypeNew = 28;
    internal const ushort TypeDelete = 29;
    internal const ushort TypeGet = 30;

    private const ushort NdaDestination = 1;
    private const ushort NdaLinkLayerAddress = 2;

    public required int LinkIndex { get; init; }

    public required IPAddress Destination { get; init; }

    /// <summary>Null while it is not known.</summary>
    public MacAddress? Mac { get; init; }

    public NeighbourState State { get; init; } = NeighbourState.Permanent;

    /// <summary>Decodes the body of RTM_NEWNEIGH or RTM_DELNEIGH.</summary>
    /// <exception cref="NetlinkFormatException">It is none, or one of a bridge (those have no address).</exception>
    public static Neighbour Decode(ReadOnlySpan<byte> body)
    {
        var attributes = AttributeReader.After(body, NeighbourHeader.Size, "neighbour");
        var header = MemoryMarshal.Read<NeighbourHeader>(body);
        IPAddress? destination = null;
        MacAddress? mac = null;
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case NdaDestination:
                    destination = attributes.Address("NDA_DST");
                    break;
                case NdaLinkLayerAddress when attributes.Value.Length == MacAddress.Size:
                    mac = new MacAddress(attributes.Value);
                    break;
            }
        }
        if (destination is null)
            throw new NetlinkFormatException("neighbour: no NDA_DST");
        IpFamily.Check(header.Family, 0, destination, "neighbour");
        return new Neighbour
        {
            LinkIndex = header.LinkIndex,
            Destination = destination,
            Mac = mac,
            State = (NeighbourState)header.State,
        };
    }

    internal NetlinkRequest Encode(NetlinkBatch batch, ushort type, NetlinkFlags flags)
    {
        var request = batch.Begin(type, flags, new NeighbourHeader
        {
            Family = IpFamily.Of(Destination),
            LinkIndex = LinkIndex,
            State = (ushort)State,
        }).Put(NdaDestination, Destination);
        return Mac is { } mac ? request.Put(NdaLinkLayerAddress, mac) : request;
    }

    internal static string Describe(ReadOnlySpan<byte> body, Func<int, string> nameOf)
    {
        var neighbour = Decode(body);
        return neighbour.Mac is { } mac
            ? $"{neighbour.Destination} lladdr {mac} dev {nameOf(neighbour.LinkIndex)}"
            : $"{neighbour.Destination} dev {nameOf(neighbour.LinkIndex)}";
    }
}

/// <summary>Requests about neighbours.</summary>
public static class NeighbourRequests
{
    public static NetlinkRequest NewNeighbour(this NetlinkBatch batch, NetlinkFlags flags, Neighbour neighbour) =>
        neighbour.Encode(batch, Neighbour.TypeNew, flags);

    public static NetlinkRequest DeleteNeighbour(this NetlinkBatch batch, Neighbour neighbour) =>
        neighbour.Encode(batch, Neighbour.TypeDelete, NetlinkFlags.None);

    internal static NetlinkRequest DumpNeighbours(this NetlinkBatch batch, byte family) =>
        batch.Begin(Neighbour.TypeGet, NetlinkFlags.Dump, new NeighbourHeader { Family = family });
}
