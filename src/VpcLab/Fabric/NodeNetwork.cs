using System.Net;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.VpcLab.Nodes;
using Route = AwsVpcCni.Linux.Rtnl.Route;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>What an instance's operating system does about its network at boot, and no more: secondary ENIs are ipamd's to configure.</summary>
internal static class NodeNetwork
{
    /// <summary>Metric of the routes that AL2023's systemd-networkd writes for the primary ENI.</summary>
    private const int DhcpMetric = 512;

    /// <summary>Before any ENI: sysctls, lo, and the link-local addresses that IMDS and the container credentials endpoint answer on.</summary>
    internal static void Boot(NetworkNamespace node)
    {
        node.Run(() =>
        {
            Write("ip_forward", "1"); // For its pods; kubelet's hosts have it.

            // A new namespace starts with the machine's values; these are AL2023's (systemd's 50-default.conf).
            Write("conf/all/rp_filter", "0");
            Write("conf/default/rp_filter", "2");
        });
        using var routes = RouteSocket.OpenIn(node);
        var lo = routes.FindLink("lo")?.Index ?? throw new LabException($"{node.Path} has no lo.");
        routes.SetLink(lo, new LinkChange { IsUp = true });
        foreach (var address in new[] { NodeEnvironment.MetadataAddress, NodeEnvironment.ContainerCredentialsAddress })
            routes.AddAddress(new Address { LinkIndex = lo, Local = IPAddress.Parse(address), PrefixLength = 32 });
    }

    /// <summary>What DHCP on the primary ENI brings: its address and the default route by the subnet's gateway.</summary>
    internal static void ConfigurePrimary(NetworkNamespace node, string linkName, IPAddress address, IPNetwork subnet)
    {
        using var routes = RouteSocket.OpenIn(node);
        var link = routes.FindLink(linkName)?.Index ?? throw new LabException($"{node.Path} has no {linkName}.");
        routes.SetLink(link, new LinkChange { IsUp = true });
        routes.AddAddress(new Address { LinkIndex = link, Local = address, PrefixLength = subnet.PrefixLength });
        routes.AddRoute(new Route
        {
            Destination = new IPNetwork(IPAddress.Any, 0),
            LinkIndex = link,
            Gateway = SubnetGateway.Of(subnet),
            PreferredSource = address,
            Protocol = RouteProtocol.Dhcp,
            Priority = DhcpMetric,
        });
    }

    private static void Write(string sysctl, string value) => File.WriteAllText($"/proc/sys/net/ipv4/{sysctl}", value);
}
