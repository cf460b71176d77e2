using AwsVpcCni.Runtime.Tests.World;

namespace AwsVpcCni.Runtime.Tests;

/// <summary>Pods by real container runtimes: containerd over CRI, runc, our plugin, our daemon, the lab's packets.</summary>
[Trait("Needs", "root, build/runtimes")]
public sealed class RuntimeTests
{
    /// <summary>Every containerd that is there, with each cniVersion that it speaks.</summary>
    public static TheoryData<string, string> Runtimes() =>
        [.. ContainerdRelease.All.SelectMany(release => release.CniVersions.Select(version => new TheoryDataRow<string, string>(release.Version, version)))];

    [Theory]
    [MemberData(nameof(Runtimes))]
    public async Task Web_servers_in_pods_of_two_nodes_read_each_other_s_pages(string containerd, string cniVersion)
    {
        await using var lab = await Lab.StartAsync(nodes: 2);
        await using var here = await Containerd.StartAsync(lab.Nodes[0], new ContainerdRelease(containerd));
        await using var there = await Containerd.StartAsync(lab.Nodes[1], new ContainerdRelease(containerd));
        Assert.False((await here.NetworkAsync()).Status);   // no plugin yet: kubelet keeps pods away
        foreach (var runtime in new[] { here, there })
        {
            await runtime.Node.StartIpamdAsync(("HOST_CNI_CONFDIR_PATH", "/etc/cni/net.d"), ("IPAMD_CNI_VERSION", cniVersion));
            await runtime.NetworkUntilAsync(ready: true);
        }

        var a = await here.RunPodAsync("a");
        var b = await here.RunPodAsync("b");
        var c = await there.RunPodAsync("c");
        Assert.Equal("b on node-1", await a.ReadAsync(b.Address));
        Assert.Equal("c on node-2", await a.ReadAsync(c.Address));
        Assert.Equal("a on node-1", await c.ReadAsync(a.Address));
        Assert.Equal(new[] { a.Address, b.Address }.Order(), (await lab.Nodes[0].PoolAsync()).Taken.Order());
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public async Task Thirty_pods_live_through_restarts_of_containerd_and_ipamd_and_leave_nothing(string containerd, string cniVersion)
    {
        await using var lab = await Lab.StartAsync(1, "m5.xlarge");
        var node = lab.Nodes[0];
        await using var runtime = await Containerd.StartAsync(node, new ContainerdRelease(containerd));
        (string, string)[] settings = [("HOST_CNI_CONFDIR_PATH", "/etc/cni/net.d"), ("IPAMD_CNI_VERSION", cniVersion), ("MINIMUM_IP_TARGET", "30")];
        var daemon = await node.StartIpamdAsync(settings);
        await runtime.NetworkUntilAsync(ready: true);

        var pods = await Task.WhenAll(Enumerable.Range(0, 15).Select(i => runtime.RunPodAsync($"web-{i}")));
        await runtime.KillAsync();
        await runtime.StartAsync();
        Assert.Equal(15, (await runtime.SandboxesAsync()).Count);
        Assert.Equal(pods[14].Page, await pods[0].ReadAsync(pods[14].Address));
        await Node.KillAsync(daemon);
        Assert.Equal(pods[0].Page, await pods[14].ReadAsync(pods[0].Address));
        await node.StartIpamdAsync(settings);
        pods = [.. pods, .. await Task.WhenAll(Enumerable.Range(15, 15).Select(i => runtime.RunPodAsync($"web-{i}")))];

        Assert.Equal(pods.Select(pod => pod.Address).Order(), (await node.PoolAsync()).Taken.Order());
        Assert.Equal(30, pods.Select(pod => pod.Address).Distinct().Count());
        var pages = await Task.WhenAll(pods.Take(15).Select((pod, i) => pod.ReadAsync(pods[i + 15].Address)));
        Assert.Equal(pods.Skip(15).Select(pod => pod.Page), pages);
        Assert.Equal(30, (await node.ShellAsync(Traces)).Output.Split('\n').Count(line => line.StartsWith("eni", StringComparison.Ordinal)));

        await Task.WhenAll(pods.Select(pod => pod.StopAsync()));
        await Task.WhenAll(pods.Select(pod => pod.StopAsync()));   // kubelet does
        Assert.Empty((await node.PoolAsync()).Taken);
        await Task.WhenAll(pods.Select(pod => pod.RemoveAsync()));
        Assert.Empty(await runtime.SandboxesAsync());
        await node.SeenAsync(Traces, []);
    }

    [Fact]
    public async Task Containerd_1_understands_no_result_of_1_1_0_and_nothing_of_the_pod_stays()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await using var runtime = await Containerd.StartAsync(node, ContainerdRelease.All.First(release => release.IsFirst));
        await node.StartIpamdAsync(("HOST_CNI_CONFDIR_PATH", "/etc/cni/net.d"), ("IPAMD_CNI_VERSION", "1.1.0"));
        await runtime.NetworkUntilAsync(ready: true);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => runtime.RunPodAsync("web"));
        Assert.Contains("unsupported CNI result version", refused.Message, StringComparison.Ordinal);
        Assert.Empty((await node.PoolAsync()).Taken);
        await node.SeenAsync(Traces, []);
    }

    /// <summary>What pods have in the node's kernel: veths, namespaces, routes, rules.</summary>
    private const string Traces =
        "{ ip -o link | grep -o ' eni[0-9a-f]*' | tr -d ' '; ls /run/netns; ip -4 route show table all | grep 'dev eni'; ip rule | grep -E '^(512|1536):'; }";
}
