using System.Net;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Rpc;

namespace AwsVpcCni.AwsCni.Tests;

public class CheckTests
{
    private const string Veth = "eni0d7763386da";

    private static readonly IPAddress _pod = IPAddress.Parse("10.0.1.77");
    private static readonly IPAddress _gateway = IPAddress.Parse("169.254.1.1");
    private static readonly IPNetwork _only = IPNetwork.Parse("10.0.1.77/32");

    /// <summary>One thing at a time, broken in the kernel of a live pod, and what CHECK says of it.</summary>
    private static readonly Dictionary<string, (Action<Built> Break, string Message)> _breakages = new()
    {
        ["rule 512"] = (b => b.Host.DeleteRule(new Rule { Priority = 512, To = _only, Table = 254 }), "rule 512 to 10.0.1.77 is missing"),
        ["rule 1536"] = (b => b.Host.DeleteRule(new Rule { Priority = 1536, From = _only, Table = 3 }), "rule 1536 from 10.0.1.77 to table 3 is missing"),
        ["rule 1536 of another table"] = (
            b =>
            {
                b.Host.DeleteRule(new Rule { Priority = 1536, From = _only, Table = 3 });
                b.Host.AddRule(new Rule { Priority = 1536, From = _only, Table = 4 });
            },
            "rule 1536 from 10.0.1.77 leads to table 4 instead of 3"),
        ["host route"] = (b => b.Host.DeleteRoute(Route.ToHost(_pod, null)), $"the host does not route 10.0.1.77 to {Veth}"),
        ["host route to another link"] = (b => b.Host.ReplaceRoute(Route.ToHost(_pod, 1)), $"the host does not route 10.0.1.77 to {Veth}"),
        ["host MTU"] = (b => b.Host.SetLink(b.Veth.Index, new LinkChange { Mtu = 1400 }), $"{Veth} has MTU 1400 instead of 9001"),
        ["host MAC"] = (
            b =>
            {
                b.Host.SetLink(b.Veth.Index, new LinkChange { Mac = MacAddress.Parse("02:00:00:00:00:01") });
                b.Inside.ReplaceNeighbour(new Neighbour { LinkIndex = b.Link.Index, Destination = _gateway, Mac = MacAddress.Parse("02:00:00:00:00:01") });
            },
            $"{Veth} has MAC 02:00:00:00:00:01 instead of "),
        ["owner"] = (b => b.Host.SetLink(b.Veth.Index, new LinkChange { Alias = "aws-cni/other/eth0" }), $"{Veth} is aws-cni/other/eth0's"),
        ["pod MTU"] = (b => b.Inside.SetLink(b.Link.Index, new LinkChange { Mtu = 1500 }), "eth0 has MTU 1500 instead of 9001"),
        ["pod MAC"] = (
            b =>
            {
                b.Inside.SetLink(b.Link.Index, new LinkChange { Mac = MacAddress.Parse("02:00:00:00:00:02") });
                // The kernel forgets all neighbours of a link whose own address changes.
                b.Inside.ReplaceNeighbour(new Neighbour { LinkIndex = b.Link.Index, Destination = _gateway, Mac = b.Veth.Mac });
            },
            "eth0 has MAC 02:00:00:00:00:02 instead of "),
        ["address"] = (
            b =>
            {
                b.Inside.AddAddress(new Address { LinkIndex = b.Link.Index, Local = IPAddress.Parse("10.0.1.78"), PrefixLength = 32 });
                b.Inside.DeleteAddress(new Address { LinkIndex = b.Link.Index, Local = _pod, PrefixLength = 32 });
            },
            "eth0 doesn't have 10.0.1.77"),
        ["gateway route"] = (
            b => b.Inside.DeleteRoute(Route.ToHost(_gateway, b.Link.Index)), "eth0 has no route to the gateway 169.254.1.1"),
        ["default route"] = (b => b.Inside.DeleteRoute(Route.Default(_gateway, b.Link.Index)), "eth0 has no default route by 169.254.1.1"),
        ["neighbour"] = (b => b.Inside.DeleteNeighbour(new Neighbour { LinkIndex = b.Link.Index, Destination = _gateway }), "eth0 has no permanent neighbour 169.254.1.1"),
        ["neighbour's MAC"] = (
            b => b.Inside.ReplaceNeighbour(new Neighbour { LinkIndex = b.Link.Index, Destination = _gateway, Mac = MacAddress.Parse("02:00:00:00:00:03") }),
            "eth0's neighbour 169.254.1.1 is 02:00:00:00:00:03 instead of "),
        ["neighbour that is forgotten some day"] = (
            b => b.Inside.ReplaceNeighbour(new Neighbour { LinkIndex = b.Link.Index, Destination = _gateway, Mac = b.Veth.Mac, State = NeighbourState.Reachable }),
            "eth0 has no permanent neighbour 169.254.1.1"),
        ["host route by a gateway"] = (
            b => b.Host.ReplaceRoute(new Route { Destination = _only, Gateway = IPAddress.Parse("10.0.0.1"), LinkIndex = b.Veth.Index, IsGatewayOnLink = true }),
            $"the host does not route 10.0.1.77 to {Veth}"),
        ["host route of a subnet"] = (
            b =>
            {
                b.Host.DeleteRoute(Route.ToHost(_pod, null));
                b.Host.AddRoute(new Route { Destination = IPNetwork.Parse("10.0.1.0/24"), LinkIndex = b.Veth.Index, Scope = Scope.Link });
            },
            $"the host does not route 10.0.1.77 to {Veth}"),
        ["host route of another table"] = (
            b =>
            {
                b.Host.AddRoute(Route.ToHost(_pod, b.Veth.Index, table: 99));
                b.Host.AddRule(new Rule { Priority = 100, To = _only, Table = 99 });
            },
            $"the host does not route 10.0.1.77 to {Veth}"),
        ["rule that forbids the way to the pod"] = (
            b => b.Host.AddRule(new Rule { Priority = 100, To = _only, Action = RuleAction.Prohibit }), $"the host does not route 10.0.1.77 to {Veth}"),
        ["alias"] = (b => b.Ip("link set eni0d7763386da alias "), $"{Veth} has no alias that says whose it is"),
        ["bridge"] = (
            b =>
            {
                b.Host.AddBridge("br0");
                b.Host.SetLink(b.Veth.Index, new LinkChange { Master = b.Host.FindLink("br0")!.Index });
            },
            $"{Veth} belongs to a bridge or the like"),
        ["accept_ra"] = (
            b => b.Node.Namespace.Run(() => Sysctls.Write(SysctlName.Ipv6(Veth, "accept_ra"), "2")), $"net.ipv6.conf.{Veth}.accept_ra is 2 instead of 0"),
        ["another veth of the same name"] = (
            b =>
            {
                b.Host.SetLink(b.Veth.Index, new LinkChange { IsUp = false });
                b.Host.SetLink(b.Veth.Index, new LinkChange { Name = "old0" });
                b.Host.SetLink(b.Veth.Index, new LinkChange { IsUp = true });
                b.Host.AddVeth(new VethEnd(Veth, 9001, b.Veth.Mac!.Value), new VethEnd("other0", 9001, MacAddress.Random()));
                b.Node.Namespace.Run(() => Sysctls.Write(SysctlName.Ipv6(Veth, "accept_ra"), "0"));
                var other = b.Host.FindLink(Veth)!.Index;
                b.Host.SetLink(other, new LinkChange { IsUp = true, Alias = b.Veth.Alias });
                b.Host.AddRoute(Route.ToHost(_pod, other));
            },
            $"eth0 and {Veth} are not the two ends of one veth"),
        ["address of a subnet"] = (
            b =>
            {
                b.Inside.AddAddress(new Address { LinkIndex = b.Link.Index, Local = _pod, PrefixLength = 24 });
                b.Inside.DeleteAddress(new Address { LinkIndex = b.Link.Index, Local = _pod, PrefixLength = 32 });
            },
            "eth0 has 10.0.1.77/24 instead of 10.0.1.77/32"),
        ["default route that is not taken"] = (
            b =>
            {
                b.IpInside("route del default");
                b.IpInside("route add default via 169.254.1.1 dev eth0 metric 100");
                b.IpInside("route add unreachable default metric 50");
            },
            "eth0's default route by 169.254.1.1 is not taken: the one of a lower metric is \"Unreachable default\""),
        ["default route with a foreign source"] = (
            b =>
            {
                b.IpInside("address add 192.0.2.9/32 dev eth0");
                b.IpInside("route replace default via 169.254.1.1 dev eth0 src 192.0.2.9");
            },
            "eth0's default route by 169.254.1.1 gives packets the source 192.0.2.9"),
        ["blackhole in the pod"] = (b => b.IpInside("rule add pref 10 blackhole"), "packets from 10.0.1.77 to the gateway 169.254.1.1 don't take eth0's route"),
        ["prohibit in the pod"] = (b => b.IpInside("rule add pref 10 from 10.0.1.77 prohibit"), "packets from 10.0.1.77 to the gateway 169.254.1.1 don't take eth0's route"),
        ["record"] = (b => b.Ipamd.OnFind = _ => new AttachmentReply(), "ipamd has no record of it"),
        ["record of another address"] = (b => b.Ipamd.OnFind = _ => FakeDaemon.Recorded("10.0.1.5", table: 3), "ipamd's record has 10.0.1.5 instead of 10.0.1.77"),
        ["record of a lost address"] = (b => b.Ipamd.OnFind = _ => FakeDaemon.Recorded("10.0.1.77", table: 0), "10.0.1.77 is on no ENI of this node any more"),
    };

