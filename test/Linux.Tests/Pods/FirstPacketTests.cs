using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests.Pods;

/// <summary>A pod may send as soon as its ADD is answered: what it sends then arrives.</summary>
public sealed class FirstPacketTests
{
    private static readonly IPAddress _node = IPAddress.Parse("10.0.9.9");

    [Fact]
    public void What_a_pod_sends_at_once_arrives()
    {
        const int Pods = 40; // of that many, 22 lost their first packet before Attach waited for the link
        using var node = PrivateNamespace.Create();
        node.Socket.AddAddress(new Address { LinkIndex = 1, Local = _node, PrefixLength = 32 });
        using var server = node.Namespace.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(_node, 0));
        server.ReceiveTimeout = 1000;
        var to = (IPEndPoint)server.LocalEndPoint!;
        var lost = 0;
        for (var i = 1; i <= Pods; i++)
        {
            using var pod = PrivateNamespace.Create();
            using var client = pod.Namespace.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var number = (byte)i;
            node.Run(() =>
            {
                using var network = PodNetwork.Open();
                network.Attach(new PodAttachment
                {
                    Namespace = pod.Namespace,
                    InterfaceName = "eth0",
                    HostVeth = HostVethName.For("eni", "default", $"web-{number}", "eth0"),
                    Address = new IPAddress([10, 0, 1, number]),
                    Mtu = 9001,
                    Table = RouteTable.Of(0, 0, isPrimary: true),
                    Owner = new PodOwner("aws-cni", $"sandbox-{number}", "eth0"),
                }, pod.Socket);
                client.SendTo([number], to);
            });
            if (!Arrives(server, number))
                lost++;
        }

        Assert.Equal(0, lost);
    }

    [Fact]
    public void A_kernel_that_does_not_look_by_itself_is_waited_for()
    {
        using var ns = PrivateNamespace.Create();
        var (end, peer) = Veth(ns);
        var looks = 0;

        var sends = Carrier.Wait(
            () =>
            {
                var found = ns.Socket.FindLink(end);
                if (++looks == 2) // after the subscription; what the kernel tells of this ends the wait
                    ns.Socket.SetLink(peer, new LinkChange { IsUp = true });
                return found;
            },
            () => NetlinkSocket.OpenIn(ns.Namespace, 0),
            TimeSpan.FromSeconds(30));

        Assert.True(sends);
        Assert.True(looks >= 3, $"{looks} looks");
    }

    [Fact]
    public void Who_never_sends_is_not_waited_for_without_end()
    {
        using var ns = PrivateNamespace.Create();
        var (end, _) = Veth(ns);
        Assert.False(Carrier.Wait(ns.Socket, end, ns.Namespace, TimeSpan.FromMilliseconds(20)));
        Assert.False(Carrier.Wait(ns.Socket, end + 1000, ns.Namespace, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_link_whose_state_the_kernel_has_not_looked_at_does_not_send_yet_whatever_its_flags_say()
    {
        using var ns = PrivateNamespace.Create();
        var link = new Link { Index = 7, Flags = LinkFlags.Up | LinkFlags.Running | LinkFlags.LowerUp, State = OperationalState.Unknown };
        Assert.False(Carrier.Wait(() => link, () => NetlinkSocket.OpenIn(ns.Namespace, 0), TimeSpan.FromMilliseconds(20)));
        Assert.True(Carrier.Wait(() => link with { State = OperationalState.Up }, () => throw new InvalidOperationException("nobody listens"), TimeSpan.Zero));
    }

    /// <summary>One end up, its peer not: no carrier.</summary>
    private static (int End, int Peer) Veth(PrivateNamespace ns)
    {
        ns.Socket.AddVeth(new VethEnd("end", 1500, MacAddress.Random()), new VethEnd("peer", 1500, MacAddress.Random()));
        var (end, peer) = (ns.Socket.FindLink("end")!.Index, ns.Socket.FindLink("peer")!.Index);
        ns.Socket.SetLink(end, new LinkChange { IsUp = true });
        return (end, peer);
    }

    private static bool Arrives(Socket server, byte number)
    {
        try
        {
            var read = new byte[16];
            return server.Receive(read) == 1 && read[0] == number;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return false;
        }
    }
}
