using System.Net;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Rpc;
using Grpc.Core;

namespace AwsVpcCni.AwsCni.Tests;

public class AddTests
{
    [Fact]
    public async Task A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync();
        using var pod = node.NewPod();

        var added = (await node.AddAsync(pod)).Succeeded();
        var request = Assert.Single(ipamd.Adds);
        Assert.Equal(
            ("web-0", "default", "8f0e3a", pod.Path, "eth0", "aws-cni", "8f0e3a", "", false),
            (request.K8SPODNAME, request.K8SPODNAMESPACE, request.K8SPODINFRACONTAINERID, request.Netns, request.IfName, request.NetworkName,
                request.ContainerID, request.ClientVersion, request.RequiresMultiNICAttachment));

        // What the runtime is told is what the kernel has.
        using var inside = RouteSocket.OpenIn(pod);
        var link = inside.FindLink("eth0")!;
        var veth = Assert.Single(node.Routes.Links(), l => l.Kind == "veth");
        Assert.Equal(
            $$$"""{"cniVersion":"1.0.0","interfaces":[{"name":"{{{veth.Name}}}","mac":"{{{veth.Mac}}}"},{"name":"eth0","mac":"{{{link.Mac}}}","sandbox":"{{{pod.Path}}}"}],"ips":[{"interface":1,"address":"10.0.1.23/32"}],"dns":{}}""" + "\n",
            added.Output);
        Assert.Equal("eni0d7763386da", veth.Name); // eni and 11 hex digits of SHA-1 of default.web-0
        Assert.Equal("aws-cni/8f0e3a/eth0", veth.Alias);
        Assert.Equal((9001, 9001), (veth.Mtu, link.Mtu));
        Assert.Equal(IPAddress.Parse("10.0.1.23"), Assert.Single(inside.Addresses(link.Index), a => a.Local.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork).Local);
        Assert.Equal(veth.Index, node.Routes.FindRoute(IPAddress.Parse("10.0.1.23"))!.LinkIndex);
        Assert.Equal([512u], Rules(node));

