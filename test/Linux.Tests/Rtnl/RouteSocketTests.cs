using System.Net;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests.Rtnl;

/// <summary>The typed layer against the real kernel.</summary>
public sealed class RouteSocketTests
{
    private static readonly IPAddress _pod = IPAddress.Parse("10.0.1.5");

    [Fact]
    public void A_veth_pair_is_made_with_each_end_in_its_namespace_and_the_given_mac_and_mtu()
    {
        using var host = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var hostMac = MacAddress.Random();
        var podMac = MacAddress.Random();

        host.Socket.AddVeth(new VethEnd("eni1", 9001, hostMac), new VethEnd("eth0", 9001, podMac, pod.Namespace));

        var outside = host.Socket.FindLink("eni1")!;
        var inside = pod.Socket.FindLink("eth0")!;
        Assert.Equal((hostMac, 9001, "veth", false), (outside.Mac!.Value, outside.Mtu, outside.Kind, outside.IsUp));
        Assert.Equal((podMac, 9001, "veth", false), (inside.Mac!.Value, inside.Mtu, inside.Kind, inside.IsUp));
        Assert.Equal(inside.Index, outside.PeerIndex);
        Assert.NotNull(outside.PeerNamespaceId);
        Assert.Null(host.Socket.FindLink("eth0"));
    }

    [Fact]
    public void A_link_keeps_what_it_is_set_to()
    {
        using var host = PrivateNamespace.Create();
        var link = host.AddLink("eni1");

        host.Socket.SetLink(link.Index, new LinkChange { Alias = "aws-cni/abc/eth0", Mtu = 9001 });

        var changed = host.Socket.FindLink(link.Index)!;
        Assert.Equal("aws-cni/abc/eth0", changed.Alias);
        Assert.Equal(9001, changed.Mtu);
        Assert.True(changed.IsUp);
        Assert.Equal(link.Index, Assert.Single(host.Socket.FindLinks(link.Mac!.Value)).Index);
        Assert.True(host.Socket.DeleteLink(link.Index));
        Assert.False(host.Socket.DeleteLink(link.Index));
        Assert.Null(host.Socket.FindLink("eni1"));
    }

    [Fact]
    public void Addresses_routes_rules_and_neighbours_are_added_listed_and_deleted()
    {
        using var host = PrivateNamespace.Create();
        var link = host.AddLink("eni1");
        var address = new Address { LinkIndex = link.Index, Local = IPAddress.Parse("10.0.1.4"), PrefixLength = 24 };
        var route = Route.ToHost(_pod, link.Index, table: 300);
        var rule = new Rule { Priority = 1536, From = new IPNetwork(_pod, 32), Table = 300 };
        var neighbour = new Neighbour { LinkIndex = link.Index, Destination = _pod, Mac = MacAddress.Random() };

        Assert.True(host.Socket.AddAddress(address));
        Assert.False(host.Socket.AddAddress(address));
        Assert.Contains(host.Socket.Addresses(link.Index), a => a.Local.Equals(address.Local) && a.PrefixLength == 24);

        Assert.True(host.Socket.AddRoute(route));
        Assert.False(host.Socket.AddRoute(route));
        Assert.Equal(route, Assert.Single(host.Socket.Routes(table: 300)));
        Assert.Equal(route, Assert.Single(host.Socket.Routes(table: 300, linkIndex: link.Index)));

        Assert.True(host.Socket.AddRule(rule));
        Assert.False(host.Socket.AddRule(rule));
        Assert.Equal(rule, Assert.Single(host.Socket.Rules(), r => r.Priority == 1536));

        host.Socket.ReplaceNeighbour(neighbour);
        Assert.Contains(neighbour, host.Socket.Neighbours(link.Index));

        Assert.True(host.Socket.DeleteNeighbour(neighbour));
        Assert.False(host.Socket.DeleteNeighbour(neighbour));
        Assert.True(host.Socket.DeleteRule(rule));
        Assert.False(host.Socket.DeleteRule(rule));
        Assert.True(host.Socket.DeleteRoute(route));
        Assert.False(host.Socket.DeleteRoute(route));
        Assert.True(host.Socket.DeleteAddress(address));
        Assert.False(host.Socket.DeleteAddress(address));
        Assert.Empty(host.Socket.Routes(table: 300));
    }

    [Fact]
    public void The_route_that_a_packet_would_take_is_found_with_its_rule_table()
    {
        using var host = PrivateNamespace.Create();
        var link = host.AddLink("eni1");
        host.Socket.AddRoute(Route.ToHost(_pod, link.Index, table: 300));

        Assert.Null(host.Socket.FindRoute(_pod));
        host.Socket.AddRule(new Rule { Priority = 512, To = new IPNetwork(_pod, 32), Table = 300 });
        Assert.Equal(Route.ToHost(_pod, link.Index, table: 300), host.Socket.FindRoute(_pod));
    }

    [Fact]
    public void A_refusal_names_the_operation_the_link_and_the_kernels_reason()
    {
        using var host = PrivateNamespace.Create();
        var link = host.AddLink("eni1");

        var error = Assert.Throws<NetlinkException>(() =>
            host.Socket.ReplaceRoute(Route.Default(IPAddress.Parse("10.9.9.9"), link.Index, table: 3)));

        Assert.Equal("replace route default via 10.9.9.9 dev eni1 table 3", error.Operation);
        Assert.Equal(Errno.ENETUNREACH, error.Error);
        Assert.Equal("Nexthop has invalid gateway", error.KernelText);
        Assert.Equal("replace route default via 10.9.9.9 dev eni1 table 3: ENETUNREACH (Nexthop has invalid gateway)", error.Message);
    }

    [Fact]
    public void In_a_batch_each_message_has_its_own_answer_and_only_unaccepted_errors_throw()
    {
        using var host = PrivateNamespace.Create();
        var link = host.AddLink("eni1");
        var batch = new NetlinkBatch();
        var gone = batch.DeleteRule(new Rule { Priority = 512, To = new IPNetwork(_pod, 32) }).Accept(Errno.ENOENT);
        var bad = batch.NewRoute(NetlinkFlags.Create, Route.Default(IPAddress.Parse("10.9.9.9"), link.Index));
        var good = batch.NewRoute(NetlinkFlags.Create, Route.ToHost(_pod, link.Index));

        var error = Assert.Throws<NetlinkException>(() => host.Socket.Send(batch));

        Assert.StartsWith("add route default via 10.9.9.9 dev eni1", error.Message, StringComparison.Ordinal);
        Assert.Equal((Errno.ENOENT, Errno.ENETUNREACH, Errno.None), (gone.Error, bad.Error, good.Error));
        Assert.Contains(Route.ToHost(_pod, link.Index), host.Socket.Routes(table: 254));
    }

    [Fact]
    public void A_thousand_routes_in_one_batch_are_all_acknowledged_and_listed()
    {
        using var host = PrivateNamespace.Create();
        var link = host.AddLink("eni1");
        var batch = new NetlinkBatch();
        for (var i = 0; i < 1000; i++)
            batch.NewRoute(NetlinkFlags.Create | NetlinkFlags.Exclusive, Route.ToHost(new IPAddress([10, 1, (byte)(i >> 8), (byte)i]), link.Index, 77));

        host.Socket.Send(batch);

        Assert.Equal(1000, host.Socket.Routes(table: 77).Count);
        Assert.Equal(1000, host.Socket.Routes(linkIndex: link.Index).Count(r => r.Table == 77));
    }
}
