using System.Net;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netfilter;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.VpcLab.Nodes;
using Route = AwsVpcCni.Linux.Rtnl.Route;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>
/// The VPC's own forwarding, in a network namespace with one veth per ENI. Routes say where an address is assigned, nftables asks them
/// and drops what EC2 would, with a reason (<see cref="RouterRules"/>), and proxy ARP answers for every assigned address as EC2's
/// hypervisors do.
/// </summary>
internal sealed class Router : IDisposable
{
    /// <summary>Jumbo frames, the VPC's maximum.</summary>
    internal const int Mtu = 9001;

    /// <summary>Of the router's own ends, greater than any frame a node can be talked into sending, so that those too come as far as the drop log.</summary>
    internal const int PortMtu = 65535;

    /// <summary>Before main's 32766.</summary>
    internal const uint OutsideRulePriority = 100;

    private readonly NetworkNamespace _network;
    private readonly RouteSocket _routes;
    private readonly NftSocket _rules;
    private readonly DropLog _drops;
    private readonly Dictionary<string, Port> _ports = new(StringComparer.Ordinal);
    private PacketLog? _log;
    private int _ruleCount;

    private Router(NetworkNamespace network, DropLog drops)
    {
        _network = network;
        _drops = drops;
        _routes = RouteSocket.OpenIn(network);
        _rules = NftSocket.OpenIn(network);
    }

    /// <param name="vpc">All blocks of the VPC.</param>
    /// <param name="peer">The peer VPC's block.</param>
    /// <param name="drops">Hears what the router drops.</param>
    internal static Router Create(LabPaths lab, IReadOnlyList<IPNetwork> vpc, IPNetwork peer, DropLog drops)
    {
        var router = new Router(NetworkNamespace.Create(lab.RouterNetwork), drops);
        try
        {
            router.Begin(vpc, peer);
            return router;
        }
        catch
        {
            router.Dispose();
            throw;
        }
    }

    /// <summary>A subnet's gateway, its first address + 1, answers in every ENI of the subnet.</summary>
    internal void AddSubnet(IPNetwork cidr) => _routes.AddAddress(new Address
    {
        LinkIndex = Loopback(),
        Local = SubnetGateway.Of(cidr),
        PrefixLength = 32,
    });

    /// <summary>Plugs an ENI into a node: the node gets a link of this name with the ENI's MAC, down and without addresses.</summary>
    /// <param name="primary">The ENI's own address, reachable from now on; null where it has none, and then it gets no blocks either.</param>
    internal void Connect(string eniId, MacAddress mac, IPAddress? primary, NetworkNamespace node, string linkName)
    {
        var name = PortName(eniId);
        _routes.AddVeth(new VethEnd(name, PortMtu, MacAddress.Random(), Namespace: null), new VethEnd(linkName, Mtu, mac, node) { SendsFrames = true });
        var link = _routes.FindLink(name) ?? throw new LabException($"The router's link {name} was gone as soon as it was made.");
        _ports.Add(eniId, new Port(link.Index, primary));
        _drops.AddPort(link.Index, eniId);
        _network.Run(() => Write($"ipv4/neigh/{name}/proxy_delay", "0")); // Else ARP answers take up to 0.8 s; a namespace has no default of its own.
        _routes.SetLink(link.Index, new LinkChange { IsUp = true, Group = (uint)PortGroup.CheckedEni, Alias = $"{eniId} {linkName}@{node.Path}" });
        if (primary is null)
            return;

        // EC2 hands every packet to the ENI's MAC and never asks the guest, which doesn't answer ARP for its pods' addresses.
        _routes.AddRoute(new Route { Destination = new IPNetwork(primary, 32), LinkIndex = link.Index, Scope = Scope.Link });
        _routes.ReplaceNeighbour(new Neighbour { LinkIndex = link.Index, Destination = primary, Mac = mac });
        Commit(change => change.AddToSet(RouterRules.PublicAddresses, primary));
    }

    /// <summary>Plugs in a host outside the VPC.</summary>
    internal void Connect(OutsideHost outside, NetworkNamespace host) => _drops.AddPort(outside.Connect(_routes, host), outside.Name);

    /// <summary>Unplugs it; its routes go with the link. Fine when it isn't there.</summary>
    internal void Disconnect(string eniId)
    {
        if (!_ports.Remove(eniId, out var port))
            return;
        if (port.Primary is { } primary)
            Commit(change => change.RemoveFromSet(RouterRules.PublicAddresses, primary));
        _routes.DeleteLink(port.LinkIndex);
    }

