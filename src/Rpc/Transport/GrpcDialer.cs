using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.Rpc.Transport;

/// <summary>Opens the connection that a channel will speak on.</summary>
public static class GrpcDialer
{
    /// <exception cref="SocketException">Nobody listens, no such socket, no permission, unknown host, no IPv6 on this node.</exception>
    public static async ValueTask<Socket> DialAsync(GrpcTarget target, CancellationToken cancellation)
    {
        var socket = target.EndPoint switch
        {
            UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            IPEndPoint ip => new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
            // A name may have addresses of both families, which are tried one by one: dual-mode where the kernel has IPv6.
            _ => new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
        };
        try
        {
            await socket.ConnectAsync(target.EndPoint, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What a failed <see cref="DialAsync"/> means, and where to look.</summary>
    public static string Explain(GrpcTarget target, SocketException error) => error.SocketErrorCode switch
    {
        // ENOENT of a unix socket comes as AddressNotAvailable.
        SocketError.AddressNotAvailable when target.EndPoint is UnixDomainSocketEndPoint => $"{target}: there is no such socket",
        SocketError.ConnectionRefused when target.EndPoint is UnixDomainSocketEndPoint => $"{target}: the socket is there, but nobody listens on it",
        SocketError.ConnectionRefused => $"{target}: nobody listens there",
        SocketError.AccessDenied => $"{target}: permission denied (the socket is root's, and this runs as {Environment.UserName})",
        SocketError.AddressFamilyNotSupported => $"{target}: this node has no IPv6",
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => $"{target}: the name is not known",
        _ => $"{target}: {error.Message}",
    };
}
