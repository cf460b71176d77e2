using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using AwsVpcCni.Linux.Netfilter;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests.Netfilter;

/// <summary>nf_tables and its packet log, in a namespace of the test's own, with packets over its lo.</summary>
public sealed class PacketLogTests
{
    private const ushort Group = 3;
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<PrivateNamespace, Socket> _receivers = [];
    private static readonly IPAddress _target = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task A_packet_that_a_rule_drops_is_told_with_the_rules_text_and_its_whole_length()
    {
        using var inside = PrivateNamespace.Create();
        var told = Channel.CreateUnbounded<LoggedPacket>();
        using var log = PacketLog.Start(inside.Namespace, Group, packet => told.Writer.TryWrite(packet), failure => told.Writer.TryComplete(failure));
        Commit(inside, transaction =>
        {
            using var rule = transaction.AddRule("in");
            rule.DestinationIn(new IPNetwork(_target, 32)).LongerThan(1000).Log(Group, "too long").Drop();
        });

        Send(inside, payload: 973); // 1001 with the headers of IPv4 and UDP
        Send(inside, payload: 972);
        Send(inside, payload: 2000);

        var first = await told.Reader.ReadAsync(TestContext.Current.CancellationToken);
        var second = await told.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new LoggedPacket("too long", 0, 1, IPAddress.Loopback, _target, 1001, 17), first);
        Assert.Equal((2028, 1u), (second.Length, second.Sequence));
        Assert.Equal(972, Receive(inside)); // The only one that passed.
    }

    [Fact]
    public void A_transaction_that_the_kernel_refuses_in_part_changes_nothing()
    {
        using var inside = PrivateNamespace.Create();
        var refused = Assert.Throws<NetlinkException>(() => Commit(inside, transaction =>
        {
            using (var rule = transaction.AddRule("in"))
                rule.Drop();
            using (var rule = transaction.AddRule("nowhere"))
                rule.Drop();
        }));
        Assert.Equal(Errno.ENOENT, refused.Error);
        Assert.Contains("to ip test nowhere", refused.Message, StringComparison.Ordinal);

        Send(inside, payload: 7);
        Assert.Equal(7, Receive(inside));
    }

    [Fact]
    public void A_sets_elements_come_and_go()
    {
        using var inside = PrivateNamespace.Create();
        using var socket = NftSocket.OpenIn(inside.Namespace);
        Commit(inside, transaction =>
        {
            transaction.AddAddressSet("allowed");
            using var rule = transaction.AddRule("in");
            rule.DestinationNotInSet("allowed").Drop();
        });
        Send(inside, payload: 1);
        Change(set => set.AddToSet("allowed", _target));
        Send(inside, payload: 2);
        Assert.Equal(2, Receive(inside));
        Change(set => set.RemoveFromSet("allowed", _target));
        Assert.Equal(Errno.ENOENT, Assert.Throws<NetlinkException>(() => Change(set => set.RemoveFromSet("allowed", _target))).Error);

        void Change(Action<NftTransaction> change)
        {
            var transaction = new NftTransaction("test");
            change(transaction);
            socket.Commit(transaction);
        }
    }

    [Fact]
    public void A_full_messages_elements_are_listed_and_a_tables_rules_counted()
    {
        using var inside = PrivateNamespace.Create();
        using var socket = NftSocket.OpenIn(inside.Namespace);
        Assert.Equal(0, socket.RulesIn("test"));
        Assert.Equal(Errno.ENOENT, Assert.Throws<NetlinkException>(() => socket.AddressesIn("test", "many")).Error);
        var many = Enumerable.Range(0, NftTransaction.ElementsPerMessage).Select(i => new IPAddress([10, 1, (byte)(i >> 8), (byte)i])).ToArray();
        Commit(inside, transaction =>
        {
            transaction.AddAddressSet("many");
            transaction.AddAddressSet("other");
            transaction.AddToSet("many", many);
            transaction.AddToSet("other", _target);
            for (var i = 0; i < 3; i++)
            {
                using var rule = transaction.AddRule("in");
                rule.SourceInSet("other").DestinationInSet("many").Drop();
            }
        });
        Assert.Equal(many.Select(address => $"{address}").Order(StringComparer.Ordinal), socket.AddressesIn("test", "many").Select(address => $"{address}").Order(StringComparer.Ordinal));
        Assert.Equal([_target], socket.AddressesIn("test", "other"));
        Assert.Equal(3, socket.RulesIn("test"));
        Assert.Equal(0, socket.RulesIn("tes"));

        var change = new NftTransaction("test");
        Assert.Throws<ArgumentOutOfRangeException>(() => change.AddToSet("many", [.. many, _target]));
        change = new NftTransaction("test");
        change.RemoveFromSet("many", many);
        socket.Commit(change);
        Assert.Empty(socket.AddressesIn("test", "many"));
    }

    [Fact]
    public void A_rule_meets_only_what_is_in_its_set()
    {
        using var inside = PrivateNamespace.Create();
        Commit(inside, transaction =>
        {
            transaction.AddAddressSet("refused");
            transaction.AddAddressSet("senders");
            transaction.AddToSet("refused", IPAddress.Parse("127.0.0.3"));
            transaction.AddToSet("senders", IPAddress.Loopback);
            using (var rule = transaction.AddRule("in"))
                rule.DestinationInSet("refused").Drop();
            using (var rule = transaction.AddRule("in"))
                rule.SourceInSet("senders").LongerThan(100).Drop();
        });
        Send(inside, payload: 80); // 108 with its headers, from 127.0.0.1.
        Send(inside, payload: 70);
        Assert.Equal(70, Receive(inside));
    }

    [Fact]
    public void A_links_group_is_told()
    {
        using var inside = PrivateNamespace.Create();
        var link = inside.AddLink("out0");
        Assert.Equal(0u, link.Group);
        inside.Socket.SetLink(link.Index, new LinkChange { Group = 77 });
        Assert.Equal(77u, inside.Socket.FindLink("out0")!.Group);
    }

    [Fact]
    public void A_mark_chooses_the_table_that_a_packet_is_routed_by()
    {
        using var inside = PrivateNamespace.Create();
        var link = inside.AddLink("out0");
        inside.Socket.AddRule(new Rule { Priority = 100, Mark = 7, Table = 77 });
        inside.Socket.AddRoute(new Route { Destination = new IPNetwork(IPAddress.Any, 0), LinkIndex = link.Index, Table = 77, Scope = Scope.Link });
        Commit(inside, transaction =>
        {
            using (var rule = transaction.AddRule("in"))
                rule.FromGroup(0).DestinationIs(RouteType.Local).SetMark(7).Accept();
        });
        Send(inside, payload: 9); // Marked, and still local: the local table is asked first.
        Assert.Equal(9, Receive(inside));
    }

    private static void Commit(PrivateNamespace inside, Action<NftTransaction> write)
    {
        var transaction = new NftTransaction("test");
        transaction.AddTable();
        transaction.AddFilterChain("in", NftHook.Prerouting, priority: -300);
        write(transaction);
        using var socket = NftSocket.OpenIn(inside.Namespace);
        socket.Commit(transaction);
    }

    private static Socket Receiver(PrivateNamespace inside) => _receivers.GetValue(inside, static ns =>
    {
        var socket = ns.Namespace.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(_target, 9999));
        return socket;
    });

    /// <summary>Over lo a datagram is received, or dropped, before this returns.</summary>
    private static void Send(PrivateNamespace inside, int payload)
    {
        Receiver(inside);
        using var socket = inside.Namespace.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SendTo(new byte[payload], new IPEndPoint(_target, 9999));
    }

    private static int Receive(PrivateNamespace inside)
    {
        var length = Receiver(inside).Receive(new byte[9000]);
        Assert.Equal(0, Receiver(inside).Available);
        return length;
    }
}
