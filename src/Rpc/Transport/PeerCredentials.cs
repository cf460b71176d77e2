using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AwsVpcCni.Rpc.Transport;

/// <summary>Who connected to a unix socket, as the kernel noted it at connect (unix(7), SO_PEERCRED).</summary>
/// <param name="ProcessId">0 when the peer lives in a PID namespace that can't be seen from here.</param>
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    public bool IsRoot => UserId == 0;

    /// <param name="connection">A connected unix stream socket.</param>
    /// <exception cref="SocketException">It isn't one.</exception>
    public static PeerCredentials Of(Socket connection)
    {
        // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
        Span<byte> ucred = stackalloc byte[12];
        var length = connection.GetRawSocketOption(SolSocket, SoPeerCred, ucred);
        if (length != ucred.Length)
            throw new SocketException((int)SocketError.OperationNotSupported);
        var words = MemoryMarshal.Cast<byte, uint>(ucred);
        return new PeerCredentials((int)words[0], words[1], words[2]);
    }
}
