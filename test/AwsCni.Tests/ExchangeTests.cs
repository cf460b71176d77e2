using System.Globalization;
using System.Net;
using System.Text.Json;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>
/// A node changes hands with pods on it. The original's steps are written down here from its documented behaviour (which objects it
/// makes and deletes, in which order), because the original itself is not at hand.
/// </summary>
public class ExchangeTests
{
    private static readonly IPAddress _address = IPAddress.Parse("10.0.1.77");
    private static readonly IPNetwork _pod = IPNetwork.Parse("10.0.1.77/32");
    private static readonly IPAddress _gateway = IPAddress.Parse("169.254.1.1");

    [Theory]
    [InlineData(254, 0)]
    [InlineData(3, 2)]
    public async Task The_original_deletes_a_pod_of_ours_without_its_daemon_and_nothing_is_left(int table, int device)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        JsonElement result;
        await using (await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table, device))))
        {
            result = (await node.AddAsync(pod, new PluginCall { Version = "0.4.0", Keys = "\"originalResult\":true" })).Succeeded().Json;
        }

        Assert.NotEqual("", node.Traces());
        TheOriginalsTeardown(node.Routes, result);
        node.Routes.DeleteLink("eni0d7763386da"); // as the end of its namespace does
        Assert.Equal("", node.Traces());
    }

    [Theory]
    [InlineData(254, "0.4.0", true)]
    [InlineData(3, "0.4.0", true)]
    [InlineData(3, "0.4.0", false)]
    [InlineData(3, "1.1.0", true)]
    public async Task Ours_deletes_a_pod_of_the_original_s_and_nothing_is_left(int table, string version, bool daemonKnows)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var result = TheOriginalsSetup(node, pod, table);
        if (daemonKnows)
            await node.StartIpamdAsync(d => d.OnDel = (_, _) => Task.FromResult(FakeDaemon.Deleted("10.0.1.77", table)));

        (await node.DelAsync(pod, new PluginCall { Version = version, PrevResult = result })).Succeeded();
        Assert.Equal(daemonKnows ? 0 : 1, node.Notes().Count);
        node.Routes.DeleteLink("eni0d7763386da");
        Assert.Equal("", node.Traces());
    }

    [Fact]
    public async Task Ours_checks_a_pod_of_the_original_s_by_its_result()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var call = new PluginCall { Version = "0.4.0", PrevResult = TheOriginalsSetup(node, pod, table: 3) };
        await node.StartIpamdAsync(d => d.OnFind = _ => FakeDaemon.Recorded("10.0.1.77", table: 3));
        (await node.RunAsync("CHECK", pod.Path, call)).Succeeded();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Ours_deletes_a_pod_that_the_original_has_put_on_a_branch_ENI(bool strict, bool serving)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var before = BranchTraces(node);
        var call = new PluginCall { Version = "0.4.0", PrevResult = TheOriginalsBranchSetup(node, pod, strict) };
        Assert.NotEqual(before, BranchTraces(node));
        var ipamd = serving ? await node.StartIpamdAsync(d => d.OnDel = (_, _) => throw FakeDaemon.Unknown()) : null;

        Assert.Contains("pod of the original's on a branch ENI detached", (await node.DelAsync(pod, call)).Succeeded().Log, StringComparison.Ordinal);
        node.Routes.DeleteLink(strict ? "vlan0d7763386da" : "eni0d7763386da"); // as the end of its namespace does
        Assert.Equal(before, BranchTraces(node));
        Assert.Empty(ipamd?.Dels ?? []);
        Assert.Empty(node.Notes());
        (await node.DelAsync(null, call)).Succeeded();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_network_policy_agent_hears_that_such_a_pod_is_gone_unless_a_new_one_has_its_name(bool livesOn)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var call = new PluginCall { Version = "0.4.0", PrevResult = TheOriginalsBranchSetup(node, pod, strict: true) };
        var agent = await node.StartPolicyAgentAsync();
        using var next = node.NewPod("next");
        if (livesOn)
        {
            await node.StartIpamdAsync();
            (await node.AddAsync(next, new PluginCall { ContainerId = "next" })).Succeeded();
        }

        (await node.DelAsync(pod, call)).Succeeded();

        Assert.Equal(livesOn ? [] : [("web-0", "default")], agent.Forgotten.Select(static told => (told.K8SPODNAME, told.K8SPODNAMESPACE)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_late_DEL_leaves_the_VLAN_to_the_pod_that_has_it_by_now(bool strict)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var result = TheOriginalsBranchSetup(node, pod, strict);
        var late = result.Replace("0d7763386da", "b5faff8a083", StringComparison.Ordinal).Replace("10.0.1.77", "10.0.1.78", StringComparison.Ordinal);
        var before = BranchTraces(node);
        var run = (await node.DelAsync(null, new PluginCall { Version = "0.4.0", PrevResult = late, ContainerId = "old" })).Succeeded();
        Assert.Contains("the VLAN of this pod is another pod's by now", run.Log, StringComparison.Ordinal);
        Assert.Equal(before, BranchTraces(node));
    }

    private static string BranchTraces(Node node) => string.Join('\n',
    [
        node.Traces(),
        .. node.Routes.Links().Where(link => link.Name.StartsWith("vlan.", StringComparison.Ordinal)).Select(link => link.Name),
        .. node.Routes.Rules().Where(rule => rule.Priority == 10).Select(rule => rule.ToString()),
        .. node.Routes.Routes(107).Select(route => route.ToString()),
    ]);

    /// <summary>What it makes for a pod with security groups of its own, VLAN 7, besides the veth.</summary>
    private static string TheOriginalsBranchSetup(Node node, NetworkNamespace pod, bool strict)
    {
        var (host, prefix) = (node.Routes, strict ? "vlan" : "eni");
        var name = $"{prefix}0d7763386da";
        host.AddVeth(new VethEnd(name, 9001, MacAddress.Random()), new VethEnd("eth0", 9001, MacAddress.Random(), pod));
        var veth = host.FindLink(name)!.Index;
        host.SetLink(veth, new LinkChange { IsUp = true });
        node.Ip("link add vlan.eth.7 type bridge"); // not every kernel that tests run on has VLANs; routes and rules don't ask
        node.Ip("link set vlan.eth.7 up");
        node.Ip("route replace 10.0.3.1/32 dev vlan.eth.7 scope link table 107");
        node.Ip("route replace default via 10.0.3.1 dev vlan.eth.7 table 107");
        if (strict)
        {
            host.AddRoute(Route.ToHost(_address, veth, table: 107));
            node.Ip("rule add pref 10 iif vlan.eth.7 lookup 107");
            node.Ip($"rule add pref 10 iif {name} lookup 107");
        }
        else
        {
            host.ReplaceRoute(Route.ToHost(_address, veth));
            host.AddRule(new Rule { Priority = 512, To = _pod, Table = 254 });
            host.AddRule(new Rule { Priority = 1536, From = _pod, Table = 107 });
        }

        return $$"""
            {"cniVersion":"0.4.0","interfaces":[{"name":"{{name}}"},{"name":"eth0","mac":"0","sandbox":"{{pod.Path}}"},{"name":"dummy0d7763386da","mac":"7"}],
             "ips":[{"version":"4","interface":1,"address":"10.0.1.77/32","gateway":"10.0.3.1"}],"dns":{} }
            """;
    }

    /// <summary>What it makes for a pod's first interface; its route, rule and veth attributes.</summary>
    /// <returns>Its result, version 0.4.0.</returns>
    private static string TheOriginalsSetup(Node node, NetworkNamespace pod, int table)
    {
        var (host, mac) = (node.Routes, MacAddress.Random());
        using var inside = RouteSocket.OpenIn(pod);
        host.AddVeth(new VethEnd("eni0d7763386da", 9001, mac), new VethEnd("eth0", 9001, MacAddress.Random(), pod));
        var veth = host.FindLink("eni0d7763386da")!.Index;
        var link = inside.FindLink("eth0")!.Index;
        node.Namespace.Run(() => Sysctls.Write(SysctlName.Ipv6("eni0d7763386da", "accept_ra"), "0"));
        host.SetLink(veth, new LinkChange { IsUp = true });
        inside.SetLink(link, new LinkChange { IsUp = true });
        inside.ReplaceRoute(Route.ToHost(_gateway, link));
        inside.AddRoute(Route.Default(_gateway, link));
        inside.AddAddress(new Address { LinkIndex = link, Local = _address, PrefixLength = 32 });
        inside.ReplaceNeighbour(new Neighbour { LinkIndex = link, Destination = _gateway, Mac = mac });
        host.ReplaceRoute(Route.ToHost(_address, veth));
        host.AddRule(new Rule { Priority = 512, To = _pod, Table = 254 });
        if (table != 254)
            host.AddRule(new Rule { Priority = 1536, From = _pod, Table = (uint)table });
        return $$"""
            {"cniVersion":"0.4.0","interfaces":[{"name":"eni0d7763386da"},{"name":"eth0","mac":"{{table}}","sandbox":"{{pod.Path}}"},{"name":"dummy0d7763386da","mac":"0","sandbox":"2"}],
             "ips":[{"version":"4","interface":1,"address":"10.0.1.77/32"}],"dns":{} }
            """;
    }

    /// <summary>Its DEL when its daemon doesn't answer: everything comes from prevResult, and what can't be parsed there is leaked.</summary>
    private static void TheOriginalsTeardown(RouteSocket host, JsonElement result)
    {
        var interfaces = result.GetProperty("interfaces").EnumerateArray().ToList();
        var dummy = interfaces.Single(i => i.GetProperty("name").GetString() == "dummy0d7763386da");
        Assert.Equal("0", dummy.GetProperty("mac").GetString()); // no branch ENI
        Assert.True(int.TryParse(dummy.GetProperty("sandbox").GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out _));
        var container = interfaces.FindIndex(i => i.GetProperty("name").GetString() == "eth0");
        Assert.Equal(1, container);
        var table = uint.Parse(interfaces[container].GetProperty("mac").GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);
        var ip = result.GetProperty("ips").EnumerateArray().Single(i => i.GetProperty("interface").GetInt32() == container);
        var pod = IPNetwork.Parse(ip.GetProperty("address").GetString()!);

        Assert.True(host.DeleteRule(new Rule { Priority = 512, To = pod, Table = 254 }));
        if (table is not (1 or 254))
        {
            while (host.DeleteRule(new Rule { Priority = 1536, From = pod, Table = table }))
            {
            }
        }

        Assert.True(host.DeleteRoute(Route.ToHost(pod.BaseAddress, null)));
    }
}
