using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Namespaces;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Netlink;

/// <summary>
/// A blocking netlink socket: CLOEXEC, with a receive time-out, extended acknowledgements and strict checking. It belongs to the
/// network namespace it was opened in, for good.
/// </summary>
/// <remarks>Not for two threads at a time: replies are matched to the one batch under way.</remarks>
public sealed unsafe class NetlinkSocket : IDisposable
{
    /// <summary>Longest wait for one reply of the kernel, unless another is given.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    // linux/netlink.h
    private const int AddMembership = 1;
    private const int CapAck = 10;
    private const int ExtAck = 11;
    private const int GetStrictCheck = 12;
    private const int SockaddrSize = 12;

    /// <summary>
    /// Acknowledgements of one send that fit the default receive buffer (212992 bytes, each counted with its skb, about 800):
    /// more in one go could overflow it, and which messages were done would not be known.
    /// </summary>
    private const int MessagesPerSend = 64;

    /// <summary>As above, for what can't be sent in parts: all the answers of one transaction at once, with room to spare.</summary>
    private const int MessagesPerTransaction = 128;

    /// <summary>The kernel fills at most 32 KiB per reply of a dump; single replies are smaller.</summary>
    private const int ReceiveBufferSize = 64 * 1024;

    private const int DumpAttempts = 10;

    private readonly FileDescriptor _socket;
    private readonly byte[] _received = GC.AllocateUninitializedArray<byte>(ReceiveBufferSize);
    private uint _sequence;
    private bool _isBound;

    private NetlinkSocket(FileDescriptor socket) => _socket = socket;

    /// <summary>Reads one message of a reply.</summary>
    public delegate void ReplyReader<TState>(ref TState state, int requestIndex, NetlinkMessage reply);

