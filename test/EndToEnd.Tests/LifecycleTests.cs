using System.Text.Json;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>CNI 1.1.0 between the real plugin and the real daemon: CHECK, STATUS, GC.</summary>
public sealed class LifecycleTests
{
    private const string Status = """{"cniVersion":"1.1.0","name":"aws-cni","type":"aws-cni","statusTimeoutMilliseconds":2000}""";

    [Fact]
    public async Task CHECK_compares_the_daemon_s_record_and_GC_leaves_nothing_of_what_the_runtime_does_not_list()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync(("IPAMD_ADD_WAIT_SECONDS", "1"));
        var rulesBefore = (await node.ShellAsync("ip rule")).Output;
        var stays = await node.AddPodAsync("stays", Configuration());
        var kernel = (await node.ShellAsync("ip rule; ip route")).Output;
        var gone = await node.AddPodAsync("gone", Configuration());
        Assert.Equal("1.1.0", stays.Result.GetProperty("cniVersion").GetString());
        Assert.Equal(9001, stays.Result.GetProperty("interfaces")[1].GetProperty("mtu").GetInt32());
        (await node.PluginAsync("CHECK", "stays", Configuration(stays))).Succeeded();

        // What got its address less than an ADD's bound ago stays, so that a runtime needs more than one.
        var collect = """{"cniVersion":"1.1.0","name":"aws-cni","type":"aws-cni","cni.dev/valid-attachments":[{"containerID":"box-stays","ifname":"eth0"}]}""";
        do
            (await node.PluginAsync("GC", "stays", collect)).Succeeded();
        while ((await node.PoolAsync()).Taken.Contains(gone.Address));

        Assert.Equal([stays.Address], (await node.PoolAsync()).Taken);
        Assert.Equal(kernel, (await node.ShellAsync("ip rule; ip route")).Output);
        Assert.NotEqual(rulesBefore, (await node.ShellAsync("ip rule")).Output);
        Assert.NotEqual(0, (await node.ShellAsync($"ip link show {gone.HostVeth}")).ExitCode);
        (await node.PluginAsync("CHECK", "stays", Configuration(stays))).Succeeded();
        var check = await node.PluginAsync("CHECK", "gone", Configuration(gone));
        Assert.Contains("ipamd has no record of it", JsonDocument.Parse(check.Output).RootElement.GetProperty("msg").GetString(), StringComparison.Ordinal);
        (await node.PluginAsync("DEL", "gone", Configuration(gone))).Succeeded();
    }

    [Fact]
    public async Task GC_leaves_a_pod_of_the_last_seconds_alone_that_the_runtime_does_not_list_yet()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var young = await node.AddPodAsync("young", Configuration());
        (await node.PluginAsync("GC", "young", """{"cniVersion":"1.1.0","name":"aws-cni","type":"aws-cni","cni.dev/valid-attachments":[]}""")).Succeeded();
        Assert.Equal([young.Address], (await node.PoolAsync()).Taken);
        await young.PingAsync("10.0.0.1");
        (await node.PluginAsync("CHECK", "young", Configuration(young))).Succeeded();
    }

    [Fact]
    public async Task STATUS_follows_the_daemon()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        Assert.Equal("", (await node.PluginAsync("STATUS", "", Status)).Succeeded());

        await Node.KillAsync(daemon);
        (await node.PluginAsync("STATUS", "", Status)).Succeeded();
        (await node.ShellAsync("test -s /var/run/aws-node/not-serving && echo 1.00 > /var/run/aws-node/not-serving")).Succeeded();
        Assert.Equal(50, JsonDocument.Parse((await node.PluginAsync("STATUS", "", Status)).Output).RootElement.GetProperty("code").GetInt32());

        await node.StartIpamdAsync();
        (await node.PluginAsync("STATUS", "", Status)).Succeeded();
        (await node.ShellAsync("test ! -e /var/run/aws-node/not-serving")).Succeeded();
    }

    private static string Configuration(Pod? pod = null) =>
        $$"""{"cniVersion":"1.1.0","name":"aws-cni","type":"aws-cni"{{(pod is null ? "" : $",\"prevResult\":{pod.Result}")}}}""";
}
