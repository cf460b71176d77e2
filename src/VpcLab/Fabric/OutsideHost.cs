using System.Net;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;
using Route = AwsVpcCni.Linux.Rtnl.Route;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>A host that is not in the VPC: a network namespace with one address, and the way back to the VPC.</summary>
/// <param name="Name">As commands and the drop log call it.</param>
/// <param name="Block">What is routed to it.</param>
/// <param name="Address">Its one address.</param>
/// <param name="Gateway">What it sends to; nobody's address but the router's.</param>
/// <param name="Mtu">Bytes; greater packets for it are answered with ICMP "fragmentation needed", as EC2's gateways do.</param>
internal sealed record OutsideHost(string Name, PortGroup Group, IPNetwork Block, IPAddress Address, IPAddress Gateway, int Mtu)
{
    internal const string InternetName = "internet";

    internal const string PeerName = "peer";

    private const string LinkName = "eth0";

    /// <summary>The peer VPC's block unless another is asked for.</summary>
    internal static IPNetwork DefaultPeerBlock { get; } = IPNetwork.Parse("192.168.0.0/16");

    /// <summary>Somebody on the internet, in a block for documentation (RFC 5737). The internet gateway takes 1500 bytes (EC2 user guide, MTU).</summary>
    internal static OutsideHost Internet { get; } = new(
        InternetName, PortGroup.Internet, new IPNetwork(IPAddress.Any, 0), IPAddress.Parse("203.0.113.10"), IPAddress.Parse("203.0.113.1"), 1500);

    /// <summary>A host in a peered VPC of the same region, where jumbo frames pass (EC2 user guide, MTU).</summary>
    internal static OutsideHost PeerIn(IPNetwork block) => new(PeerName, PortGroup.Peer, block, Nth(block, 10), Nth(block, 1), Router.Mtu);

    /// <summary>Plugs it into the router, whose end is up when this returns.</summary>
    /// <returns>The router's link.</returns>
    internal int Connect(RouteSocket router, NetworkNamespace host)
    {
        var (routerMac, hostMac) = (MacAddress.Random(), MacAddress.Random());
        router.AddVeth(new VethEnd(Name, Mtu, routerMac), new VethEnd(LinkName, Mtu, hostMac, host) { SendsFrames = true });
        var port = router.FindLink(Name)?.Index ?? throw new LabException($"The router's link {Name} was gone as soon as it was made.");
        router.SetLink(port, new LinkChange { IsUp = true, Group = (uint)Group });
        Configure(host, routerMac);

        // Nobody asks by ARP: what the router hands over the host gets, its own address or not.
        router.ReplaceNeighbour(new Neighbour { LinkIndex = port, Destination = Address, Mac = hostMac });
        router.AddRoute(new Route { Destination = Block, LinkIndex = port, Gateway = Address, IsGatewayOnLink = true, Table = RouterRules.OutsideTable });
        return port;
    }

    private void Configure(NetworkNamespace host, MacAddress routerMac)
    {
        host.Run(() => Sysctls.WriteIfPresent(SysctlName.Ipv6("all", "disable_ipv6"), "1"));
        using var routes = RouteSocket.OpenIn(host);
        routes.SetLink(routes.FindLink("lo")?.Index ?? throw new LabException($"{host.Path} has no lo."), new LinkChange { IsUp = true });
        var link = routes.FindLink(LinkName)?.Index ?? throw new LabException($"{host.Path} has no {LinkName}.");
        routes.SetLink(link, new LinkChange { IsUp = true });
        routes.AddAddress(new Address { LinkIndex = link, Local = Address, PrefixLength = 32 });
        routes.ReplaceNeighbour(new Neighbour { LinkIndex = link, Destination = Gateway, Mac = routerMac });
        routes.AddRoute(new Route { Destination = new IPNetwork(IPAddress.Any, 0), LinkIndex = link, Gateway = Gateway, IsGatewayOnLink = true, PreferredSource = Address });
    }

    private static IPAddress Nth(IPNetwork block, byte number)
    {
        var bytes = block.BaseAddress.GetAddressBytes();
        bytes[3] += number;
        return new IPAddress(bytes);
    }
}
