using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>
/// Sockets that are bound before Kestrel takes them over, so that one port that is taken costs that port and not the daemon, and the
/// unix socket has its mode before anybody can connect.
/// </summary>
internal static class Listeners
{
    private const int SolSocket = 1;
    private const int SoReuseAddr = 2;

    /// <summary>A unix socket of mode 0600; one that a dead daemon left is replaced (the daemon's lock proves that it is dead).</summary>
    /// <exception cref="StartException">The folder can't be written.</exception>
    public static Socket Unix(string path)
    {
        Socket? socket = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // bind made the file with the umask's mode, but nobody can connect before listen, which Kestrel calls.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            socket?.Dispose();
            throw new StartException($"cannot listen on unix:{path}: {e.Message}. Is its folder mounted and writable?");
        }
    }

    /// <summary>
    /// A TCP socket, or why there is none (usually: the port is taken). <see cref="IPAddress.IPv6Any"/> is every address of the node, of
    /// both families; on a kernel without IPv6 (booted with ipv6.disable=1) that is every IPv4 address.
    /// </summary>
    public static (Socket? Socket, string? Error) Tcp(IPEndPoint endPoint)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            // SO_REUSEADDR, for connections of a daemon before this one that are still ending. .NET's option of that name sets SO_REUSEPORT
            // too, and then any other process of root's, a hostNetwork pod's, could listen beside and get a share of the callers.
            socket.SetRawSocketOption(SolSocket, SoReuseAddr, BitConverter.GetBytes(1));
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = true;
            socket.Bind(endPoint);
            socket.Listen(512);   // a port is only taken when somebody listens on it: find out now
            return (socket, null);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressFamilyNotSupported && endPoint.Address.Equals(IPAddress.IPv6Any))
        {
            socket?.Dispose();
            return Tcp(new IPEndPoint(IPAddress.Any, endPoint.Port));
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            return (null, $"cannot listen on {endPoint}: {e.Message}");
        }
    }
}
