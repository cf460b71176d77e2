using System.Net;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni.Tests;

public class CheckTests
{
    [Fact]
    public async Task A_pod_is_as_it_was_built_until_somebody_changes_it()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var call = new PluginCall { PrevResult = (await node.AddAsync(pod)).Succeeded().Output };
        Assert.Equal("", (await node.RunAsync("CHECK", pod.Path, call)).Succeeded().Output);

        using var inside = RouteSocket.OpenIn(pod);
        var link = inside.FindLink("eth0")!;
        inside.SetLink(link.Index, new LinkChange { Mtu = 1500 });
        node.Routes.DeleteRule(new Rule { Priority = 512, To = IPNetwork.Parse("10.0.1.23/32"), Table = 254 });
        var run = (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105);
        Assert.Contains("eth0 has MTU 1500 instead of 9001; rule 512 to 10.0.1.23 is missing", run.Message, StringComparison.Ordinal);

        inside.DeleteLink("eth0");
        run = (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105);
        Assert.Contains($"eth0 is not in {pod.Path}; the host has no eni0d7763386da; the host does not route 10.0.1.23", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CHECK_needs_the_result_to_check() =>
        await WithNodeAsync(async (node, netns) =>
            Assert.Contains("CHECK needs prevResult", (await node.RunAsync("CHECK", netns)).FailedWith(7).Message, StringComparison.Ordinal));

    [Fact]
    public async Task A_namespace_that_is_gone_is_a_difference() =>
        await WithNodeAsync(async (node, netns) =>
        {
            var call = new PluginCall { PrevResult = """{"cniVersion":"1.0.0"}""" };
            Assert.Contains("does not exist", (await node.RunAsync("CHECK", netns + "-not", call)).FailedWith(105).Message, StringComparison.Ordinal);
        });

    private static async Task WithNodeAsync(Func<Node, string, Task> body)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        await body(node, pod.Path);
    }
}
