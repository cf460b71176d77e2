using System.Net;
using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>struct rtmsg.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct RouteHeader
{
    public const int Size = 12;

    /// <summary>RTM_F_FIB_MATCH: answer a lookup with the route that matched, not with the path it leads to.</summary>
    public const uint FibMatch = 0x2000;

    /// <summary>RTM_F_LOOKUP_TABLE: tell the table it was found in; without this the answer claims main.</summary>
    public const uint LookupTable = 0x1000;

    /// <summary>RTNH_F_ONLINK.</summary>
    public const uint OnLink = 0x4;

    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte TypeOfService;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}

/// <summary>Who made a route (RTPROT_…).</summary>
public enum RouteProtocol : byte
{
    Unspecified = 0,
    Kernel = 2,

    /// <summary>What ip(8) and the original write, and so do we.</summary>
    Boot = 3,
    Static = 4,
    RouterAdvertisement = 9,
    Dhcp = 16,
}

/// <summary>What becomes of a packet that a route matches (RTN_…).</summary>
public enum RouteType : byte
{
    Unspecified = 0,
    Unicast = 1,
    Local = 2,
    Broadcast = 3,
    Anycast = 4,
    Multicast = 5,
    Blackhole = 6,
    Unreachable = 7,
    Prohibit = 8,
}

/// <summary>A route with one next hop (or none).</summary>
public sealed record Route
{
    internal const ushort TypeNew = 24;
    internal const ushort TypeDelete = 25;
    internal const ushort TypeGet = 26;

    private const ushort RtaDestination = 1;
    private const ushort RtaSource = 2;
    private const ushort RtaOif = 4;
    private const ushort RtaGateway = 5;
    private const ushort RtaPriority = 6;
    private const ushort RtaPreferredSource = 7;
    private const ushort RtaTable = 15;

    /// <summary>0.0.0.0/0 and ::/0 are default routes.</summary>
    public required IPNetwork Destination { get; init; }

    /// <summary>Index of the link it leaves by; null where it leaves by none or, in a delete, where any will do.</summary>
    public int? LinkIndex { get; init; }

    public IPAddress? Gateway { get; init; }

    /// <summary>The gateway is at the link although no route says so. Only written, not decoded.</summary>
    public bool IsGatewayOnLink { get; init; }

    /// <summary>The address that this host's own packets get.</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>254 is main.</summary>
    public uint Table { get; init; } = RouteTable.MainNumber;

    /// <summary>In a delete, Nowhere matches every scope.</summary>
    public Scope Scope { get; init; }

    public RouteProtocol Protocol { get; init; } = RouteProtocol.Boot;

    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>The metric; null is 0 in IPv4 and 1024 in IPv6.</summary>
    public uint? Priority { get; init; }

    /// <summary>A route by link only to one address, as pods and gateways have.</summary>
    public static Route ToHost(IPAddress address, int? linkIndex, uint table = RouteTable.MainNumber) =>
        new() { Destination = new IPNetwork(address, IpFamily.Bits(IpFamily.Of(address))), LinkIndex = linkIndex, Table = table, Scope = Scope.Link };

    /// <summary>A default route.</summary>
    public static Route Default(IPAddress gateway, int linkIndex, uint table = RouteTable.MainNumber) =>
        new() { Destination = new IPNetwork(IpFamily.Any(IpFamily.Of(gateway)), 0), Gateway = gateway, LinkIndex = linkIndex, Table = table };

