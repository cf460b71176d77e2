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

    /// <summary>What it makes for a pod's first interface; its route, rule and veth attributes.</summary>
    /// <returns>Its result, version 0.4.0.</returns>
    private static string TheOriginalsSetup(Node node, NetworkNamespace pod, int table)
    {
        var (host, mac) = (node.Routes, MacAddress.Random());
        using var inside = RouteSocket.OpenIn(pod);
        host.AddVeth(new VethEnd("eni0d7763386da", 9001, mac), new VethEnd("eth0", 9001, MacAddress.Random(), pod));
        var veth = host.FindLink("eni0d7763386da")!.Index;
        var link = inside.FindLink("eth0")!.Index;
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
