using AwsVpcCni.Rpc;
using Grpc.Core;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>GC is ipamd's work; the plugin tells it what stays, and the runtime what failed.</summary>
public class GarbageTests
{
    private static readonly PluginCall _call = new()
    {
        Version = "1.1.0",
        Keys = """ "cni.dev/valid-attachments":[{"containerID":"8f0e3a","ifname":"eth0"},{"containerID":"b","ifname":"net1"}] """,
    };

    [Fact]
    public async Task The_daemon_is_told_what_stays_and_the_log_what_went()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d => d.OnCollect = _ => new CollectGarbageReply
        {
            Collected = { new CollectedAttachment { ContainerID = "gone", IfName = "eth0", IPv4Addrs = { "10.0.1.99" } } },
        });
        var run = (await node.RunAsync("GC", "", _call)).Succeeded();
        Assert.Equal("", run.Output);
        Assert.Contains("10.0.1.99", run.Log, StringComparison.Ordinal);
        var asked = Assert.Single(ipamd.Collections);
        Assert.Equal("aws-cni", asked.NetworkName);
        Assert.Equal([("8f0e3a", "eth0"), ("b", "net1")], asked.Valid.Select(v => (v.ContainerID, v.IfName)));
    }

    [Fact]
    public async Task A_list_that_is_missing_releases_nobody()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync();
        Assert.Contains(
            "cni.dev/valid-attachments is missing",
            (await node.RunAsync("GC", "", new PluginCall { Version = "1.1.0" })).FailedWith(7).Message,
            StringComparison.Ordinal);
        Assert.Empty(ipamd.Collections);
    }

    [Fact]
    public async Task The_original_s_daemon_has_no_such_call_and_the_runtime_is_not_troubled()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.IsOriginal = true);
        Assert.Contains("no garbage collection", (await node.RunAsync("GC", "", _call)).Succeeded().Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_kernel_kept_is_told()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnCollect = _ => new CollectGarbageReply { Problems = { "the route and rules of 10.0.1.99: EPERM" } });
        Assert.Contains("the kernel kept the route and rules of 10.0.1.99: EPERM", (await node.RunAsync("GC", "", _call)).FailedWith(102).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_daemon_the_runtime_is_told_to_come_again()
    {
        await using var node = Node.Start();
        Assert.Contains("ipamd can't be reached", (await node.RunAsync("GC", "", _call)).FailedWith(11).Message, StringComparison.Ordinal);
        await node.StartIpamdAsync(d => d.OnCollect = _ => throw FakeDaemon.Refusal(StatusCode.PermissionDenied, "only root"));
        (await node.RunAsync("GC", "", _call)).FailedWith(101);
    }
}
