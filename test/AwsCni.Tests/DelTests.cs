using System.Net;
using AwsVpcCni.Linux.Rtnl;
using Grpc.Core;

namespace AwsVpcCni.AwsCni.Tests;

public class DelTests
{
    [Fact]
    public async Task A_DEL_of_what_nobody_knows_succeeds_and_touches_nothing()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnDel = (_, _) => throw FakeDaemon.Unknown());
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        var before = node.Traces();

        // Another sandbox's late DEL, whose prevResult names the address that is this pod's by now.
        (await node.DelAsync(null, new PluginCall { ContainerId = "older", PrevResult = Ours("10.0.1.23") })).Succeeded();
        (await node.DelAsync(null, new PluginCall { ContainerId = "older" })).Succeeded();
        Assert.Equal(before, node.Traces());
        Assert.Empty(node.Notes());
    }

    [Fact]
    public async Task A_DEL_may_come_twice_with_and_without_namespace_and_prevResult()
    {
        await using var node = Node.Start();
        var known = true;
        await node.StartIpamdAsync(d => d.OnDel = (_, _) =>
        {
            if (!known)
                throw FakeDaemon.Unknown();
            known = false;
            return Task.FromResult(FakeDaemon.Deleted("10.0.1.23"));
        });
        using var pod = node.NewPod();
        var added = (await node.AddAsync(pod)).Succeeded();
        Assert.Equal("", (await node.DelAsync(pod, new PluginCall { PrevResult = added.Output })).Succeeded().Output);
        (await node.DelAsync(null)).Succeeded();
        Assert.Empty(node.Routes.Routes(254));
        Assert.DoesNotContain(node.Routes.Rules(), r => r.Priority is 512 or 1536);
    }

    [Theory]
    [InlineData("1.0.0", false)]
    [InlineData("0.3.1", false)]
    [InlineData("0.2.0", false)]
    [InlineData("0.4.0", true)]
    public async Task Without_ipamd_the_host_forgets_the_pod_and_a_note_stays(string version, bool originalForm)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        string result;
        await using (await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3, device: 2))))
            result = (await node.AddAsync(pod, new PluginCall { Version = version, Keys = originalForm ? "\"originalResult\":true" : "" })).Succeeded().Output;
        Assert.Equal([512u, 1536u], Rules(node));

        var call = new PluginCall { Version = version, PrevResult = result };
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal("", (await node.DelAsync(pod, call)).Succeeded().Output);
            Assert.Empty(Rules(node));
            Assert.Empty(node.Routes.Routes(254));
        }

        var note = Assert.Single(node.Notes())!;
        Assert.Equal(("aws-cni", "8f0e3a", "eth0", "default", "web-0"), (note.Network, note.Container, note.Interface, note.PodNamespace, note.PodName));
        Assert.True(File.Exists(Path.Combine(node.RunFolder, "deletes", "aws-cni:8f0e3a:eth0")));
    }

    [Fact]
    public async Task A_pod_of_the_original_s_is_forgotten_from_its_own_prevResult()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        await using (await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3))))
            (await node.AddAsync(pod)).Succeeded();

        // As the original wrote it, with what its egress plugin had added: what is the egress plugin's isn't ours to touch.
        var egress = new Rule { Priority = 512, To = IPNetwork.Parse("169.254.172.9/32"), Table = 254 };
        node.Routes.AddRule(egress);
        var original = $$"""
            {"cniVersion":"0.4.0","interfaces":[{"name":"eni0d7763386da"},{"name":"eth0","mac":"3","sandbox":"{{pod.Path}}"},{"name":"dummy0d7763386da","mac":"0","sandbox":"2"},{"name":"v4if0","sandbox":"{{pod.Path}}"}],
             "ips":[{"version":"4","interface":1,"address":"10.0.1.77/32"},{"version":"4","interface":3,"address":"169.254.172.9/22"}],"dns":{} }
            """;
        (await node.DelAsync(pod, new PluginCall { Version = "0.4.0", PrevResult = original })).Succeeded();
        Assert.True(node.Routes.DeleteRule(egress));
        Assert.Empty(Rules(node));
        Assert.Empty(node.Routes.Routes(254));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{\"interfaces\":7}")]
    public async Task Without_ipamd_and_without_a_usable_prevResult_it_still_succeeds(string? prevResult)
    {
        await using var node = Node.Start();
        (await node.DelAsync(null, new PluginCall { PrevResult = prevResult })).Succeeded();
        Assert.Single(node.Notes());
    }

    [Fact]
    public async Task The_late_DEL_of_an_old_sandbox_leaves_the_new_one_alone_also_without_ipamd()
    {
        await using var node = Node.Start();
        using var old = node.NewPod("old");
        using var young = node.NewPod("young");
        string result;
        await using (await node.StartIpamdAsync())
        {
            result = (await node.AddAsync(old, new PluginCall { ContainerId = "old" })).Succeeded().Output;
            (await node.AddAsync(young, new PluginCall { ContainerId = "young" })).Succeeded(); // the same pod, so the same veth's name
        }

        var before = node.Traces();
        Assert.Contains("512 from", before, StringComparison.Ordinal);
        (await node.DelAsync(null, new PluginCall { ContainerId = "old", PrevResult = result })).Succeeded();
        Assert.Equal(before, node.Traces());
        Assert.Equal("old", Assert.Single(node.Notes())!.Container);
    }

    [Fact]
    public async Task A_daemon_that_is_stopping_gets_a_note()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnDel = (_, _) => throw FakeDaemon.Refusal(StatusCode.Unavailable, "shutting down"));
        Assert.Contains("shutting down", (await node.DelAsync(null)).Succeeded().Log, StringComparison.Ordinal);
        Assert.Single(node.Notes());
    }

    [Fact]
    public async Task A_daemon_that_cannot_tell_who_calls_gets_a_note_from_root_and_the_host_forgets_the_pod()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d =>
        {
            d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3));
            d.OnDel = (_, _) => throw FakeDaemon.Refusal(StatusCode.PermissionDenied, "the process that calls can't be seen from here");
        });
        using var pod = node.NewPod();
        var result = (await node.AddAsync(pod)).Succeeded().Output;
        Assert.Contains("can't be seen from here", (await node.DelAsync(pod, new PluginCall { PrevResult = result })).Succeeded().Log, StringComparison.Ordinal);
        Assert.Empty(Rules(node));
        Assert.Empty(node.Routes.Routes(254));
        Assert.Equal("8f0e3a", Assert.Single(node.Notes())!.Container);
    }

    [Fact]
    public async Task What_this_plugin_could_not_have_attached_keeps_no_pod()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnDel = (_, _) => Task.FromResult(new Rpc.DelNetworkReply
        {
            Success = true,
            PodVlanId = 7,
            IPAllocationMetadata = { new Rpc.IPAllocationMetadata { IPv6Addr = "2001:db8::1" }, new Rpc.IPAllocationMetadata { IPv4Addr = "2001:db8::1" } },
        }));
        Assert.Contains("the host is left as it is", (await node.DelAsync(null)).Succeeded().Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_note_that_cannot_be_left_makes_the_runtime_come_again()
    {
        await using var node = Node.Start();
        await File.WriteAllTextAsync(Path.Combine(node.RunFolder, "deletes"), "in the way", TestContext.Current.CancellationToken);
        Assert.Contains("the note to release the address later can't be left", (await node.DelAsync(null)).FailedWith(11).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.1.0")]
    [InlineData("0.3.1")]
    public async Task Where_the_version_has_no_prevResult_a_DEL_does_without(string version)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var call = new PluginCall { Version = version };
        await using (await OnAnEniAsync(node))
        {
            (await node.AddAsync(pod, call)).Succeeded();
            Assert.Equal([512u, 1536u], Rules(node));
            (await node.DelAsync(pod, call)).Succeeded();
            Assert.Empty(Rules(node));
            Assert.Empty(node.Routes.Routes(254));
            Assert.Empty(node.Notes());
        }

        (await node.DelAsync(pod, call)).Succeeded();
        Assert.Equal("eth0", Assert.Single(node.Notes())!.Interface);
    }

    [Theory]
    [InlineData("")]
    [InlineData("IgnoreUnknown")]
    [InlineData("=;K8S_POD_NAME")]
    public async Task A_DEL_needs_no_CNI_ARGS_and_fails_over_none(string args)
    {
        await using var node = Node.Start();
        var ipamd = await OnAnEniAsync(node);
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        (await node.DelAsync(pod, new PluginCall { Args = args })).Succeeded();
        Assert.Equal(("8f0e3a", "eth0"), (Assert.Single(ipamd.Dels).ContainerID, ipamd.Dels.Single().IfName));
        Assert.Empty(Rules(node));
        Assert.Empty(node.Routes.Routes(254));
    }

    [Fact]
    public async Task An_address_that_is_the_primary_ENI_s_by_now_loses_its_rule_to_another_ENI_s_table()
    {
        await using var node = Node.Start();
        var ipamd = await OnAnEniAsync(node);
        ipamd.OnDel = (_, _) => Task.FromResult(FakeDaemon.Deleted("10.0.1.77", table: 254));
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        (await node.DelAsync(pod)).Succeeded();
        Assert.Empty(Rules(node));
    }

    [Theory]
    [InlineData("0.3.1")] // libcni gives a DEL no prevResult there
    [InlineData("1.0.0")]
    public async Task Without_ipamd_and_prevResult_a_further_interface_leaves_its_living_pod_before_its_address_does(string version)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        using var inside = RouteSocket.OpenIn(pod);
        var further = new PluginCall { IfName = "net1", Version = version };
        string before;
        await using (await OnAnEniAsync(node))
        {
            (await node.AddAsync(pod)).Succeeded();
            before = node.Traces();
            (await node.AddAsync(pod, further)).Succeeded();
            Assert.Contains(inside.Rules(), r => r.Priority == 1);
        }

        (await node.DelAsync(pod, further)).Succeeded();
        Assert.Null(inside.FindLink("net1"));
        Assert.DoesNotContain(inside.Rules(), r => r.Priority == 1);
        Assert.Equal(before, node.Traces());
        Assert.Equal("net1", Assert.Single(node.Notes())!.Interface);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(null, false)]
    [InlineData("", true)] // found by its alias then
    public async Task A_further_interface_that_ipamd_knows_no_more_leaves_its_living_pod(string? args, bool withNamespace)
    {
        await using var node = Node.Start();
        var ipamd = await OnAnEniAsync(node);
        using var pod = node.NewPod();
        using var inside = RouteSocket.OpenIn(pod);
        (await node.AddAsync(pod)).Succeeded();
        (await node.AddAsync(pod, new PluginCall { IfName = "net1" })).Succeeded();
        ipamd.OnDel = (_, _) => throw FakeDaemon.Unknown();
        (await node.DelAsync(withNamespace ? pod : null, new PluginCall { IfName = "net1", Args = args })).Succeeded();
        Assert.Null(inside.FindLink("net1"));
        Assert.NotNull(inside.FindLink("eth0"));
        Assert.Equal([IPNetwork.Parse("10.0.1.77/32")], node.Routes.Routes(254).Select(r => r.Destination));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_late_DEL_of_an_old_sandbox_s_further_interface_leaves_the_new_one_s_alone(bool withIpamd)
    {
        await using var node = Node.Start();
        using var old = node.NewPod("old");
        using var young = node.NewPod("young");
        var ofOld = new PluginCall { ContainerId = "old", IfName = "net1" };
        await using (var ipamd = await OnAnEniAsync(node))
        {
            (await node.AddAsync(old, ofOld)).Succeeded();
            ipamd.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.79", table: 3));
            (await node.AddAsync(young, ofOld with { ContainerId = "young" })).Succeeded(); // the same pod, so the same veth's name
            if (withIpamd)
                (await node.DelAsync(old, ofOld)).Succeeded();
        }

        if (!withIpamd)
            (await node.DelAsync(old, ofOld)).Succeeded();
        using var inside = RouteSocket.OpenIn(young);
        Assert.NotNull(inside.FindLink("net1"));
        Assert.Equal([IPNetwork.Parse("10.0.1.79/32")], node.Routes.Routes(254).Select(r => r.Destination));
    }

    [Fact]
    public async Task Who_is_not_root_is_told_so_and_leaves_no_note()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnDel = (_, _) => throw FakeDaemon.Refusal(StatusCode.PermissionDenied, "only root may"));
        File.SetUnixFileMode(Path.Combine(node.RunFolder, "ipamd.sock"), (UnixFileMode)0x1B6);
        OpenToAll(node);
        Directory.CreateDirectory(Path.Combine(node.RunFolder, "deletes"), (UnixFileMode)0x1FF);
        Assert.Contains("only root may", (await node.DelAsync(null, new PluginCall { User = 65534 })).FailedWith(101).Message, StringComparison.Ordinal);
        Assert.Empty(node.Notes());
    }

    [Fact]
    public async Task A_socket_that_is_not_for_this_user_is_asked_once()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        File.SetUnixFileMode(Path.Combine(node.RunFolder, "ipamd.sock"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        OpenToAll(node);
        var run = (await node.DelAsync(null, new PluginCall { User = 65534 })).FailedWith(11);
        Assert.Contains("permission denied", run.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("trying again", run.Log, StringComparison.Ordinal);
    }

    /// <summary>Whoever runs the plugin gets to it and to the sockets.</summary>
    private static void OpenToAll(Node node) => File.SetUnixFileMode(node.RunFolder, (UnixFileMode)0x1ED);

    /// <summary>eth0 and further interfaces have an address each, on an ENI with table 3.</summary>
    private static Task<FakeDaemon> OnAnEniAsync(Node node) => node.StartIpamdAsync(d =>
    {
        d.OnAdd = (request, _) => Task.FromResult(FakeDaemon.Reply(AddressOf(request.IfName), table: 3));
        d.OnDel = (request, _) => Task.FromResult(FakeDaemon.Deleted(AddressOf(request.IfName), table: 3));
    });

    private static string AddressOf(string ifName) => ifName == "eth0" ? "10.0.1.77" : "10.0.1.78";

    private static string Ours(string address) =>
        $$"""{"cniVersion":"1.0.0","interfaces":[{"name":"eni0d7763386da"},{"name":"eth0","sandbox":"/run/netns/x"}],"ips":[{"interface":1,"address":"{{address}}/32"}]}""";

    private static uint[] Rules(Node node) => [.. node.Routes.Rules().Select(r => r.Priority).Where(p => p is 512 or 1536)];
}
