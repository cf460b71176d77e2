using System.Net;
using AwsVpcCni.Linux.Enis;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests.Enis;

/// <summary>ENIs on a node of its own; a veth stands for the hardware.</summary>
public sealed class EniNetworkTests
{
    [Fact]
    public void A_secondary_eni_gets_its_address_its_table_and_its_rule_and_no_route_in_main()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth1");

        var routed = node.Run(() => SetUp(Eni(link)));

        Assert.Equal((link.Index, 3u), (routed.Link.Index, routed.Table.Number));
        Assert.Equal(9001, node.Socket.FindLink(link.Index)!.Mtu);
        var address = Assert.Single(node.Socket.Addresses(link.Index), a => a.PrefixLength == 24);
        Assert.Equal((IPAddress.Parse("10.0.1.10"), IPAddress.Parse("10.0.1.255")), (address.Local, address.Broadcast));
        Assert.Equal(
            ["10.0.1.1/32 dev eth1 table 3 Link", "default via 10.0.1.1 dev eth1 table 3 Global"],
            node.Socket.Routes(3).Select(r => $"{r.ToString().Replace($"#{link.Index}", "eth1", StringComparison.Ordinal)} {r.Scope}").Order());
        Assert.Empty(node.Socket.Routes(254, link.Index));
        Assert.Equal("32765: from 10.0.1.10/32 lookup 3", Assert.Single(node.Socket.Rules(), r => r.Priority == 32765).ToString());
        Assert.NotEmpty(routed.Changes);
    }

    [Fact]
    public void Setting_up_again_changes_nothing_and_the_kernel_announces_nothing()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth1");
        node.Run(() => SetUp(Eni(link)));
        node.Socket.AddRoute(Route.ToHost(IPAddress.Parse("10.0.1.77"), link.Index, 3));
        using var events = NetlinkSocket.OpenIn(node.Namespace, protocol: 0, TimeSpan.FromMilliseconds(1));

        // IPv4 addresses, routes and rules; links not, whose carrier is announced whenever the kernel gets to it.
        foreach (var group in new[] { 5, 7, 8 })
            events.Join(group);

        var again = node.Run(() => SetUp(Eni(link)));

        Assert.Empty(again.Changes);
        Assert.Empty(again.Warnings);

        // Everything the kernel announces is queued before the call that caused it returns: EAGAIN means nothing was.
        Assert.Equal(Errno.EAGAIN, Assert.Throws<NetlinkException>(() => events.Receive(out _)).Error);
        Assert.Equal(3, node.Socket.Routes(3).Count);
    }

    [Fact]
    public void What_dhcp_cloud_init_and_an_earlier_eni_left_is_put_right()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth1");
        foreach (var text in new[] { "10.0.1.44", "10.0.1.10", "10.0.1.45" })
            node.Socket.AddAddress(new Address { LinkIndex = link.Index, Local = IPAddress.Parse(text), PrefixLength = 24 });
        node.Socket.AddRule(new Rule { Priority = 32765, From = IPNetwork.Parse("10.0.1.10/32"), Table = 9 });
        node.Socket.AddRoute(Route.ToHost(IPAddress.Parse("10.0.1.2"), link.Index, 3));
        node.Socket.AddRoute(Route.Default(IPAddress.Parse("10.0.1.2"), link.Index, 3));
        Assert.NotEmpty(node.Socket.Routes(254, link.Index));

        node.Run(() => SetUp(Eni(link)));