    /// <summary>A secondary address (/32) or prefix (/28) is at this ENI from now on.</summary>
    internal void Assign(string eniId, IPNetwork block) => _routes.ReplaceRoute(RouteTo(_ports[eniId], block));

    /// <summary>Not any more; fine when it wasn't.</summary>
    internal void Unassign(string eniId, IPNetwork block)
    {
        if (_ports.TryGetValue(eniId, out var port))
            _routes.DeleteRoute(RouteTo(port, block));
    }

    /// <summary>Whether packets from sources that aren't the ENI's are dropped.</summary>
    internal void SetSourceCheck(string eniId, bool enabled) =>
        _routes.SetLink(_ports[eniId].LinkIndex, new LinkChange { Group = (uint)(enabled ? PortGroup.CheckedEni : PortGroup.UncheckedEni) });

    /// <summary>Addresses that have come to ENIs without a link in a node, and that have gone from them.</summary>
    internal void ChangeUnlinked(IReadOnlyList<IPAddress> added, IReadOnlyList<IPAddress> removed)
    {
        foreach (var some in removed.Chunk(NftTransaction.ElementsPerMessage))
            Commit(change => change.RemoveFromSet(RouterRules.UnlinkedAddresses, some));
        foreach (var some in added.Chunk(NftTransaction.ElementsPerMessage))
            Commit(change => change.AddToSet(RouterRules.UnlinkedAddresses, some));
    }

    /// <summary>Where the kernel is not as planned, in words.</summary>
    internal IReadOnlyList<string> Differences(RouterPlan plan) => RouterCheck.Differences(plan, _network, _routes, _rules, _ruleCount);

    public void Dispose()
    {
        _log?.Dispose();
        _rules.Dispose();
        _routes.Dispose();
        _network.Dispose();
    }

    /// <summary>An interface name has 15 characters, an ENI's id 21: the last twelve digits tell them apart.</summary>
    internal static string PortName(string eniId) => "eni" + eniId[^12..];

    private void Begin(IReadOnlyList<IPNetwork> vpc, IPNetwork peer)
    {
        _network.Run(() =>
        {
            Write("ipv4/ip_forward", "1");

            // A new namespace starts with the machine's values, and the greater of all and the link's own counts. Sources are the
            // rules' business: the kernel's own check would drop without a word.
            Write("ipv4/conf/all/rp_filter", "0");
            Write("ipv4/conf/all/send_redirects", "0");

            // What links begin with:
            Write("ipv4/conf/default/rp_filter", "0");
            Write("ipv4/conf/default/proxy_arp", "1");
            Write("ipv4/conf/default/send_redirects", "0");
            if (Directory.Exists("/proc/sys/net/ipv6"))
                Write("ipv6/conf/default/disable_ipv6", "1");
        });
        _routes.SetLink(Loopback(), new LinkChange { IsUp = true });
        _routes.AddRoute(new Route { Destination = new IPNetwork(IPAddress.Any, 0), Type = RouteType.Blackhole });
        _routes.AddRule(new Rule { Priority = OutsideRulePriority, Mark = RouterRules.OutsideMark, Table = RouterRules.OutsideTable });
        try
        {
            _rules.Commit(RouterRules.Write(vpc, peer));
            _ruleCount = _rules.RulesIn(RouterRules.Table);
            _log = PacketLog.Start(_network, RouterRules.LogGroup, _drops.Add, _drops.Fail);
        }
        catch (NetlinkException e)
        {
            throw new LabException($"The router can't filter packets: {e.Message}. The lab needs a kernel with nf_tables, nft_fib and nfnetlink_log (CONFIG_NFT_FIB_IPV4, CONFIG_NETFILTER_NETLINK_LOG).", e);
        }
    }

    private void Commit(Action<NftTransaction> write)
    {
        var change = new NftTransaction(RouterRules.Table);
        write(change);
        _rules.Commit(change);
    }

    private int Loopback() => _routes.FindLink("lo")?.Index ?? throw new LabException("The router's namespace has no lo.");

    private static Route RouteTo(Port port, IPNetwork block) => new() { Destination = block, LinkIndex = port.LinkIndex, Gateway = port.Primary };

    private static void Write(string sysctl, string value) => File.WriteAllText($"/proc/sys/net/{sysctl}", value);

    /// <summary>The router's end of an ENI.</summary>
    private sealed record Port(int LinkIndex, IPAddress? Primary);
}
