using System.Text.Json.Nodes;
using AwsVpcCni.Runtime.Tests.World;
using AwsVpcCni.Runtime.Tests.World.Cri;

namespace AwsVpcCni.Runtime.Tests;

/// <summary>config/10-aws.conflist: the reference plugins portmap and bandwidth, as Debian has them, behind aws-cni.</summary>
[Trait("Needs", "root, build/runtimes, iptables")]
public sealed class ChainTests
{
    private const int HostPort = 8080;

    /// <summary>All that the chain may leave in the node's packet filters; empty entry chains are portmap's way, for the next pod.</summary>
    private const string Filters = "{ iptables-save; iptables-legacy-save; ip6tables-save; nft -s list ruleset; } 2>/dev/null | grep -v '^[#:]'";

    public static TheoryData<string> Releases() => [.. ContainerdRelease.All.Select(release => release.Version)];

    [Theory]
    [MemberData(nameof(Releases))]
    public async Task A_hostPort_is_answered_on_the_node_from_the_node_from_another_node_and_from_a_pod(string containerd)
    {
        await using var lab = await Lab.StartAsync(nodes: 2);
        var node = lab.Nodes[0];
        await using var runtime = await StartAsync(node, new ContainerdRelease(containerd));
        var nodeAddress = (await node.ShellAsync("ip -4 -o addr show eth0 | grep -o 'inet [0-9.]*' | cut -d' ' -f2 | head -1")).Succeeded().Trim();

        // The first pod makes portmap's entry chains; what is there afterwards stays.
        await (await runtime.RunPodAsync("first", Published)).RemoveAsync();
        var before = (await node.ShellAsync(Filters)).Output;

        var web = await runtime.RunPodAsync("web", Published);
        var client = await runtime.RunPodAsync("client");
        Assert.Contains(web.Address, (await node.ShellAsync(Filters)).Output, StringComparison.Ordinal);
        Assert.Equal(web.Page, await client.ReadAsync(nodeAddress, HostPort));
        Assert.Equal(web.Page, await ReadAsync(node, nodeAddress));
        Assert.Equal(web.Page, await ReadAsync(node, "127.0.0.1"));
        Assert.Equal(web.Page, await ReadAsync(lab.Nodes[1], nodeAddress));

        await web.RemoveAsync();
        await client.RemoveAsync();
        Assert.Equal(before, (await node.ShellAsync(Filters)).Output);
        Assert.DoesNotContain(web.Address, before, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public async Task Bandwidth_annotations_become_queueing_disciplines_that_go_with_the_pod(string containerd)
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await using var runtime = await StartAsync(node, new ContainerdRelease(containerd));
        var web = await runtime.RunPodAsync("web", pod =>
        {
            pod.Annotations["kubernetes.io/ingress-bandwidth"] = "10M";
            pod.Annotations["kubernetes.io/egress-bandwidth"] = "5M";
        });
        var client = await runtime.RunPodAsync("client");

        // To the pod on its host veth, from the pod on an ifb that the veth's ingress is redirected to.
        var disciplines = (await node.ShellAsync("tc qdisc show")).Succeeded().Split('\n');
        Assert.Contains(disciplines, line => line.StartsWith("qdisc tbf", StringComparison.Ordinal) && line.Contains("dev eni", StringComparison.Ordinal) && line.Contains("rate 10Mbit", StringComparison.Ordinal));
        Assert.Contains(disciplines, line => line.StartsWith("qdisc tbf", StringComparison.Ordinal) && line.Contains("dev bwp", StringComparison.Ordinal) && line.Contains("rate 5Mbit", StringComparison.Ordinal));
        Assert.Equal(web.Page, await client.ReadAsync(web.Address));

        await web.RemoveAsync();
        await client.RemoveAsync();
        await node.SeenAsync("ip -o link | grep -oE '(eni|bwp|ifb)[0-9a-f]+'", []);
    }

    [Fact]
    public async Task The_reference_plugins_build_on_our_result_and_find_all_of_it_again_at_CHECK()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var list = JsonNode.Parse(await File.ReadAllTextAsync(List, TestContext.Current.CancellationToken))!.AsObject();
        var chain = new PluginChain(node, "web", list, JsonNode.Parse(
            """{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}],"bandwidth":{"ingressRate":10000000,"ingressBurst":2000000,"egressRate":10000000,"egressBurst":2000000}}""")!.AsObject());
        var before = await node.KernelAsync();

        var result = await chain.AddAsync();
        // Ours first, then the ifb that bandwidth added; the address still points at the interface in the sandbox.
        Assert.Equal(["eni68caf03a5f4", "eth0"], result["interfaces"]!.AsArray().Take(2).Select(link => (string)link!["name"]!));
        Assert.Equal("eth0", (string)result["interfaces"]![(int)result["ips"]![0]!["interface"]!]!["name"]!);
        await chain.CheckAsync();
        await chain.DeleteAsync();
        await chain.DeleteAsync();   // runtimes do, after a restart

        Assert.Empty((await node.PoolAsync()).Taken);
        Assert.DoesNotContain("CNI-DN-", (await node.ShellAsync(Filters)).Output, StringComparison.Ordinal);
        await node.SeenAsync("ip -o link | grep -oE '(eni|bwp|ifb)[0-9a-f]+'", []);
        Assert.Equal(before, await node.KernelAsync());
    }

    private static string List => Path.Combine(Programs.Checkout, "config", "10-aws.conflist");

    private static void Published(PodSandboxConfig pod) =>
        pod.PortMappings.Add(new PortMapping { Protocol = Protocol.Tcp, ContainerPort = 80, HostPort = HostPort });

    /// <summary>The operator's list is there before the daemon, which then writes no file of its own.</summary>
    private static async Task<Containerd> StartAsync(Node node, ContainerdRelease release)
    {
        var runtime = await Containerd.StartAsync(node, release);
        try
        {
            (await node.ShellAsync($"cp {List} /etc/cni/net.d/")).Succeeded();
            await node.StartIpamdAsync(("HOST_CNI_CONFDIR_PATH", "/etc/cni/net.d"));
            await runtime.NetworkUntilAsync(ready: true);
            Assert.Equal("10-aws.conflist", (await node.ShellAsync("ls /etc/cni/net.d")).Output.Trim());
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> ReadAsync(Node node, string address) => (await node.ShellAsync(
        $"exec 3<>/dev/tcp/{address}/{HostPort} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 10 cat <&3", "bash")).Succeeded()
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
}
