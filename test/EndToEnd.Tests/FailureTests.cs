using System.Text.Json;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>What is wrong is said once, clearly, and nothing is left half-done.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_daemon_with_wrong_settings_names_all_of_them_at_once()
    {
        await using var lab = await Lab.StartAsync();
        var ended = await lab.Nodes[0].IpamdAsync(("WARM_ENI_TARGET", "many"), ("AWS_VPC_ENI_MTU", "100"), ("ENABLE_IPv6", "perhaps"));
        Assert.Equal(1, ended.ExitCode);
        Assert.Equal(4, ended.Error.Trim().Split('\n').Length);
        foreach (var variable in (string[])["WARM_ENI_TARGET=\"many\"", "AWS_VPC_ENI_MTU=\"100\"", "ENABLE_IPv6=\"perhaps\""])
            Assert.Contains(variable, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_without_IMDS_says_where_it_looked_and_what_to_check()
    {
        await using var lab = await Lab.StartAsync();
        var ended = await lab.Nodes[0].IpamdAsync(("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9"));
        Assert.Equal(1, ended.ExitCode);
        var line = Assert.Single(ended.Error.Trim().Split('\n'));
        Assert.Contains("IMDS at http://127.0.0.1:9", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_daemon_on_the_node_is_refused_and_the_first_goes_on()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var second = await node.IpamdAsync();
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("/var/run/aws-node/ipamd.lock", Assert.Single(second.Error.Trim().Split('\n')), StringComparison.Ordinal);
        await node.AddPodAsync("web-0");
    }

    [Fact]
    public async Task A_daemon_restarts_while_EC2_is_down_and_serves_what_it_has()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var first = await node.AddPodAsync("web-0");
        await node.PoolUntilAsync(pool => pool.Total == 6);
        await Node.KillAsync(daemon);

        await node.StartIpamdAsync(("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:9"));

        // IMDS lags: for some seconds it may not show the pod's address, which is kept from others all the same.
        await node.PoolUntilAsync(pool => pool.Taken.SequenceEqual([first.Address]));
        var second = await node.AddPodAsync("web-1");
        await second.PingAsync(first.Address);
    }

    [Fact]
    public async Task While_IMDS_answers_nothing_a_daemon_that_runs_gives_its_addresses_and_takes_them_back()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        await node.PoolUntilAsync(pool => pool.Total == 6);
        (await Lab.RunAsync(["set", "--name", lab.Name, "imds.enabled=off"])).Succeeded();
        const string ask = @"exec 3<>/dev/tcp/169.254.169.254/80; printf 'GET /latest/meta-data/ HTTP/1.0\r\n\r\n' >&3; head -n 1 <&3";
        Assert.Contains(" 403 ", (await node.ShellAsync(ask, "bash")).Output, StringComparison.Ordinal);

        var first = await node.AddPodAsync("web-0");
        var second = await node.AddPodAsync("web-1");
        await first.PingAsync(second.Address);
        (await first.DeleteAsync()).Succeeded();
        await node.PoolUntilAsync(pool => pool.Taken.SequenceEqual([second.Address]));
    }

    [Fact]
    public async Task A_pipe_among_the_noted_DELs_keeps_the_daemon_neither_from_serving_nor_from_stopping()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        (await node.ShellAsync("mkdir -p /var/run/aws-node/deletes && mkfifo /var/run/aws-node/deletes/box-eth0")).Succeeded();
        var daemon = await node.StartIpamdAsync();
        await Node.TerminateAsync(daemon);
        Assert.Equal(0, daemon.ExitCode);
        Assert.Contains("box-eth0 is no note of a DEL", await node.LogAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json", 6)]
    [InlineData("{\"cniVersion\":\"0.3.1\",\"name\":\"aws-cni\",\"type\":\"aws-cni\",\"mtu\":\"huge\"}", 7)]
    [InlineData("{\"cniVersion\":\"9.9.9\",\"name\":\"aws-cni\",\"type\":\"aws-cni\"}", 1)]
    public async Task The_plugin_answers_a_bad_configuration_with_one_CNI_error(string configuration, int code)
    {
        var ended = await Run.ProgramAsync(
            Programs.AwsCni, [], configuration,
            new Dictionary<string, string>
            {
                ["CNI_COMMAND"] = "ADD",
                ["CNI_CONTAINERID"] = "box",
                ["CNI_NETNS"] = "/var/run/netns/none",
                ["CNI_IFNAME"] = "eth0",
                ["CNI_PATH"] = "/opt/cni/bin",
                ["CNI_ARGS"] = "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web",
            });
        AssertError(ended, code);
    }

    [Fact]
    public async Task An_ADD_into_a_namespace_that_is_not_there_names_it_and_takes_no_address()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var ended = await node.PluginAsync("ADD", "web-0", netns: "/var/run/netns/absent");
        var error = AssertError(ended, code: null);
        Assert.Contains("/var/run/netns/absent", error, StringComparison.Ordinal);
        Assert.Empty((await node.PoolAsync()).Taken);
    }

    [Fact]
    public async Task An_ADD_without_a_daemon_says_try_again_and_where_to_look_and_a_DEL_succeeds()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        (await Lab.RunAsync(["addpod", "--name", lab.Name, node.Name, "web-0"])).Succeeded();
        var configuration = """{"cniVersion":"1.0.0","name":"aws-cni","type":"aws-cni","addTimeoutSeconds":1}""";
        var error = AssertError(await node.PluginAsync("ADD", "web-0", configuration), code: 11);
        Assert.Contains("/var/run/aws-node/ipamd.sock", error, StringComparison.Ordinal);
        (await node.PluginAsync("DEL", "web-0", configuration)).Succeeded();
    }

    [Theory]
    [InlineData("mount -t tmpfs -o size=4k,mode=755 tmpfs /run/checkpoint; head -c 100000 /dev/zero > /run/checkpoint/full 2>/dev/null || true")]
    [InlineData("mount -t tmpfs -o size=4k,mode=755 tmpfs /run/checkpoint; mount -o remount,ro /run/checkpoint")]
    public async Task An_ADD_whose_checkpoint_can_not_be_written_is_undone_and_says_why(string spoil)
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync(("AWS_VPC_K8S_CNI_BACKING_STORE", "/run/checkpoint/ipam.json"), ("IPAMD_ADD_WAIT_SECONDS", "1"));
        (await node.ShellAsync("mkdir -p /run/checkpoint; " + spoil)).Succeeded();

        var (_, ended) = await node.TryAddPodAsync("web-0", """{"cniVersion":"1.0.0","name":"aws-cni","type":"aws-cni","addTimeoutSeconds":1}""");
        Assert.Contains("/run/checkpoint/ipam.json", AssertError(ended, code: 11), StringComparison.Ordinal);
        Assert.Empty((await node.PoolAsync()).Taken);

        (await node.ShellAsync("umount /run/checkpoint")).Succeeded();
        var pod = await node.AddPodAsync("web-1");
        Assert.Equal([pod.Address], (await node.PoolAsync()).Taken);
    }

    /// <summary>One JSON error on stdout, as the CNI spec has it (section 5).</summary>
    private static string AssertError(Ended ended, int? code)
    {
        Assert.NotEqual(0, ended.ExitCode);
        var error = JsonDocument.Parse(ended.Output).RootElement;
        if (code is { } wanted)
            Assert.Equal(wanted, error.GetProperty("code").GetInt32());
        Assert.NotEqual("", error.GetProperty("msg").GetString());
        return ended.Output;
    }
}