    public static TheoryData<string> Breakages => [.. _breakages.Keys];

    /// <summary>A rule that is for some packets only does not do what ours does.</summary>
    [Theory]
    [InlineData("from 203.0.113.9 to 10.0.1.77 lookup main")]
    [InlineData("to 10.0.1.77 iif lo lookup main")]
    [InlineData("to 10.0.1.77 oif lo lookup main")]
    [InlineData("to 10.0.1.77 fwmark 5 lookup main")]
    [InlineData("not to 10.0.1.77 lookup main")]
    [InlineData("to 10.0.1.77 tos 0x10 lookup main")]
    [InlineData("to 10.0.1.77 uidrange 0-0 lookup main")]
    [InlineData("to 10.0.1.77 ipproto tcp dport 80 lookup main")]
    [InlineData("to 10.0.1.77 lookup main suppress_prefixlength 32")]
    [InlineData("from 10.0.1.77 iif lo lookup 3")]
    [InlineData("not from 10.0.1.77 lookup 3")]
    [InlineData("from 10.0.1.77 to 203.0.113.9 lookup 3")]
    [InlineData("from 10.0.1.77 fwmark 5 lookup 3")]
    public async Task A_rule_that_only_looks_like_it_is_missing_all_the_same(string instead)
    {
        await using var node = Node.Start();
        await SecondaryAsync(node);
        using var pod = node.NewPod();
        var call = new PluginCall { PrevResult = (await node.AddAsync(pod)).Succeeded().Output };
        var toPod = instead.EndsWith("main", StringComparison.Ordinal) || instead.Contains("lookup main ", StringComparison.Ordinal);
        var priority = toPod ? 512 : 1536;
        node.Ip($"rule del pref {priority}");
        node.Ip($"rule add pref {priority} {instead}");
        Assert.Equal(
            "the pod's network is not as it was built: " + (toPod ? "rule 512 to 10.0.1.77 is missing" : "rule 1536 from 10.0.1.77 to table 3 is missing"),
            (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105).Message);
    }

