using System.Diagnostics;
using AwsVpcCni.Runtime.Tests.World;
using Grpc.Core;

namespace AwsVpcCni.Runtime.Tests;

/// <summary>What kubelet hears of a node whose pool is exhausted, or whose daemon is away. It evicts the pods of a node that isn't Ready.</summary>
[Trait("Needs", "root, build/runtimes")]
public sealed class FullNodeTests(ITestOutputHelper output)
{
    /// <summary>How long ipamd lets an ADD wait in these tests, in seconds.</summary>
    private const int AddBound = 10;

    public static TheoryData<string, string> Runtimes() => RuntimeTests.Runtimes();

    [Theory]
    [MemberData(nameof(Runtimes))]
    public async Task A_node_stays_Ready_and_its_runtime_answers_while_fifty_pods_wait_for_addresses(string containerd, string cniVersion)
    {
        await using var lab = await Lab.StartAsync(1, "m5.4xlarge");
        var node = lab.Nodes[0];
        await using var runtime = await Containerd.StartAsync(node, new ContainerdRelease(containerd));
        await node.StartIpamdAsync(
            ("HOST_CNI_CONFDIR_PATH", "/etc/cni/net.d"), ("IPAMD_CNI_VERSION", cniVersion), ("IPAMD_ADD_WAIT_SECONDS", $"{AddBound}"),
            ("WARM_IP_TARGET", "1"), ("MINIMUM_IP_TARGET", "1"));
        await runtime.NetworkUntilAsync(ready: true);
        foreach (var action in new[] { "AssignPrivateIpAddresses", "CreateNetworkInterface" })
            (await Lab.RunAsync(["fault", "--name", lab.Name, action, "--delay", "300s"])).Succeeded();
        await runtime.RunPodAsync("first");   // it has the one address that there was

        var waiting = Enumerable.Range(0, 50).Select(i => runtime.RunPodAsync($"web-{i}")).ToList();
        await node.MetricUntilAsync("awscni_waiting_add_requests", 50);
        var clock = Stopwatch.StartNew();
        var asked = await runtime.NetworkAsync();
        output.WriteLine($"containerd {containerd}, {cniVersion}: CRI Status with 50 ADDs waiting took {clock.ElapsedMilliseconds} ms");
        Assert.True(asked.Status, asked.Message);
        Assert.All(waiting, pod => Assert.False(pod.IsCompleted));   // the answer did not have to wait for them

        // Reloading takes go-cni's lock, behind every ADD under way: kubelet asks all the while, and hears the same.
        (await node.ShellAsync("sed -i 's/DEBUG/INFO/' /etc/cni/net.d/10-aws.conf")).Succeeded();
        var slowest = TimeSpan.Zero;
        while (!waiting.All(pod => pod.IsCompleted))
        {
            clock.Restart();
            var reloaded = await runtime.NetworkAsync();
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            Assert.True(reloaded.Status, reloaded.Message);
            // Kubelet asks by the clock as well, whatever happens; more often than its 5 s, so that the slowest answer is among these.
            await Task.WhenAny(Task.WhenAll(waiting), Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None));
        }

        output.WriteLine($"containerd {containerd}, {cniVersion}: after the configuration was rewritten the slowest CRI Status took {slowest.TotalSeconds:F1} s; an ADD waits {AddBound} s");
        foreach (var pod in waiting)
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => pod);
            Assert.Contains($"no free address within {AddBound} s", Assert.IsType<RpcException>(refused.InnerException).Status.Detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public async Task Only_where_STATUS_is_asked_is_a_node_NotReady_whose_ipamd_stays_away(string containerd, string cniVersion)
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await using var runtime = await Containerd.StartAsync(node, new ContainerdRelease(containerd));
        (string, string)[] settings = [("HOST_CNI_CONFDIR_PATH", "/etc/cni/net.d"), ("IPAMD_CNI_VERSION", cniVersion)];
        var daemon = await node.StartIpamdAsync(settings);
        await runtime.NetworkUntilAsync(ready: true);

        await Node.KillAsync(daemon);
        Assert.True((await runtime.NetworkAsync()).Status);   // an update of the daemon is no reason
        var asksStatus = cniVersion == "1.1.0";
        Assert.Equal(asksStatus, (await node.ShellAsync("test -e /var/run/aws-node/not-serving")).ExitCode == 0);

        await node.ShellAsync("echo 0.00 > /var/run/aws-node/not-serving");   // away since the boot
        var away = await runtime.NetworkAsync();
        Assert.Equal(!asksStatus, away.Status);
        if (asksStatus)
            Assert.Contains("ipamd has not been serving for", away.Message, StringComparison.Ordinal);

        await node.StartIpamdAsync(settings);
        await runtime.NetworkUntilAsync(ready: true);
        await runtime.RunPodAsync("web");
    }
}
