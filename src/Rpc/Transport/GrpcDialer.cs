using System.Net.Sockets;

namespace AwsVpcCni.Rpc.Transport;

/// <summary>Opens the connection that a channel will speak on.</summary>
public static class GrpcDialer
{
    /// <exception cref="SocketException">Nobody listens, no such socket, no permission, unknown host.</exception>
    public static async ValueTask<Socket> DialAsync(GrpcTarget target, CancellationToken cancellation)
    {
        var socket = target.EndPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // An IPv4 endpoint on the dual-mode socket that this constructor makes is mapped; a name is tried address by address.
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
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => $"{target}: the name is not known",
        _ => $"{target}: {error.Message}",
    };
}