        (await node.DelAsync(pod)).Succeeded();
        var released = Assert.Single(ipamd.Dels);
        Assert.Equal(
            ("web-0", "default", "8f0e3a", "PodDeleted", "eth0", "aws-cni", "8f0e3a", "uid-1"),
            (released.K8SPODNAME, released.K8SPODNAMESPACE, released.K8SPODINFRACONTAINERID, released.Reason, released.IfName, released.NetworkName,
                released.ContainerID, released.K8SPODUID));
        Assert.Empty(Rules(node));
        Assert.Empty(node.Routes.Routes(254));
    }

    [Fact]
    public async Task A_pod_on_a_secondary_eni_leaves_through_that_eni_s_table()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3, device: 2)));
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        var rule = Assert.Single(node.Routes.Rules(), r => r.Priority == 1536);
        Assert.Equal((IPNetwork.Parse("10.0.1.77/32"), 3u), (rule.From, rule.Table));
    }

    [Theory]
    [InlineData("0.1.0", """{"cniVersion":"0.1.0","ip4":{"ip":"10.0.1.23/32"},"dns":{}}""")]
    [InlineData("0.3.1", "\"ips\":[{\"version\":\"4\",\"interface\":1,\"address\":\"10.0.1.23/32\"}]")]
    [InlineData("0.4.0", "\"ips\":[{\"version\":\"4\",\"interface\":1,\"address\":\"10.0.1.23/32\"}]")]
    [InlineData("1.1.0", "\",\"mtu\":9001},{\"name\":\"eth0\"")]
    public async Task The_result_is_in_the_configuration_s_version(string version, string part)
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        Assert.Contains(part, (await node.AddAsync(pod, new PluginCall { Version = version })).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_a_migration_the_result_has_the_original_s_form()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3, device: 2)));
        using var pod = node.NewPod();
        var added = (await node.AddAsync(pod, new PluginCall { Version = "0.4.0", Keys = "\"originalResult\":true" })).Succeeded();
        Assert.Equal(
            $$$"""{"cniVersion":"0.4.0","interfaces":[{"name":"eni0d7763386da"},{"name":"eth0","mac":"3","sandbox":"{{{pod.Path}}}"},{"name":"dummy0d7763386da","mac":"0","sandbox":"2"}],"ips":[{"version":"4","interface":1,"address":"10.0.1.77/32"}],"dns":{}}""" + "\n",
            added.Output);
    }

    [Fact]
    public async Task The_result_of_the_plugin_before_us_is_passed_on()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var json = (await node.AddAsync(pod, new PluginCall { PrevResult = """{"cniVersion":"1.0.0","interfaces":[{"name":"x0"}],"routes":[{"dst":"10.9.0.0/16","gw":"10.0.1.1"}],"dns":{"domain":"d"}}""" })).Succeeded().Json;
        Assert.Equal(["x0", "eni0d7763386da", "eth0"], json.GetProperty("interfaces").EnumerateArray().Select(i => i.GetProperty("name").GetString()));
        Assert.Equal(2, json.GetProperty("ips")[0].GetProperty("interface").GetInt32());
        Assert.Equal("10.9.0.0/16", Assert.Single(json.GetProperty("routes").EnumerateArray()).GetProperty("dst").GetString());
        Assert.Equal("d", json.GetProperty("dns").GetProperty("domain").GetString());
    }

    [Fact]
    public async Task A_pod_that_asks_for_several_nics_says_so_to_the_daemon()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync();
        using var pod = node.NewPod();
        (await node.AddAsync(pod, new PluginCall
        {
            Keys = """ "runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"k8s.amazonaws.com/nicConfig":"multi-nic-attachment"}} """,
        })).Succeeded();
        Assert.True(Assert.Single(ipamd.Adds).RequiresMultiNICAttachment);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_told_before_anybody_gives_an_address()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync();
        var run = (await node.RunAsync("ADD", "/run/netns/not-there")).FailedWith(4);
        Assert.Equal("CNI_NETNS: network namespace /run/netns/not-there does not exist", run.Message);
        Assert.Empty(ipamd.Adds);
    }

    public static TheoryData<string, AddNetworkReply> ImpossibleReplies => new()
    {
        { "branch ENI", new AddNetworkReply { Success = true, PodVlanId = 7, IPAllocationMetadata = { new IPAllocationMetadata { IPv4Addr = "10.0.1.23" } } } },
        { "gave 0 addresses", new AddNetworkReply { Success = true } },
        { "gave 2 addresses", new AddNetworkReply { Success = true, IPAllocationMetadata = { new IPAllocationMetadata(), new IPAllocationMetadata() } } },
        { "which is no IPv4 address", FakeDaemon.Reply("10.0.1") },
        { "2001:db8::1, and this aws-cni attaches IPv4 pods only", new AddNetworkReply { Success = true, IPAllocationMetadata = { new IPAllocationMetadata { IPv6Addr = "2001:db8::1" } } } },
        { "route table -5", FakeDaemon.Reply("10.0.1.23", table: -5) },
    };

    [Theory]
    [MemberData(nameof(ImpossibleReplies))]
    public async Task What_this_plugin_cannot_attach_goes_back(string message, AddNetworkReply reply)
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(reply));
        using var pod = node.NewPod();
        Assert.Contains(message, (await node.AddAsync(pod)).FailedWith(101).Message, StringComparison.Ordinal);
        Assert.Equal("SetupNSFailed", Assert.Single(ipamd.Dels).Reason);
        Assert.Equal("", node.Traces());
    }

    [Fact]
    public async Task A_result_that_nobody_can_be_told_goes_back()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3)));
        using var pod = node.NewPod();
        foreach (var (redirect, reason) in Node.IsPublished ? [_full, _closed] : new[] { _full })
        {
            var run = await node.AddAsync(pod, new PluginCall { Redirect = redirect });
            Assert.Equal((1, ""), (run.ExitCode, run.Output));
            Assert.Contains($"aws-cni: writing to standard output failed: {reason}", run.Log, StringComparison.Ordinal);
            Assert.Equal("", node.Traces());
            Assert.Equal("SetupNSFailed", Assert.Single(ipamd.Dels).Reason);
            ipamd.Dels.Clear();
        }
    }

    private static readonly (string Redirect, string Reason) _full = (">/dev/full", "No space left on device");

    /// <summary>With the published plugin alone: the runtime's host opens files of its own in the place of closed ones.</summary>
    private static readonly (string Redirect, string Reason) _closed = (">&-", "it is closed");

    [Fact]
    public async Task A_result_whose_reader_is_gone_goes_back()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3)));
        using var pod = node.NewPod();
        var pipe = Path.Combine(node.Folder, "pipe");
        Pipes.Make(pipe);
        var run = await node.AddAsync(pod, new PluginCall { Redirect = $"3<>{pipe} >{pipe} 3<&-" }); // as when containerd has died
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("aws-cni: writing to standard output failed: Broken pipe", run.Log, StringComparison.Ordinal);
        Assert.Equal("", node.Traces());
        Assert.Equal("SetupNSFailed", Assert.Single(ipamd.Dels).Reason);
    }

    [Fact]
    public async Task A_sandbox_that_is_added_again_takes_back_the_note_of_its_last_DEL()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        (await node.DelAsync(pod)).Succeeded();
        Assert.Single(node.Notes());
        await node.StartIpamdAsync();
        (await node.AddAsync(pod)).Succeeded();
        Assert.Empty(node.Notes());
    }

    [Fact]
    public async Task An_address_that_cannot_be_returned_is_noted_for_ipamd()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d =>
        {
            d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("nonsense"));
            d.OnDel = (_, _) => throw FakeDaemon.Refusal(StatusCode.Unavailable, "shutting down");
        });
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).FailedWith(101);
        Assert.Equal(("aws-cni", "8f0e3a", "eth0"), (node.Notes().Single()!.Network, node.Notes().Single()!.Container, node.Notes().Single()!.Interface));
    }

    private static uint[] Rules(Node node) => [.. node.Routes.Rules().Select(r => r.Priority).Where(p => p is 512 or 1536)];
}