    [Fact]
    public async Task The_MTU_that_prevResult_tells_is_the_one_that_counts()
    {
        await using var node = Node.Start();
        await SecondaryAsync(node);
        using var pod = node.NewPod();
        var added = (await node.AddAsync(pod, new PluginCall { Version = "1.1.0" })).Succeeded().Output;
        var call = new PluginCall { Version = "1.1.0", PrevResult = added.Replace("9001", "1400", StringComparison.Ordinal) };
        Assert.Contains($"{Veth} has MTU 9001 instead of 1400; eth0 has MTU 9001 instead of 1400", (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105).Message, StringComparison.Ordinal);
        node.Ip($"link set {Veth} mtu 1400");
        node.Ip("link set eth0 mtu 1400", pod);
        (await node.RunAsync("CHECK", pod.Path, call)).Succeeded();
    }

    [Fact]
    public async Task An_MTU_that_no_link_can_have_is_said_as_it_was_told()
    {
        await using var node = Node.Start();
        await SecondaryAsync(node);
        using var pod = node.NewPod();
        var added = (await node.AddAsync(pod, new PluginCall { Version = "1.1.0" })).Succeeded().Output;
        var call = new PluginCall { Version = "1.1.0", PrevResult = added.Replace("9001", "4294967295", StringComparison.Ordinal) };
        Assert.Contains(
            $"{Veth} has MTU 9001 instead of 4294967295; eth0 has MTU 9001 instead of 4294967295",
            (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_further_interface_is_compared_by_its_own_table()
    {
        await using var node = Node.Start();
        await SecondaryAsync(node);
        using var pod = node.NewPod();
        node.Ip("link add eth0 type veth peer name peer0", pod);
        node.Ip("link set eth0 up", pod);
        node.Ip("route add default dev eth0", pod);
        var net1 = new PluginCall { IfName = "net1" };
        var call = net1 with { PrevResult = (await node.AddAsync(pod, net1)).Succeeded().Output };
        (await node.RunAsync("CHECK", pod.Path, call)).Succeeded();

        node.Ip("rule add pref 0 from 10.0.1.77 blackhole", pod);
        Assert.Contains("packets from 10.0.1.77 to the gateway 169.254.1.1 don't take net1's route", (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105).Message, StringComparison.Ordinal);
        node.Ip("rule del pref 0 from 10.0.1.77 blackhole", pod);
        node.Ip("rule del pref 1", pod);
        var message = (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105).Message;
        Assert.Contains("is not looked up from 10.0.1.77", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Breakages))]
    public async Task What_is_missing_is_named_and_nothing_else(string what)
    {
        await using var node = Node.Start();
        var ipamd = await SecondaryAsync(node);
        using var pod = node.NewPod();
        var call = new PluginCall { Version = "1.1.0", PrevResult = (await node.AddAsync(pod, new PluginCall { Version = "1.1.0" })).Succeeded().Output };
        Assert.Equal("", (await node.RunAsync("CHECK", pod.Path, call)).Succeeded().Output);

        using var inside = RouteSocket.OpenIn(pod);
        var (broken, message) = _breakages[what];
        broken(new Built(node, pod, inside, node.Routes.FindLink(Veth)!, inside.FindLink("eth0")!, ipamd));
        var run = (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105);
        Assert.StartsWith("the pod's network is not as it was built: " + message, run.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("; ", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_is_down_has_lost_its_routes_too()
    {
        await using var node = Node.Start();
        await SecondaryAsync(node);
        using var pod = node.NewPod();
        var call = new PluginCall { PrevResult = (await node.AddAsync(pod)).Succeeded().Output };
        using var inside = RouteSocket.OpenIn(pod);
        inside.SetLink(inside.FindLink("eth0")!.Index, new LinkChange { IsUp = false });
        var run = (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105);
        Assert.Contains("eth0 is down; eth0 has no route to the gateway 169.254.1.1; eth0 has no default route", run.Message, StringComparison.Ordinal);
        node.Routes.SetLink(node.Routes.FindLink(Veth)!.Index, new LinkChange { IsUp = false });
        Assert.Contains($"{Veth} is down", (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105).Message, StringComparison.Ordinal);

        inside.DeleteLink("eth0");
        run = (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105);
        Assert.Contains($"the host has no {Veth}; the host does not route 10.0.1.77", run.Message, StringComparison.Ordinal);
        Assert.Contains($"eth0 is not in {pod.Path}", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_later_plugin_made_is_no_difference()
    {
        await using var node = Node.Start();
        await SecondaryAsync(node);
        using var pod = node.NewPod();
        var added = (await node.AddAsync(pod)).Succeeded().Output.TrimEnd();
        using var inside = RouteSocket.OpenIn(pod);
        var link = inside.FindLink("eth0")!.Index;
        inside.AddBridge("later0");
        inside.AddAddress(new Address { LinkIndex = link, Local = IPAddress.Parse("192.0.2.7"), PrefixLength = 32 });
        inside.AddRoute(Route.ToHost(IPAddress.Parse("192.0.2.1"), link));
        inside.DeleteRoute(Route.Default(_gateway, link));
        inside.AddRoute(Route.Default(IPAddress.Parse("192.0.2.1"), link));

        // The later plugin says so in its result; one that says nothing has no right to another's default route.
        const string Routes = "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"192.0.2.1\"}]";
        var call = new PluginCall { PrevResult = added[..^1] + "," + Routes + "}" };
        (await node.RunAsync("CHECK", pod.Path, call)).Succeeded();
        Assert.Contains("eth0 has no default route by", (await node.RunAsync("CHECK", pod.Path, new PluginCall { PrevResult = added })).FailedWith(105).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_daemon_that_tells_the_kernel_alone_is_compared(bool original)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        PluginCall call;
        await using (var ipamd = await SecondaryAsync(node, original))
        {
            call = new PluginCall { PrevResult = (await node.AddAsync(pod)).Succeeded().Output };
            if (original)
                Assert.Contains("not compared", (await node.RunAsync("CHECK", pod.Path, call)).Succeeded().Log, StringComparison.Ordinal);
        }

        (await node.RunAsync("CHECK", pod.Path, call)).Succeeded();
        node.Routes.DeleteRule(new Rule { Priority = 512, To = _only, Table = 254 });
        (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105);
    }

    [Fact]
    public async Task A_result_in_the_original_s_form_tells_the_table_itself()
    {
        await using var node = Node.Start();
        await SecondaryAsync(node, original: true);
        using var pod = node.NewPod();
        var form = new PluginCall { Version = "0.4.0", Keys = "\"originalResult\":true" };
        var call = form with { PrevResult = (await node.AddAsync(pod, form)).Succeeded().Output };
        (await node.RunAsync("CHECK", pod.Path, call)).Succeeded();
        node.Routes.DeleteRule(new Rule { Priority = 1536, From = _only, Table = 3 });
        Assert.Contains("rule 1536 from 10.0.1.77 to table 3 is missing", (await node.RunAsync("CHECK", pod.Path, call)).FailedWith(105).Message, StringComparison.Ordinal);
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
            var message = (await node.RunAsync("CHECK", netns + "-not", call)).FailedWith(105).Message;
            Assert.Contains("prevResult has no address of eth0; prevResult names no host veth", message, StringComparison.Ordinal);
            Assert.Contains("does not exist", message, StringComparison.Ordinal);
        });

    private static Task<FakeDaemon> SecondaryAsync(Node node, bool original = false) => node.StartIpamdAsync(d =>
    {
        d.IsOriginal = original;
        d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3, device: 2));
        d.OnFind = _ => FakeDaemon.Recorded("10.0.1.77", table: 3);
    });

    private static async Task WithNodeAsync(Func<Node, string, Task> body)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        await body(node, pod.Path);
    }

    /// <summary>A live pod, to be broken.</summary>
    private sealed record Built(Node Node, NetworkNamespace Pod, RouteSocket Inside, Link Veth, Link Link, FakeDaemon Ipamd)
    {
        public RouteSocket Host => Node.Routes;

        public void Ip(string line) => Node.Ip(line);

        public void IpInside(string line) => Node.Ip(line, Pod);
    }
}
