using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>IFF_… (netdevice(7)), those that matter here.</summary>
[Flags]
public enum LinkFlags : uint
{
    None = 0,

    /// <summary>Somebody set it up.</summary>
    Up = 0x1,
    Loopback = 0x8,

    /// <summary>It is up and its carrier too.</summary>
    Running = 0x40,
    LowerUp = 0x10000,
}

/// <summary>IF_OPER_… (RFC 2863, ifOperStatus): what the kernel has carried out of a link's flags and carrier so far.</summary>
public enum OperationalState : byte
{
    /// <summary>Nothing yet: so a link begins, and so one without a carrier of its own (lo) stays.</summary>
    Unknown = 0,
    NotPresent = 1,
    Down = 2,
    LowerLayerDown = 3,
    Testing = 4,
    Dormant = 5,

    /// <summary>It sends.</summary>
    Up = 6,
}

/// <summary>struct ifinfomsg.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct LinkHeader
{
    public const int Size = 16;

    public byte Family;
    public byte Padding;
    public ushort HardwareType;
    public int Index;
    public LinkFlags Flags;

    /// <summary>Which of the flags the request is about.</summary>
    public LinkFlags Change;
}

/// <summary>A network interface as the kernel tells it (RTM_NEWLINK).</summary>
public sealed record Link
{
    internal const ushort TypeNew = 16;
    internal const ushort TypeDelete = 17;
    internal const ushort TypeGet = 18;
    internal const ushort TypeSet = 19;

    internal const ushort IflaAddress = 1;
    internal const ushort IflaIfName = 3;
    internal const ushort IflaMtu = 4;
    internal const ushort IflaLink = 5;
    internal const ushort IflaMaster = 10;
    internal const ushort IflaTxQueueLength = 13;
    internal const ushort IflaOperState = 16;
    internal const ushort IflaLinkInfo = 18;
    internal const ushort IflaIfAlias = 20;
    internal const ushort IflaGroup = 27;
    internal const ushort IflaNetNsFd = 28;
    internal const ushort IflaExtMask = 29;
    internal const ushort IflaLinkNetNsId = 37;
    internal const ushort IflaGsoMaxSegments = 40;
    internal const ushort IflaInfoKind = 1;
    internal const ushort IflaInfoData = 2;
    internal const ushort VethInfoPeer = 1;

    /// <summary>RTEXT_FILTER_SKIP_STATS: counters make half of each reply and nobody here reads them.</summary>
    internal const uint SkipStats = 1 << 3;

    /// <summary>IFNAMSIZ − 1.</summary>
    public const int MaximumNameLength = 15;

    /// <summary>Its index, 1 or more, unique in its namespace.</summary>
    public required int Index { get; init; }

    public string Name { get; init; } = "";

    public LinkFlags Flags { get; init; }

    public bool IsUp => (Flags & LinkFlags.Up) != 0;

    public OperationalState State { get; init; }

    /// <summary>Bytes of payload per frame.</summary>
    public int Mtu { get; init; }

    /// <summary>Null where the link layer has none or one of another size.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Kind of a software device: <c>veth</c>, <c>bridge</c>, <c>vlan</c>…; null for hardware and lo.</summary>
    public string? Kind { get; init; }

    /// <summary>Free text set by whoever made it.</summary>
    public string? Alias { get; init; }

    /// <summary>Index of the link below it or, of a veth, of its peer, in the namespace <see cref="PeerNamespaceId"/> names.</summary>
    public int? PeerIndex { get; init; }

    /// <summary>This namespace's own number for the namespace <see cref="PeerIndex"/> counts in; null when it is this one.</summary>
    public int? PeerNamespaceId { get; init; }

    /// <summary>Index of the bridge or bond it belongs to.</summary>
    public int? Master { get; init; }

    /// <summary>A number that rules tell links apart by; 0 unless somebody gave another.</summary>
    public uint Group { get; init; }

    /// <summary>Whether a text can be the name of a link (dev_valid_name in the kernel).</summary>
    public static bool IsValidName(string name)
    {
        if (name.Length is 0 or > MaximumNameLength || name is "." or "..")
            return false;
        foreach (var c in name)
        {
            if (c is '/' or ':' || c <= ' ' || c >= 0x7f)
                return false;
        }
        return true;
    }

    /// <summary>Decodes the body of RTM_NEWLINK or RTM_DELLINK.</summary>
    /// <exception cref="NetlinkFormatException">It is none.</exception>
    public static Link Decode(ReadOnlySpan<byte> body)
    {
        var attributes = AttributeReader.After(body, LinkHeader.Size, "link");
        string name = "";
        string? kind = null, alias = null;
        MacAddress? mac = null;
        var mtu = 0;
        int? peer = null, peerNamespace = null, master = null;
        var group = 0u;
        var state = OperationalState.Unknown;
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IflaAddress when attributes.Value.Length == MacAddress.Size:
                    mac = new MacAddress(attributes.Value);
                    break;
                case IflaIfName:
                    name = attributes.Text();
                    break;
                case IflaMtu:
                    mtu = attributes.ToInt32("IFLA_MTU");
                    break;
                case IflaLink:
                    peer = attributes.ToInt32("IFLA_LINK");
                    break;
                case IflaLinkNetNsId:
                    peerNamespace = attributes.ToInt32("IFLA_LINK_NETNSID");
                    break;
                case IflaMaster:
                    master = attributes.ToInt32("IFLA_MASTER");
                    break;
                case IflaGroup:
                    group = attributes.ToUInt32("IFLA_GROUP");
                    break;
                case IflaOperState when attributes.Value.Length == sizeof(OperationalState):
                    state = (OperationalState)attributes.Value[0];
                    break;
                case IflaIfAlias:
                    alias = attributes.Text();
                    break;
                case IflaLinkInfo:
                    kind = DecodeKind(attributes.Nested());
                    break;
            }
        }
        var header = MemoryMarshal.Read<LinkHeader>(body);
        return new Link
        {
            Index = header.Index,
            Flags = header.Flags,
            Name = name,
            Mtu = mtu,
            Mac = mac,
            Kind = kind,
            Alias = alias,
            PeerIndex = peer,
            PeerNamespaceId = peerNamespace,
            Master = master,
            Group = group,
            State = state,
        };
    }

    /// <summary>Family of a link message: AF_BRIDGE ones tell of ports, not of links coming and going.</summary>
    internal static byte FamilyOf(ReadOnlySpan<byte> body) => body.IsEmpty ? (byte)0 : body[0];

    internal static string Describe(ReadOnlySpan<byte> body)
    {
        var link = Decode(body);
        var name = link.Name.Length > 0 ? link.Name : $"#{link.Index}";
        return link.Kind is null ? name : $"{name} type {link.Kind}";
    }

    private static string? DecodeKind(AttributeReader info)
    {
        string? kind = null;
        while (info.Read())
        {
            if (info.Type == IflaInfoKind)
                kind = info.Text();
        }
        return kind;
    }
}
