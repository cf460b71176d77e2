using System.Net.Sockets;
using System.Text;

namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>Where a service says that it is ready, as systemd listens for it (sd_notify(3)): a datagram READY=1 to $NOTIFY_SOCKET.</summary>
internal sealed class ReadyNote : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ReadyNote(string path)
    {
        File.Delete(path);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        Path = path;
    }

    public string Path { get; }

    public async Task ReadyAsync(CancellationToken cancellation)
    {
        var note = new byte[4096];
        while (!Encoding.UTF8.GetString(note, 0, await _socket.ReceiveAsync(note, cancellation)).Split('\n').Contains("READY=1"))
        {
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(Path);
    }
}
