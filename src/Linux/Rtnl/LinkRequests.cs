using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using static AwsVpcCni.Linux.Rtnl.Link;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>One end of a veth pair that is to be made.</summary>
/// <param name="Name">1 to 15 characters.</param>
/// <param name="Mtu">Bytes.</param>
/// <param name="Mac">Given at creation, so that systemd's MACAddressPolicy finds nothing to change.</param>
/// <param name="Namespace">Where it goes; null is the namespace of the socket that makes it.</param>
public readonly record struct VethEnd(string Name, int Mtu, MacAddress Mac, NetworkNamespace? Namespace = null)
{
    /// <summary>
    /// Whether it cuts what it sends into frames itself, as hardware must. A veth else hands TCP's unsegmented 64 KiB to its peer, where
    /// they can't be told from frames that are too long.
    /// </summary>
    public bool SendsFrames { get; init; }
}

/// <summary>What to change about a link; null leaves it as it is.</summary>
public readonly record struct LinkChange
{
    public bool? IsUp { get; init; }

    public int? Mtu { get; init; }

    public string? Alias { get; init; }

    /// <summary>Most drivers refuse to rename or readdress a link that is up.</summary>
    public string? Name { get; init; }

    public MacAddress? Mac { get; init; }

    /// <summary>Moves it; it arrives there down and without addresses.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>A number that several links share (ip-link(8), group), 0 unless set; nftables tells packets apart by it.</summary>
    public uint? Group { get; init; }

    /// <summary>Index of a bridge to put it under; 0 takes it out.</summary>
    public int? Master { get; init; }
}

/// <summary>Requests about links.</summary>
public static class LinkRequests
{
    /// <summary>RTM_NEWLINK; attributes follow by Put and Nest.</summary>
    public static NetlinkRequest NewLink(this NetlinkBatch batch, NetlinkFlags flags, int index = 0) =>
        batch.Begin(TypeNew, flags, Header(index, null));

    /// <summary>A veth pair in one message, each end directly in its own namespace: nothing is moved or renamed afterwards.</summary>
    /// <remarks>
    /// Both ends are down. No alias here: the kernel ignores IFLA_IFALIAS in the message that creates (rtnl_newlink_create). The peer
    /// could not come up with its creation: veth opens it before it knows its other end (ENOTCONN).
    /// </remarks>
    public static NetlinkRequest NewVeth(this NetlinkBatch batch, in VethEnd end, in VethEnd peer)
    {
        var link = batch.NewLink(NetlinkFlags.Create | NetlinkFlags.Exclusive);
        link.PutEnd(end);
        using (link.Nest(IflaLinkInfo))
        {
            link.Put(IflaInfoKind, "veth");
            using (link.Nest(IflaInfoData))
            {
                using (link.Nest(VethInfoPeer))
                {
                    link.PutRaw(Header(0, null));
                    link.PutEnd(peer);
                }
            }
        }
        return link;
    }

    /// <summary>A bridge without ports.</summary>
    public static NetlinkRequest NewBridge(this NetlinkBatch batch, string name)
    {
        var link = batch.NewLink(NetlinkFlags.Create | NetlinkFlags.Exclusive).Put(IflaIfName, name);
        using (link.Nest(IflaLinkInfo))
            link.Put(IflaInfoKind, "bridge");
        return link;
    }

    /// <summary>RTM_SETLINK by index.</summary>
    public static NetlinkRequest SetLink(this NetlinkBatch batch, int index, in LinkChange change)
    {
        var link = batch.Begin(TypeSet, NetlinkFlags.None, Header(index, change.IsUp));
        if (change.Mac is { } mac)
            link.Put(IflaAddress, mac);
        if (change.Mtu is { } mtu)
            link.Put(IflaMtu, mtu);
        if (change.Name is { } name)
            link.Put(IflaIfName, name);
        if (change.Alias is { } alias)
            link.Put(IflaIfAlias, alias);
        if (change.Group is { } group)
            link.Put(IflaGroup, group);
        if (change.Master is { } master)
            link.Put(IflaMaster, master);
        if (change.Namespace is { } ns)
            link.Put(IflaNetNsFd, ns.Handle);
        return link;
    }

    public static NetlinkRequest GetLink(this NetlinkBatch batch, string name) =>
        batch.Begin(TypeGet, NetlinkFlags.None, Header(0, null)).Put(IflaExtMask, SkipStats).Put(IflaIfName, name);

    public static NetlinkRequest GetLink(this NetlinkBatch batch, int index) =>
        batch.Begin(TypeGet, NetlinkFlags.None, Header(index, null)).Put(IflaExtMask, SkipStats);

    public static NetlinkRequest DumpLinks(this NetlinkBatch batch) =>
        batch.Begin(TypeGet, NetlinkFlags.Dump, Header(0, null)).Put(IflaExtMask, SkipStats);

    /// <summary>Synchronous in the kernel: a veth costs 16 to 20 ms of RCU grace period.</summary>
    public static NetlinkRequest DeleteLink(this NetlinkBatch batch, int index) =>
        batch.Begin(TypeDelete, NetlinkFlags.None, Header(index, null));

    /// <inheritdoc cref="DeleteLink(NetlinkBatch,int)"/>
    public static NetlinkRequest DeleteLink(this NetlinkBatch batch, string name) =>
        batch.Begin(TypeDelete, NetlinkFlags.None, Header(0, null)).Put(IflaIfName, name);

    private static void PutEnd(this NetlinkRequest link, in VethEnd end)
    {
        link.Put(IflaIfName, end.Name).Put(IflaMtu, end.Mtu).Put(IflaAddress, end.Mac).Put(IflaTxQueueLength, 0);
        if (end.SendsFrames)
            link.Put(IflaGsoMaxSegments, 1);
        if (end.Namespace is { } ns)
            link.Put(IflaNetNsFd, ns.Handle);
    }

    private static LinkHeader Header(int index, bool? isUp) =>
        new()
        {
            Index = index,
            Flags = isUp == true ? LinkFlags.Up : LinkFlags.None,
            Change = isUp is null ? LinkFlags.None : LinkFlags.Up,
        };
}
