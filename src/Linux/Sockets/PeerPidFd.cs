using System.Globalization;
using System.Net.Sockets;

namespace AwsVpcCni.Linux.Sockets;

/// <summary>Holds the process that connected to a unix socket, so that its number can't become another's (pidfd_open(2), SO_PEERPIDFD).</summary>
internal sealed class PeerPidFd : IDisposable
{
    private const int SolSocket = 1;
    private const int SoPeerPidFd = 77;

    private readonly FileDescriptor _file;

    private PeerPidFd(FileDescriptor file) => _file = file;

    /// <summary>Asked anew each time: 0 when its PID namespace can't be seen from here, -1 when it has ended (proc_pid_fdinfo(5)).</summary>
    public int ProcessId
    {
        get
        {
            foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{_file.Number}")))
            {
                if (line.StartsWith("Pid:", StringComparison.Ordinal))
                    return int.Parse(line.AsSpan(4), NumberStyles.Integer, CultureInfo.InvariantCulture);
            }

            return -1;
        }
    }

    /// <summary>Null on kernels before 6.5.</summary>
    /// <exception cref="SocketException">The process has ended.</exception>
    public static PeerPidFd? Of(Socket connection)
    {
        Span<byte> fd = stackalloc byte[sizeof(int)];
        try
        {
            connection.GetRawSocketOption(SolSocket, SoPeerPidFd, fd);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ProtocolOption)
        {
            return null;
        }

        return new PeerPidFd(new FileDescriptor(BitConverter.ToInt32(fd)));
    }

    public void Dispose() => _file.Dispose();
}
