using System.Net;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.VpcLab.Nodes;
using Route = AwsVpcCni.Linux.Rtnl.Route;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>
/// The VPC's own forwarding, in a network namespace with one veth per ENI. It forwards by routes alone: an address is reachable where
/// it is assigned, reverse-path filtering drops sources that are not assigned to the ENI they come from, proxy ARP answers for every
/// assigned address as EC2's hypervisors do, and all else goes into a black hole without a word.
/// </summary>
internal sealed class Router : IDisposable
{
    /// <summary>Jumbo frames, the VPC's maximum.</summary>
    internal const int Mtu = 9001;

    private readonly NetworkNamespace _network;
    private readonly RouteSocket _routes;
    private readonly Dictionary<string, Port> _ports = new(StringComparer.Ordinal);

    private Router(NetworkNamespace network)
    {
        _network = network;
        _routes = RouteSocket.OpenIn(network);
    }

    internal static Router Create(LabPaths lab)
    {
        var router = new Router(NetworkNamespace.Create(lab.RouterNetwork));
        try
        {
            router.Begin();
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
        _routes.AddVeth(new VethEnd(name, Mtu, MacAddress.Random(), Namespace: null), new VethEnd(linkName, Mtu, mac, node));
        var link = _routes.FindLink(name) ?? throw new LabException($"The router's link {name} was gone as soon as it was made.");
        _ports.Add(eniId, new Port(link.Index, primary));
        _network.Run(() => Write($"ipv4/neigh/{name}/proxy_delay", "0")); // Else ARP answers take up to 0.8 s; a namespace has no default of its own.
        _routes.SetLink(link.Index, new LinkChange { IsUp = true, Alias = $"{eniId} {linkName}@{node.Path}" });
        if (primary is null)
            return;

        // EC2 hands every packet to the ENI's MAC and never asks the guest, which doesn't answer ARP for its pods' addresses.
        _routes.AddRoute(new Route { Destination = new IPNetwork(primary, 32), LinkIndex = link.Index, Scope = Scope.Link });
        _routes.ReplaceNeighbour(new Neighbour { LinkIndex = link.Index, Destination = primary, Mac = mac });
    }

    /// <summary>Unplugs it; its routes go with the link. Fine when it isn't there.</summary>
    internal void Disconnect(string eniId)
    {
        if (_ports.Remove(eniId, out var port))
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
    internal void SetSourceCheck(string eniId, bool enabled) => _network.Run(() =>
        Write($"ipv4/conf/{PortName(eniId)}/rp_filter", enabled ? "1" : "0"));

    public void Dispose()
    {
        _routes.Dispose();
        _network.Dispose();
    }

    /// <summary>An interface name has 15 characters, an ENI's id 21: the last twelve digits tell them apart.</summary>
    private static string PortName(string eniId) => "eni" + eniId[^12..];

    private void Begin()
    {
        _network.Run(() =>
        {
            Write("ipv4/ip_forward", "1");

            // A new namespace starts with the machine's values, and the greater of all and the link's own counts.
            Write("ipv4/conf/all/rp_filter", "0");
            Write("ipv4/conf/all/send_redirects", "0");

            // What links begin with:
            Write("ipv4/conf/default/rp_filter", "1");
            Write("ipv4/conf/default/proxy_arp", "1");
            Write("ipv4/conf/default/send_redirects", "0");
            if (Directory.Exists("/proc/sys/net/ipv6"))
                Write("ipv6/conf/default/disable_ipv6", "1");
        });
        _routes.SetLink(Loopback(), new LinkChange { IsUp = true });
        _routes.AddRoute(new Route { Destination = new IPNetwork(IPAddress.Any, 0), Type = RouteType.Blackhole });
    }

    private int Loopback() => _routes.FindLink("lo")?.Index ?? throw new LabException("The router's namespace has no lo.");

    private static Route RouteTo(Port port, IPNetwork block) => new() { Destination = block, LinkIndex = port.LinkIndex, Gateway = port.Primary };

    private static void Write(string sysctl, string value) => File.WriteAllText($"/proc/sys/net/{sysctl}", value);

    /// <summary>The router's end of an ENI.</summary>
    private sealed record Port(int LinkIndex, IPAddress? Primary);
}
