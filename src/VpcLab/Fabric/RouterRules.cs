using System.Net;
using AwsVpcCni.Linux.Netfilter;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>
/// What the router drops, before it routes, and the reason that goes to the log: a table of nftables that never changes but for two
/// sets of addresses. Which ENI has which address is asked of the routes (fib), which follow EC2.
/// </summary>
internal static class RouterRules
{
    /// <summary>Of the packets' log; the router's namespace has no other.</summary>
    internal const ushort LogGroup = 1;

    /// <summary>On packets for outside the VPC, which are routed by <see cref="OutsideTable"/>.</summary>
    internal const uint OutsideMark = 1;

    /// <summary>The routes out of the VPC. Kept from main, so that a route in main means an address of the VPC.</summary>
    internal const uint OutsideTable = 100;

    internal const string Table = "vpclab";

    /// <summary>The addresses that the internet gateway has a public one for.</summary>
    internal const string PublicAddresses = "public";

    /// <summary>The addresses of ENIs without a link in a node: EC2 has given them, and no route leads there.</summary>
    internal const string UnlinkedAddresses = "unlinked";

    /// <summary>Before connection tracking and the kernel's own checks (NF_IP_PRI_RAW).</summary>
    private const int BeforeAll = -300;

    /// <summary>Addresses that are nobody's on the internet: private, shared, link-local, loopback, reserved (RFC 6890).</summary>
    private static readonly IPNetwork[] _notOfTheInternet =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("240.0.0.0/4"),
    ];

    /// <param name="vpc">All blocks of the VPC.</param>
    /// <param name="peer">The peer VPC's block.</param>
    internal static NftTransaction Write(IReadOnlyList<IPNetwork> vpc, IPNetwork peer)
    {
        var table = new NftTransaction(Table);
        table.AddTable();
        table.AddAddressSet(PublicAddresses);
        table.AddAddressSet(UnlinkedAddresses);
        foreach (var chain in (ReadOnlySpan<string>)["checked-eni", "eni", "to", "internet", "peer", "from-peer"])
            table.AddChain(chain);
        table.AddFilterChain("in", NftHook.Prerouting, BeforeAll);
        ByPort(table, PortGroup.CheckedEni, "checked-eni");
        ByPort(table, PortGroup.UncheckedEni, "eni");
        ByPort(table, PortGroup.Internet, "internet");
        ByPort(table, PortGroup.Peer, "peer");

        WriteSourceCheck(table);
        WriteEni(table);
        WriteDestination(table, vpc, peer);
        WriteInternet(table, [.. vpc, peer]);
        WritePeer(table, peer);
        return table;
    }

    private static void WriteSourceCheck(NftTransaction table)
    {
        using (var rule = table.AddRule("checked-eni"))
            rule.SourceNotAtIngress().SourceHasRoute().Log(LogGroup, DropReason.ForeignSource).Drop();
        using (var rule = table.AddRule("checked-eni"))
            rule.SourceNotAtIngress().SourceInSet(UnlinkedAddresses).Log(LogGroup, DropReason.ForeignSource).Drop();
        using (var rule = table.AddRule("checked-eni"))
            rule.SourceNotAtIngress().Log(LogGroup, DropReason.SpoofedSource).Drop();
        using (var rule = table.AddRule("checked-eni"))
            rule.GoTo("eni");
    }

    private static void WriteEni(NftTransaction table)
    {
        using (var rule = table.AddRule("eni"))
            rule.LongerThan(Router.Mtu).Log(LogGroup, DropReason.Oversized).Drop();
        using (var rule = table.AddRule("eni"))
            rule.GoTo("to");
    }

    private static void WriteDestination(NftTransaction table, IReadOnlyList<IPNetwork> vpc, IPNetwork peer)
    {
        using (var rule = table.AddRule("to"))
            rule.DestinationHasRoute().Accept();
        using (var rule = table.AddRule("to"))
            rule.DestinationIs(RouteType.Local).Accept(); // A subnet's gateway.
        foreach (var type in (ReadOnlySpan<RouteType>)[RouteType.Broadcast, RouteType.Multicast])
        {
            using var rule = table.AddRule("to");
            rule.DestinationIs(type).Log(LogGroup, DropReason.NotUnicast).Drop();
        }

        NobodyAt(table, "to");
        foreach (var block in vpc)
        {
            using var rule = table.AddRule("to");
            rule.DestinationIn(block).Log(LogGroup, DropReason.UnassignedDestination).Drop();
        }

        using (var rule = table.AddRule("to"))
            rule.DestinationIn(peer).SetMark(OutsideMark).Accept();
        foreach (var block in _notOfTheInternet)
        {
            using var rule = table.AddRule("to");
            rule.DestinationIn(block).Log(LogGroup, DropReason.NoRoute).Drop();
        }

        using (var rule = table.AddRule("to"))
            rule.SourceNotInSet(PublicAddresses).Log(LogGroup, DropReason.NoPublicAddress).Drop();
        using (var rule = table.AddRule("to"))
            rule.SetMark(OutsideMark).Accept();
    }

    private static void WriteInternet(NftTransaction table, IReadOnlyList<IPNetwork> ours)
    {
        foreach (var block in ours)
        {
            using var rule = table.AddRule("internet");
            rule.SourceIn(block).Log(LogGroup, DropReason.SpoofedSource).Drop();
        }

        NobodyAt(table, "internet");
        using (var rule = table.AddRule("internet"))
            rule.DestinationHasRoute(exists: false).Log(LogGroup, DropReason.UnassignedDestination).Drop();
        using (var rule = table.AddRule("internet"))
            rule.DestinationNotInSet(PublicAddresses).Log(LogGroup, DropReason.NoPublicAddress).Drop();
    }

    private static void WritePeer(NftTransaction table, IPNetwork peer)
    {
        using (var rule = table.AddRule("peer"))
            rule.SourceIn(peer).GoTo("from-peer");
        using (var rule = table.AddRule("peer"))
            rule.Log(LogGroup, DropReason.SpoofedSource).Drop();
        using (var rule = table.AddRule("from-peer"))
            rule.LongerThan(Router.Mtu).Log(LogGroup, DropReason.Oversized).Drop();

        // A peer reaches the VPC's addresses, and nothing through it.
        NobodyAt(table, "from-peer");
        using (var rule = table.AddRule("from-peer"))
            rule.DestinationHasRoute(exists: false).Log(LogGroup, DropReason.UnassignedDestination).Drop();
    }

    /// <summary>An address that EC2 has given to an ENI which nobody runs behind. While its link comes or goes both may be said of it: the route holds.</summary>
    private static void NobodyAt(NftTransaction table, string chain)
    {
        using var rule = table.AddRule(chain);
        rule.DestinationHasRoute(exists: false).DestinationInSet(UnlinkedAddresses).Log(LogGroup, DropReason.UnlinkedDestination).Drop();
    }

    private static void ByPort(NftTransaction table, PortGroup group, string chain)
    {
        using var rule = table.AddRule("in");
        rule.FromGroup((uint)group).GoTo(chain);
    }
}