    /// <summary>Opens one in the calling thread's network namespace.</summary>
    /// <param name="protocol">NETLINK_ROUTE, NETLINK_SOCK_DIAG…</param>
    /// <param name="timeout">Longest wait for one reply; zero waits for ever.</param>
    public static NetlinkSocket Open(int protocol, TimeSpan? timeout = null)
    {
        var fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, protocol);
        if (fd < 0)
            throw new NetlinkException("open a netlink socket", (Errno)LibC.errno, null);
        var socket = new NetlinkSocket(new FileDescriptor(fd));
        try
        {
            socket.SetTimeout(timeout ?? DefaultTimeout);

            // Each is an improvement that an older kernel may lack (4.3, 4.12, 4.20); everything below works without them.
            foreach (var option in (ReadOnlySpan<int>)[CapAck, ExtAck, GetStrictCheck])
            {
                var on = 1;
                if (LibC.setsockopt(fd, LibC.SOL_NETLINK, option, &on, sizeof(int)) < 0 && (Errno)LibC.errno != Errno.ENOPROTOOPT)
                    throw new NetlinkException($"set netlink option {option}", (Errno)LibC.errno, null);
            }
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens one in another namespace, on a short-lived thread of its own.</summary>
    public static NetlinkSocket OpenIn(NetworkNamespace ns, int protocol, TimeSpan? timeout = null) => ns.Run(() => Open(protocol, timeout));

    /// <summary>The descriptor, for poll(2).</summary>
    internal int Descriptor => _socket.Number;

    /// <param name="timeout">Longest wait for one reply from now on; zero waits for ever.</param>
    internal void SetTimeout(TimeSpan timeout)
    {
        Span<long> value = [(long)timeout.TotalSeconds, timeout.Ticks % TimeSpan.TicksPerSecond / 10];
        fixed (long* p = value)
        {
            if (LibC.setsockopt(_socket.Number, LibC.SOL_SOCKET, LibC.SO_RCVTIMEO, p, sizeof(long) * 2) < 0)
                throw new NetlinkException("set a netlink socket's receive time-out", (Errno)LibC.errno, null);
        }
    }

    /// <summary>Subscribes to a multicast group: its notifications then arrive by <see cref="Receive"/>.</summary>
    public void Join(int group)
    {
        if (!_isBound)
            Bind();
        if (LibC.setsockopt(_socket.Number, LibC.SOL_NETLINK, AddMembership, &group, sizeof(int)) < 0)
            throw new NetlinkException($"join netlink group {group}", (Errno)LibC.errno, null);
    }

    /// <summary>Sends the batch and waits until the kernel has answered to each message. Throws on the first refusal that its sender does not accept.</summary>
    public void Send(NetlinkBatch batch, Func<ReadOnlySpan<byte>, string>? describe = null)
    {
        var none = 0;
        Send(batch, ref none, static (ref int _, int _, NetlinkMessage _) => { }, describe);
    }

    /// <summary>Sends the batch in one piece, as a transaction of nfnetlink must be, and waits for every answer.</summary>
    internal void SendWhole(NetlinkBatch batch, Func<ReadOnlySpan<byte>, string> describe)
    {
        if (batch.Count > MessagesPerTransaction)
            throw new InvalidOperationException($"a transaction of {batch.Count} messages; {MessagesPerTransaction} are known to fit a receive buffer with their answers");
        var none = 0;
        Send(batch, ref none, static (ref int _, int _, NetlinkMessage _) => { }, describe, MessagesPerTransaction);
    }

    /// <summary>As above; replies that are not acknowledgements (of messages that get) go to <paramref name="read"/>.</summary>
    /// <param name="describe">Says in words what a request asks for, when it has failed.</param>
    public void Send<TState>(NetlinkBatch batch, ref TState state, ReplyReader<TState> read, Func<ReadOnlySpan<byte>, string>? describe = null) =>
        Send(batch, ref state, read, describe, MessagesPerSend);

    private void Send<TState>(NetlinkBatch batch, ref TState state, ReplyReader<TState> read, Func<ReadOnlySpan<byte>, string>? describe, int messagesPerSend)
    {
        var failed = -1;
        string? text = null;
        for (var first = 0; first < batch.Count; first += messagesPerSend)
        {
            var count = Math.Min(messagesPerSend, batch.Count - first);
            var pending = count;
            var sequence = _sequence + 1;
            _sequence += (uint)count;
            for (var i = 0; i < count; i++)
            {
                batch.SetSequence(first + i, sequence + (uint)i);
                if (batch.IsSilent(first + i))
                    pending--;
            }
            Transmit(batch.Range(first, count));

            while (pending > 0)
            {
                var reader = new NetlinkReader(ReceiveReply());
                while (reader.Read(out var message))
                {
                    // What does not belong to this send is the late answer to one that timed out.
                    var index = unchecked(message.Sequence - sequence);
                    if (index >= count)
                        continue;
                    if (!NetlinkAck.IsAck(message))
                    {
                        read(ref state, first + (int)index, message);
                        continue;
                    }
                    var ack = NetlinkAck.Decode(message);
                    batch.SetError(first + (int)index, ack.Error);

                    // An answer to a message that asked for none is a refusal of all: no other answers need follow.
                    pending = batch.IsSilent(first + (int)index) ? 0 : pending - 1;
                    if (failed < 0 && batch.Failed(first + (int)index))
                    {
                        failed = first + (int)index;
                        text = ack.Text;
                    }
                }
            }
        }
        if (failed >= 0)
        {
            var operation = describe?.Invoke(batch.Message(failed)) ?? $"netlink request {failed}";
            throw new NetlinkException(operation, batch.ErrorOf(failed), text);
        }
    }

    /// <summary>Sends the one dump request of the batch and reads all its replies; a dump that the kernel says was interrupted is repeated.</summary>
    /// <param name="what">What is listed, for the error.</param>
    public List<T> Dump<T>(NetlinkBatch batch, string what, DumpReader<T> read)
    {
        for (var attempt = 1; ; attempt++)
        {
            var found = new List<T>();
            if (TryDump(batch, what, read, found))
                return found;
            if (attempt == DumpAttempts)
                throw new NetlinkException(what, Errno.EINTR, $"the table changed during each of {DumpAttempts} dumps");
        }
    }

    /// <summary>Decodes one message of a dump; null leaves it out.</summary>
    public delegate T? DumpReader<T>(NetlinkMessage message);

    /// <summary>One datagram of notifications; null when the kernel dropped some because nobody read in time (ENOBUFS): look again.</summary>
    public ReadOnlySpan<byte> Receive(out bool lost)
    {
        lost = !TryReceive(out var datagram, out var error);
        if (lost && error != Errno.ENOBUFS)
            throw new NetlinkException("receive from netlink", error, null);
        return datagram;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Without a port of its own the kernel takes the socket for the sender of its notifications, and sends it none.</summary>
    private void Bind()
    {
        Span<byte> any = stackalloc byte[SockaddrSize];
        any.Clear();
        MemoryMarshal.Write(any, (ushort)LibC.AF_NETLINK);
        fixed (byte* address = any)
        {
            if (LibC.bind(_socket.Number, (sockaddr*)address, SockaddrSize) < 0)
                throw new NetlinkException("bind a netlink socket", (Errno)LibC.errno, null);
        }
        _isBound = true;
    }

    private bool TryDump<T>(NetlinkBatch batch, string what, DumpReader<T> read, List<T> found)
    {
        var sequence = ++_sequence;
        batch.SetSequence(0, sequence);
        Transmit(batch.Message(0));
        var whole = true;
        while (true)
        {
            if (!TryReceive(out var datagram, out var error))
            {
                if (error != Errno.ENOBUFS)
                    throw Unanswered(what, error);

                // The dump itself goes on and ends with its DONE; only then can the next begin.
                whole = false;
                continue;
            }
            var reader = new NetlinkReader(datagram);
            while (reader.Read(out var message))
            {
                if (message.Sequence != sequence)
                    continue;
                whole &= (message.Flags & NetlinkFlags.DumpInterrupted) == 0;
                if (NetlinkAck.IsAck(message))
                {
                    var ack = NetlinkAck.Decode(message);
                    if (ack.Error == Errno.EAGAIN || ack.Error == Errno.EINTR)
                        return false;
                    batch.SetError(0, ack.Error);
                    return batch.Failed(0) ? throw new NetlinkException(what, ack.Error, ack.Text) : whole;
                }
                if (read(message) is { } item)
                    found.Add(item);
            }
        }
    }

    private ReadOnlySpan<byte> ReceiveReply() =>
        TryReceive(out var datagram, out var error) ? datagram : throw Unanswered("wait for the kernel's acknowledgement", error);

    private static NetlinkException Unanswered(string operation, Errno error) =>
        error switch
        {
            Errno.EAGAIN => new NetlinkException($"{operation}: the kernel did not answer in time", Errno.ETIMEDOUT, null),
            Errno.ENOBUFS => new NetlinkException($"{operation}: replies were lost, what was done is not known", error, null),
            _ => new NetlinkException(operation, error, null),
        };

    private void Transmit(ReadOnlySpan<byte> bytes)
    {
        // A destination of port 0 is the kernel; the socket is bound to a port of its own by the first send.
        Span<byte> kernel = stackalloc byte[SockaddrSize];
        kernel.Clear();
        MemoryMarshal.Write(kernel, (ushort)LibC.AF_NETLINK);
        fixed (byte* data = bytes)
        fixed (byte* address = kernel)
        {
            while (LibC.sendto(_socket.Number, data, bytes.Length, 0, (sockaddr*)address, SockaddrSize) < 0)
            {
                var error = (Errno)LibC.errno;
                if (error != Errno.EINTR)
                    throw new NetlinkException("send to netlink", error, null);
            }
        }
    }

    private bool TryReceive(out ReadOnlySpan<byte> datagram, out Errno error)
    {
        Span<byte> from = stackalloc byte[SockaddrSize];
        while (true)
        {
            long length;
            socklen_t fromSize = SockaddrSize;
            fixed (byte* data = _received)
            fixed (byte* address = from)
                length = LibC.recvfrom(_socket.Number, data, _received.Length, LibC.MSG_TRUNC, (sockaddr*)address, &fromSize);
            if (length < 0)
            {
                error = (Errno)LibC.errno;
                if (error == Errno.EINTR)
                    continue;
                datagram = default;
                return false;
            }

            // nl_pid: another process can send to a netlink port, only the kernel sends from 0.
            if (MemoryMarshal.Read<uint>(from[4..]) != 0)
                continue;
            if (length > _received.Length)
                throw new NetlinkFormatException($"a reply of {length} bytes does not fit into {_received.Length}");
            datagram = _received.AsSpan(0, (int)length);
            error = Errno.None;
            return true;
        }
    }
}