        Assert.Equal(["10.0.1.10/24"], node.Socket.Addresses(link.Index).Where(a => a.PrefixLength == 24).Select(a => a.ToString()));
        Assert.Equal(IPAddress.Parse("10.0.1.1"), Assert.Single(node.Socket.Routes(3), r => r.Gateway is not null).Gateway);
        Assert.Empty(node.Socket.Routes(254, link.Index));
        Assert.Equal(3u, Assert.Single(node.Socket.Rules(), r => r.Priority == 32765).Table);
        Assert.Empty(node.Run(() => SetUp(Eni(link))).Changes);
    }

    [Fact]
    public void An_eni_whose_link_is_down_is_brought_up_first()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth1");
        node.Socket.SetLink(link.Index, new LinkChange { IsUp = false });

        node.Run(() => SetUp(Eni(link)));

        Assert.True(node.Socket.FindLink(link.Index)!.IsUp);
    }

    [Fact]
    public void The_primary_eni_only_gets_its_mtu_and_a_loose_reverse_path_filter()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth0.5");
        node.Run(() => Sysctls.Write(SysctlName.Ipv4("eth0.5", "rp_filter"), "1"));
        var before = KernelState.Of(node.Socket);

        var routed = node.Run(() => SetUp(Eni(link) with { IsPrimary = true, DeviceIndex = 0 }));

        Assert.True(routed.Table.IsMain);
        Assert.Equal("2", node.Run(() => Sysctls.Read(SysctlName.Ipv4("eth0.5", "rp_filter"))));
        Assert.Equal(before.Select(line => line.Replace("eth0.5 veth " + link.Mac + " mtu 1500", "eth0.5 veth " + link.Mac + " mtu 9001", StringComparison.Ordinal)),
            KernelState.Of(node.Socket));
        Assert.Equal(2, routed.Changes.Count);
    }

    [Fact]
    public void Teardown_removes_rule_and_table_with_the_link_or_without()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth1");
        node.Socket.SetLink(link.Index, new LinkChange { Mtu = 9001 });
        var before = KernelState.Of(node.Socket);
        node.Run(() => SetUp(Eni(link)));

        node.Run(() => TearDown(Eni(link)));
        node.Socket.DeleteAddress(node.Socket.Addresses(link.Index).Single(a => a.PrefixLength == 24));
        Assert.Equal(before, KernelState.Of(node.Socket));

        node.Run(() => SetUp(Eni(link)));
        node.Socket.DeleteLink(link.Index);
        Assert.Single(node.Run(() => TearDown(Eni(link))));
        Assert.Empty(node.Run(() => TearDown(Eni(link))));
        Assert.DoesNotContain(node.Socket.Rules(), r => r.Priority == 32765);
    }

    [Fact]
    public void An_eni_without_a_link_is_named()
    {
        using var node = PrivateNamespace.Create();
        var eni = Eni(new Link { Index = 1, Mac = MacAddress.Parse("0a:00:00:00:00:07") });

        var error = Assert.Throws<EniNetworkException>(() => node.Run(() => SetUp(eni)));

        Assert.Equal("no link has the MAC address 0a:00:00:00:00:07: the ENI is not attached (yet)", error.Message);
    }

    [Theory]
    [InlineData(0, 0, true, 254)]
    [InlineData(0, 1, false, 2)]
    [InlineData(0, 14, false, 15)]
    [InlineData(1, 0, false, 10100)]
    [InlineData(3, 2, false, 10302)]
    public void The_table_of_an_eni_is_the_originals(int card, int device, bool primary, uint table) =>
        Assert.Equal(table, RouteTable.Of(card, device, primary).Number);

    private static EniNetworkSpec Eni(Link link) =>
        new()
        {
            Mac = link.Mac!.Value,
            PrimaryAddress = IPAddress.Parse("10.0.1.10"),
            Subnet = IPNetwork.Parse("10.0.1.0/24"),
            Mtu = 9001,
            NetworkCard = 0,
            DeviceIndex = 2,
            IsPrimary = false,
        };

    private static RoutedEni SetUp(EniNetworkSpec eni)
    {
        using var network = EniNetwork.Open();
        return network.SetUp(eni);
    }

    private static IReadOnlyList<string> TearDown(EniNetworkSpec eni)
    {
        using var network = EniNetwork.Open();
        return network.TearDown(eni);
    }
}
