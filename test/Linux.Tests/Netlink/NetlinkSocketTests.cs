using System.Net;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests.Netlink;

public sealed class NetlinkSocketTests
{
    [Fact]
    public void Who_reads_notifications_too_late_is_told_that_some_were_lost_and_can_go_on()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth1");
        using var events = NetlinkSocket.OpenIn(node.Namespace, protocol: 0, TimeSpan.FromMilliseconds(1));
        events.Join(7);
        var batch = new NetlinkBatch();
        for (var i = 0; i < 3000; i++)
            batch.NewRoute(NetlinkFlags.Create, Route.ToHost(new IPAddress([10, 3, (byte)(i >> 8), (byte)i]), link.Index, 99));
        node.Socket.Send(batch);

        Assert.True(Drain(events));

        node.Socket.AddRoute(Route.ToHost(IPAddress.Parse("10.4.0.1"), link.Index, 99));
        var reader = new NetlinkReader(events.Receive(out var lost));
        Assert.False(lost);
        Assert.True(reader.Read(out var message));
        Assert.Equal(IPAddress.Parse("10.4.0.1"), Route.Decode(message.Body).Destination.BaseAddress);
    }

    [Fact]
    public void A_kernel_that_does_not_answer_is_waited_for_no_longer_than_asked()
    {
        using var node = PrivateNamespace.Create();
        using var socket = NetlinkSocket.OpenIn(node.Namespace, protocol: 0, TimeSpan.FromMilliseconds(1));

        Assert.Equal(Errno.EAGAIN, Assert.Throws<NetlinkException>(() => socket.Receive(out _)).Error);
    }

    [Fact]
    public void A_full_dump_is_read_while_somebody_else_changes_the_table()
    {
        using var node = PrivateNamespace.Create();
        var link = node.AddLink("eth1");
        var batch = new NetlinkBatch();
        for (var i = 0; i < 2000; i++)
            batch.NewRoute(NetlinkFlags.Create, Route.ToHost(new IPAddress([10, 3, (byte)(i >> 8), (byte)i]), link.Index, 99));
        node.Socket.Send(batch);
        using var stop = new CancellationTokenSource();
        var changing = new Thread(() =>
        {
            using var other = RouteSocket.OpenIn(node.Namespace);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                other.AddRule(new Rule { Priority = 7, From = new IPNetwork(new IPAddress([10, 5, 0, (byte)i]), 32), Table = 99 });
                other.DeleteRule(new Rule { Priority = 7, From = new IPNetwork(new IPAddress([10, 5, 0, (byte)i]), 32), Table = 99 });
            }
        });
        changing.Start();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(2000, node.Socket.Routes(99).Count);
                Assert.Contains(node.Socket.Rules(), rule => rule.Priority == 32766);
            }
        }
        finally
        {
            stop.Cancel();
            changing.Join();
        }
    }

    private static bool Drain(NetlinkSocket events)
    {
        var anyLost = false;
        while (true)
        {
            try
            {
                events.Receive(out var lost);
                anyLost |= lost;
            }
            catch (NetlinkException e) when (e.Error == Errno.EAGAIN)
            {
                return anyLost;
            }
        }
    }
}
