using System.Net;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace AwsVpcCni.Ipamd.Tests.Host;

/// <summary>GC's part in the kernel, on live pods in namespaces of their own.</summary>
public sealed class PodCleanupTests : IDisposable
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _namespaces = [];
    private readonly PodCleanup _cleanup = new(NullLogger<PodCleanup>.Instance);

    [Fact]
    public void What_the_runtime_does_not_list_is_gone_from_the_kernel_too()
    {
        using var node = New("node");
        using var routes = RouteSocket.OpenIn(node);
        Attach(node, "stays", "10.0.1.10", table: 3);
        Attach(node, "gone", "10.0.1.11", table: 3);
        Attach(node, "unknown", "10.0.1.12", table: 2); // an ADD that was killed, whose address went back since
        Attach(node, "other", "10.0.1.13", table: 2, network: "storage");
        var before = Traces(routes, "10.0.1.10").Concat(Traces(routes, "10.0.1.13")).ToList();

        var problems = default(IReadOnlyList<string>);
        node.Run(() => problems = _cleanup.Remove(
            [new CollectedPod(Key("gone"), [IPAddress.Parse("10.0.1.11")])], _cleanup.Read("aws-cni"), key => key == Key("stays")));

        Assert.Equal([], problems!);
        Assert.Equal(before, Traces(routes, "10.0.1.10").Concat(Traces(routes, "10.0.1.13")));
        Assert.Equal(4, before.Count(trace => trace.StartsWith("rule", StringComparison.Ordinal)));
        Assert.Empty(Traces(routes, "10.0.1.11"));
        Assert.Empty(Traces(routes, "10.0.1.12"));
        Assert.Equal(["aws-cni/stays/eth0", "storage/other/eth0"], routes.Links().Where(link => link.Kind == "veth").Select(link => link.Alias).Order());
    }

    [Fact]
    public void An_address_that_is_another_pod_s_by_now_keeps_its_route_and_rules()
    {
        using var node = New("node");
        using var routes = RouteSocket.OpenIn(node);
        Attach(node, "young", "10.0.1.11", table: 3);
        var before = Traces(routes, "10.0.1.11");
        node.Run(() => _cleanup.Remove([new CollectedPod(Key("gone"), [IPAddress.Parse("10.0.1.11")])], [], _ => true));
        Assert.Equal(before, Traces(routes, "10.0.1.11"));
        Assert.Equal(3, before.Count);
    }

    public void Dispose() => _namespaces.ForEach(name => NetworkNamespace.Delete(name));

    private static PodKey Key(string container) => new("aws-cni", container, "eth0");

    private static List<string> Traces(RouteSocket routes, string address) =>
    [
        .. routes.Routes(254).Where(route => route.Destination.BaseAddress.ToString() == address).Select(route => $"route {route.Destination}"),
        .. routes.Rules().Where(rule => (rule.To ?? rule.From)?.BaseAddress.ToString() == address).Select(rule => $"rule {rule.Priority} table {rule.Table}"),
    ];

    private void Attach(NetworkNamespace node, string container, string address, uint table, string network = "aws-cni")
    {
        using var pod = New(container);
        node.Run(() =>
        {
            using var pods = PodNetwork.Open();
            pods.Attach(new PodAttachment
            {
                Namespace = pod,
                InterfaceName = "eth0",
                HostVeth = HostVethName.For("eni", "default", container, "eth0"),
                Address = IPAddress.Parse(address),
                Mtu = 9001,
                Table = new RouteTable(table),
                Owner = new PodOwner(network, container, "eth0"),
            });
        });
    }

    private NetworkNamespace New(string name)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("needs root: network namespaces");
        _namespaces.Add($"gc-{name}-{_id}");
        return NetworkNamespace.Create(_namespaces[^1]);
    }
}
