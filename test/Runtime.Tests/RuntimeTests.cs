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
}