    /// <summary>Decodes the body of RTM_NEWROUTE or RTM_DELROUTE. Of several next hops none is told.</summary>
    /// <exception cref="NetlinkFormatException">It is none.</exception>
    public static Route Decode(ReadOnlySpan<byte> body)
    {
        var attributes = AttributeReader.After(body, RouteHeader.Size, "route");
        var header = MemoryMarshal.Read<RouteHeader>(body);
        IPAddress? destination = null, gateway = null, source = null;
        int? link = null;
        uint table = header.Table;
        uint? priority = null;
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case RtaDestination:
                    destination = attributes.Address("RTA_DST");
                    break;
                case RtaOif:
                    link = attributes.ToInt32("RTA_OIF");
                    break;
                case RtaGateway:
                    gateway = attributes.Address("RTA_GATEWAY");
                    break;
                case RtaPreferredSource:
                    source = attributes.Address("RTA_PREFSRC");
                    break;
                case RtaTable:
                    table = attributes.ToUInt32("RTA_TABLE");
                    break;
                case RtaPriority:
                    priority = attributes.ToUInt32("RTA_PRIORITY");
                    break;
            }
        }
        return new Route
        {
            Destination = IpFamily.Block(header.Family, header.DestinationLength, destination, "route"),
            LinkIndex = link,
            Gateway = gateway,
            PreferredSource = source,
            Table = table,
            Scope = (Scope)header.Scope,
            Protocol = (RouteProtocol)header.Protocol,
            Type = (RouteType)header.Type,
            Priority = priority,
        };
    }

    public override string ToString() => Describe(index => $"#{index}");

    internal string Describe(Func<int, string> nameOf)
    {
        var text = Destination.PrefixLength == 0 ? "default" : Destination.ToString();
        if (Type is not (RouteType.Unicast or RouteType.Unspecified))
            text = $"{Type} {text}";
        if (Gateway is not null)
            text += $" via {Gateway}";
        if (LinkIndex is { } index)
            text += $" dev {nameOf(index)}";
        return Table == RouteTable.MainNumber ? text : $"{text} table {Table}";
    }

    internal NetlinkRequest Encode(NetlinkBatch batch, ushort type, NetlinkFlags flags)
    {
        var family = IpFamily.Of(Destination.BaseAddress);
        var request = batch.Begin(type, flags, new RouteHeader
        {
            Family = family,
            DestinationLength = (byte)Destination.PrefixLength,
            Table = Table <= byte.MaxValue ? (byte)Table : (byte)0,
            Protocol = (byte)Protocol,
            Scope = (byte)Scope,
            Type = (byte)Type,
            Flags = IsGatewayOnLink ? RouteHeader.OnLink : 0,
        });
        if (Destination.PrefixLength > 0)
            request.Put(RtaDestination, Destination.BaseAddress);
        if (Table > byte.MaxValue)
            request.Put(RtaTable, Table);
        if (LinkIndex is { } link)
            request.Put(RtaOif, link);
        if (Gateway is { } gateway)
            request.Put(RtaGateway, gateway);
        if (PreferredSource is { } source)
            request.Put(RtaPreferredSource, source);
        if (Priority is { } priority)
            request.Put(RtaPriority, priority);
        return request;
    }

    internal static NetlinkRequest EncodeLookup(NetlinkBatch batch, IPAddress destination, IPAddress? source)
    {
        var bits = (byte)IpFamily.Bits(IpFamily.Of(destination));
        var request = batch.Begin(TypeGet, NetlinkFlags.None, new RouteHeader
        {
            Family = IpFamily.Of(destination),
            DestinationLength = bits,
            SourceLength = source is null ? (byte)0 : bits,
            Flags = RouteHeader.FibMatch | RouteHeader.LookupTable,
        }).Put(RtaDestination, destination);
        return source is null ? request : request.Put(RtaSource, source);
    }

    internal static NetlinkRequest EncodeDump(NetlinkBatch batch, byte family, uint? table, int? link)
    {
        var request = batch.Begin(TypeGet, NetlinkFlags.Dump, new RouteHeader { Family = family });
        if (table is { } t)
            request.Put(RtaTable, t);
        if (link is { } l)
            request.Put(RtaOif, l);
        return request;
    }
}

/// <summary>Requests about routes.</summary>
public static class RouteRequests
{
    public static NetlinkRequest NewRoute(this NetlinkBatch batch, NetlinkFlags flags, Route route) => route.Encode(batch, Route.TypeNew, flags);

    /// <summary>Deletes the first route that matches all that is given.</summary>
    public static NetlinkRequest DeleteRoute(this NetlinkBatch batch, Route route) => route.Encode(batch, Route.TypeDelete, NetlinkFlags.None);

    /// <summary>Asks which route a packet to this address would take; the answer is the route itself (Linux 4.13).</summary>
    /// <param name="source">The packet's; one of this host's own addresses.</param>
    public static NetlinkRequest GetRoute(this NetlinkBatch batch, IPAddress destination, IPAddress? source = null) =>
        Route.EncodeLookup(batch, destination, source);
}
