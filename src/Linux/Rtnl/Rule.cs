using System.Net;
using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>struct fib_rule_hdr.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct RuleHeader
{
    public const int Size = 12;

    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte TypeOfService;
    public byte Table;
    public byte Reserved1;
    public byte Reserved2;
    public byte Action;
    public uint Flags;
}

/// <summary>What a rule does with a packet it matches (FR_ACT_…).</summary>
public enum RuleAction : byte
{
    /// <summary>In a delete: any.</summary>
    Unspecified = 0,
    ToTable = 1,
    Goto = 2,
    Nop = 3,
    Blackhole = 6,
    Unreachable = 7,
    Prohibit = 8,
}

/// <summary>A policy routing rule. None that we write carries FRA_PROTOCOL: with another one than the original's both would exist.</summary>
public sealed record Rule
{
    internal const ushort TypeNew = 32;
    internal const ushort TypeDelete = 33;
    internal const ushort TypeGet = 34;

    private const ushort FraDestination = 1;
    private const ushort FraSource = 2;
    private const ushort FraIif = 3;
    private const ushort FraPriority = 6;
    private const ushort FraMark = 10;
    private const ushort FraTable = 15;
    private const ushort FraMask = 16;
    private const ushort FraTunnelId = 12;
    private const ushort FraSuppressLinkGroup = 13;
    private const ushort FraSuppressPrefixLength = 14;
    private const ushort FraOif = 17;
    private const ushort FraL3MasterDevice = 19;
    private const ushort FraUidRange = 20;
    private const ushort FraProtocol = 21;
    private const ushort FraIpProtocol = 22;

    /// <summary>FIB_RULE_INVERT.</summary>
    private const uint Invert = 0x2;

    /// <summary>Lower is asked first.</summary>
    public required uint Priority { get; init; }

    /// <summary>Null is all.</summary>
    public IPNetwork? From { get; init; }

    /// <summary>Null is all.</summary>
    public IPNetwork? To { get; init; }

    /// <summary>Where to look; in a delete, 0 is any.</summary>
    public uint Table { get; init; }

    public RuleAction Action { get; init; } = RuleAction.ToTable;

    public uint? Mark { get; init; }

    /// <summary>Which bits of the mark count.</summary>
    public uint? Mask { get; init; }

    public string? IncomingLink { get; init; }

    public string? OutgoingLink { get; init; }

    /// <summary>It is for all that its selectors do not match (<c>not</c>). Only decoded.</summary>
    public bool IsInverted { get; init; }

    /// <summary>It has selectors or limits that have no member here: TOS, ports, users, tunnels, suppressed routes. Only decoded.</summary>
    public bool HasMore { get; init; }

    /// <summary>A lookup by source and destination alone, as all of ours are.</summary>
    public bool IsByAddressAlone =>
        this is { Action: RuleAction.ToTable, Mark: null, Mask: null, IncomingLink: null, OutgoingLink: null, IsInverted: false, HasMore: false };

    /// <summary>RTPROT of who made it, as read; never written.</summary>
    public RouteProtocol Protocol { get; init; }

    /// <summary>Whether it is an IPv6 rule; decided by From and To where there are any.</summary>
    public bool IsV6 { get; init; }

