using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Sockets;

/// <summary>Whose a TCP socket is, as the kernel tells it.</summary>
/// <param name="Uid">Of whoever made it.</param>
/// <param name="Inode">Its number on sockfs, as in <c>/proc/PID/fd</c>; never 0.</param>
public readonly record struct SocketOwner(uint Uid, uint Inode);

/// <summary>
/// Finds the owners of TCP sockets of the calling thread's network namespace, by sock_diag(7): what a peer on loopback can't lie about.
/// </summary>
public static class TcpOwner
{
    private const int NetlinkSockDiag = 4;

    /// <summary>
    /// The process at the other end of a connection that both ends of which are on this host. Null when the kernel knows no open
    /// socket there any more: who has closed it can't be told, and is nobody to trust.
    /// </summary>
    /// <param name="local">Our end's address, as accepted.</param>
    /// <param name="remote">The peer's.</param>
    public static SocketOwner? OfPeer(IPEndPoint local, IPEndPoint remote)
    {
        var (peer, us) = (Plain(remote), Plain(local));
        using var socket = NetlinkSocket.Open(NetlinkSockDiag);
        var batch = new NetlinkBatch(256);

        // Seen from the peer's socket we are the remote end.
        batch.Begin(TcpSocketInfo.TypeByFamily, NetlinkFlags.None, TcpSocketInfo.Request(peer, us)).Accept(Errno.ENOENT);
        TcpSocketInfo? found = null;
        socket.Send(batch, ref found, static (ref TcpSocketInfo? found, int _, NetlinkMessage reply) => found = TcpSocketInfo.Decode(reply.Body),
            _ => $"find the owner of {remote}");

        // Without a connection of these ends the kernel answers with the listener of that port; a socket that was closed has no inode.
        if (found is not { IsConnected: true } info || !info.Local.Equals(peer) || !info.Remote.Equals(us) || info.Inode == 0)
            return null;
        return new SocketOwner(info.Uid, info.Inode);
    }

    /// <summary>Everybody who listens where a connection to this address may be accepted: several can share a port (SO_REUSEPORT).</summary>
    public static IReadOnlyList<SocketOwner> OfListeners(IPEndPoint endPoint)
    {
        var wanted = Plain(endPoint);
        using var socket = NetlinkSocket.Open(NetlinkSockDiag);
        var owners = new List<SocketOwner>();
        foreach (var family in (ReadOnlySpan<AddressFamily>)[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            var batch = new NetlinkBatch(256);
            batch.Begin(TcpSocketInfo.TypeByFamily, NetlinkFlags.Dump, TcpSocketInfo.ListenersOn(wanted.Port, family));
            owners.AddRange(socket.Dump(batch, $"find the listeners on {endPoint}", reply =>
                reply.Type == TcpSocketInfo.TypeByFamily
                    && TcpSocketInfo.Decode(reply.Body) is { IsListening: true } info
                    && info.Local.Port == wanted.Port
                    && Accepts(info.Local.Address, wanted.Address)
                    ? info
                    : null).Select(info => new SocketOwner(info.Uid, info.Inode)));
        }
        return owners;
    }

    private static bool Accepts(IPAddress listening, IPAddress address) =>
        listening.Equals(address) || listening.Equals(IPAddress.IPv6Any)
        || (listening.Equals(IPAddress.Any) && address.AddressFamily == AddressFamily.InterNetwork);

    private static IPEndPoint Plain(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
