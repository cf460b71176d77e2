using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>
/// A NETLINK_ROUTE socket: links, addresses, routes, rules and neighbours of the namespace it was opened in. Batches go through
/// <see cref="Send(NetlinkBatch)"/>, single wishes through the typed methods.
/// </summary>
/// <remarks>Not for two threads at a time.</remarks>
public sealed partial class RouteSocket : IDisposable
{
    private const int NetlinkRoute = 0;

    private readonly NetlinkSocket _socket;
    private readonly NetlinkBatch _single = new(512);

    private RouteSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens one in the calling thread's namespace.</summary>
    /// <param name="timeout">Longest wait for one reply of the kernel; 10 s unless given.</param>
    public static RouteSocket Open(TimeSpan? timeout = null) => new(NetlinkSocket.Open(NetlinkRoute, timeout));

    /// <summary>Opens one inside another namespace, by a short-lived thread; it is used from any thread afterwards.</summary>
    public static RouteSocket OpenIn(NetworkNamespace ns, TimeSpan? timeout = null) => new(NetlinkSocket.OpenIn(ns, NetlinkRoute, timeout));

    /// <summary>For tests that take the socket away.</summary>
    internal int Descriptor => _socket.Descriptor;

    /// <summary>Sends all with one call and waits for every answer.</summary>
    /// <exception cref="NetlinkException">The first error that its message does not accept. Later messages have been tried all the same.</exception>
    public void Send(NetlinkBatch batch) => _socket.Send(batch, Describe);

    /// <summary>As above, for batches with messages that get: their replies go to <paramref name="read"/>.</summary>
    public void Send<TState>(NetlinkBatch batch, ref TState state, NetlinkSocket.ReplyReader<TState> read) =>
        _socket.Send(batch, ref state, read, Describe);

    public void Dispose() => _socket.Dispose();

    private NetlinkBatch Single()
    {
        _single.Clear();
        return _single;
    }

    /// <summary>Sends the one message in <see cref="_single"/>; false when the kernel answered with this error.</summary>
    private bool SendUnless(NetlinkRequest request, Errno error)
    {
        request.Accept(error);
        Send(_single);
        return request.Error == Errno.None;
    }

    private string Describe(ReadOnlySpan<byte> message) => RequestText.Describe(message, NameOf);

    private string NameOf(int index)
    {
        // A batch of its own: the failed one is still being described.
        var batch = new NetlinkBatch(256);
        batch.GetLink(index).Accept(Errno.ENODEV);
        string? name = null;
        _socket.Send(batch, ref name, static (ref string? name, int _, NetlinkMessage reply) => name = Link.Decode(reply.Body).Name);
        return name ?? $"#{index}";
    }
}