    /// <summary>Decodes the body of RTM_NEWRULE or RTM_DELRULE.</summary>
    /// <exception cref="NetlinkFormatException">It is none.</exception>
    public static Rule Decode(ReadOnlySpan<byte> body)
    {
        var attributes = AttributeReader.After(body, RuleHeader.Size, "rule");
        var header = MemoryMarshal.Read<RuleHeader>(body);
        IPAddress? from = null, to = null;
        uint priority = 0, table = header.Table;
        uint? mark = null, mask = null;
        string? iif = null, oif = null;
        byte protocol = 0;
        var more = header.TypeOfService != 0;
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case FraDestination:
                    to = attributes.Address("FRA_DST");
                    break;
                case FraSource:
                    from = attributes.Address("FRA_SRC");
                    break;
                case FraIif:
                    iif = attributes.Text();
                    break;
                case FraOif:
                    oif = attributes.Text();
                    break;
                case FraPriority:
                    priority = attributes.ToUInt32("FRA_PRIORITY");
                    break;
                case FraTable:
                    table = attributes.ToUInt32("FRA_TABLE");
                    break;
                case FraMark:
                    mark = attributes.ToUInt32("FRA_FWMARK");
                    break;
                case FraMask:
                    mask = attributes.ToUInt32("FRA_FWMASK");
                    break;
                case FraProtocol:
                    protocol = attributes.Byte("FRA_PROTOCOL");
                    break;
                case FraSuppressPrefixLength:
                    more |= attributes.ToUInt32("FRA_SUPPRESS_PREFIXLEN") != uint.MaxValue;   // of none, which is told of every rule
                    break;
                case FraTunnelId or FraSuppressLinkGroup or FraL3MasterDevice or FraUidRange or >= FraIpProtocol:
                    more = true;
                    break;
            }
        }
        return new Rule
        {
            Priority = priority,
            From = Block(header.Family, header.SourceLength, from),
            To = Block(header.Family, header.DestinationLength, to),
            Table = table,
            Action = (RuleAction)header.Action,
            Mark = mark,
            Mask = mask,
            IncomingLink = iif,
            OutgoingLink = oif,
            Protocol = (RouteProtocol)protocol,
            IsInverted = (header.Flags & Invert) != 0,
            HasMore = more,
            IsV6 = header.Family == IpFamily.V6,
        };
    }

    public override string ToString()
    {
        var text = $"{Priority}: from {From?.ToString() ?? "all"}";
        if (To is { } to)
            text += $" to {to}";
        if (Mark is { } mark)
            text += Mask is { } mask ? $" fwmark 0x{mark:x}/0x{mask:x}" : $" fwmark 0x{mark:x}";
        if (IncomingLink is not null)
            text += $" iif {IncomingLink}";
        if (OutgoingLink is not null)
            text += $" oif {OutgoingLink}";
        return Table == 0 ? text : $"{text} lookup {new RouteTable(Table)}";
    }

    internal NetlinkRequest Encode(NetlinkBatch batch, ushort type, NetlinkFlags flags)
    {
        var some = From ?? To;
        var request = batch.Begin(type, flags, new RuleHeader
        {
            Family = some is { } block ? IpFamily.Of(block.BaseAddress) : IsV6 ? IpFamily.V6 : IpFamily.V4,
            DestinationLength = (byte)(To?.PrefixLength ?? 0),
            SourceLength = (byte)(From?.PrefixLength ?? 0),
            Table = Table <= byte.MaxValue ? (byte)Table : (byte)0,
            Action = (byte)Action,
        });
        request.Put(FraPriority, Priority);
        if (To is { } to)
            request.Put(FraDestination, to.BaseAddress);
        if (From is { } from)
            request.Put(FraSource, from.BaseAddress);
        if (Table > byte.MaxValue)
            request.Put(FraTable, Table);
        if (Mark is { } mark)
            request.Put(FraMark, mark);
        if (Mask is { } mask)
            request.Put(FraMask, mask);
        if (IncomingLink is { } iif)
            request.Put(FraIif, iif);
        if (OutgoingLink is { } oif)
            request.Put(FraOif, oif);
        return request;
    }

    private static IPNetwork? Block(byte family, int length, IPAddress? address) =>
        address is null && length == 0 ? null : IpFamily.Block(family, length, address, "rule");
}

/// <summary>Requests about rules.</summary>
public static class RuleRequests
{
    public static NetlinkRequest NewRule(this NetlinkBatch batch, NetlinkFlags flags, Rule rule) => rule.Encode(batch, Rule.TypeNew, flags);

    /// <summary>Deletes the first rule that matches all that is given; ENOENT when there is none.</summary>
    public static NetlinkRequest DeleteRule(this NetlinkBatch batch, Rule rule) => rule.Encode(batch, Rule.TypeDelete, NetlinkFlags.None);

    internal static NetlinkRequest DumpRules(this NetlinkBatch batch, byte family) =>
        batch.Begin(Rule.TypeGet, NetlinkFlags.Dump, new RuleHeader { Family = family });
}
