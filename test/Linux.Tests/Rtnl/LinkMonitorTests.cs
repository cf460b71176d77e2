using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Tests.Rtnl;

/// <summary>Waiting for links that come and go.</summary>
public sealed class LinkMonitorTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_link_that_is_there_or_appears_later_is_told_by_its_mac()
    {
        using var node = PrivateNamespace.Create();
        using var monitor = LinkMonitor.Start(node.Namespace);
        var mac = MacAddress.Random();
        var wait = monitor.WaitForLinkAsync(mac, TestContext.Current.CancellationToken);
        var byName = monitor.WaitForLinkAsync("eth7", TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);

        var made = node.AddLink("eth7", mac);

        Assert.Equal(made.Index, (await wait).Index);
        Assert.Equal(made.Index, (await byName).Index);
        Assert.Equal("eth7", (await monitor.WaitForLinkAsync(mac, TestContext.Current.CancellationToken)).Name);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_link_that_goes_is_told_by_index_and_mac_and_one_that_was_never_there_at_once()
    {
        using var node = PrivateNamespace.Create();
        using var monitor = LinkMonitor.Start(node.Namespace);
        var made = node.AddLink("eth7");
        var byIndex = monitor.WaitForAbsenceAsync(made.Index, TestContext.Current.CancellationToken);
        var byMac = monitor.WaitForAbsenceAsync(made.Mac!.Value, TestContext.Current.CancellationToken);
        await monitor.WaitForAbsenceAsync(4711, TestContext.Current.CancellationToken);
        Assert.False(byIndex.IsCompleted);
        Assert.False(byMac.IsCompleted);

        node.Socket.DeleteLink(made.Index);

        await byIndex;
        await byMac;
    }

    [Fact(Timeout = 60_000)]
    public async Task A_link_that_leaves_its_bridge_is_not_taken_for_gone()
    {
        using var node = PrivateNamespace.Create();
        using var monitor = LinkMonitor.Start(node.Namespace);
        var port = node.AddLink("eth7");
        node.Socket.AddBridge("br0");
        var bridge = node.Socket.FindLink("br0")!;
        node.Socket.SetLink(port.Index, new LinkChange { Master = bridge.Index });
        var gone = monitor.WaitForAbsenceAsync(port.Index, TestContext.Current.CancellationToken);

        node.Socket.SetLink(port.Index, new LinkChange { Master = 0 });
        node.AddLink("eth8");
        await monitor.WaitForLinkAsync("eth8", TestContext.Current.CancellationToken);

        Assert.False(gone.IsCompleted);
        node.Socket.DeleteLink(port.Index);
        await gone;
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_cancels_or_outlives_the_monitor_stops_waiting()
    {
        using var node = PrivateNamespace.Create();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var monitor = LinkMonitor.Start(node.Namespace);
        var cancelled = monitor.WaitForLinkAsync("never", cancel.Token);
        var abandoned = monitor.WaitForLinkAsync("never", TestContext.Current.CancellationToken);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        monitor.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => abandoned);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => monitor.WaitForLinkAsync("never", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_look_that_the_kernel_refuses_ends_the_waits_of_that_moment_and_not_the_listening()
    {
        using var node = PrivateNamespace.Create();
        var opened = 0;
        using var monitor = LinkMonitor.Start(() =>
        {
            if (++opened == 2)
                throw new NetlinkException("open a netlink socket: too many open files");
            var sockets = LinkMonitor.Open(node.Namespace);
            if (opened == 1)
                TakeAway(sockets.Look);
            return sockets;
        });

        await Assert.ThrowsAsync<NetlinkException>(() => monitor.WaitForLinkAsync("eth7", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<NetlinkException>(() => monitor.WaitForLinkAsync("eth7", TestContext.Current.CancellationToken));
        var wait = monitor.WaitForLinkAsync("eth7", TestContext.Current.CancellationToken);
        node.AddLink("eth7");

        Assert.Equal("eth7", (await wait).Name);
        Assert.Equal(3, opened);
    }

    [Fact(Timeout = 120_000)]
    public async Task When_notifications_were_lost_in_a_storm_the_link_is_found_all_the_same()
    {
        using var node = PrivateNamespace.Create();
        using var monitor = LinkMonitor.Start(node.Namespace);
        var waits = Enumerable.Range(0, 100)
            .Select(i => monitor.WaitForLinkAsync($"storm{i}", TestContext.Current.CancellationToken))
            .ToList();

        for (var i = 0; i < 100; i++)
            node.Socket.AddVeth(new VethEnd($"storm{i}", 1500, MacAddress.Random()), new VethEnd($"x{i}", 1500, MacAddress.Random()));

        foreach (var wait in waits)
            Assert.StartsWith("storm", (await wait).Name, StringComparison.Ordinal);
    }

    /// <summary>Puts a file where the socket was: every call on it fails.</summary>
    private static void TakeAway(RouteSocket socket)
    {
        using var nothing = File.OpenHandle("/dev/null");
        Assert.True(LibC.dup2((int)nothing.DangerousGetHandle(), socket.Descriptor) >= 0);
    }
}
