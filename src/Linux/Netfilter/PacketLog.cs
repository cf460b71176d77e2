using System.Buffers.Binary;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Netfilter;

/// <summary>
/// Listens to the packets that <c>log group N</c> rules of a namespace meet (nfnetlink_log). One listener per group and namespace; the
/// kernel sends each packet's first bytes at once.
/// </summary>
public sealed class PacketLog : IDisposable
{
    /// <summary>Bytes of each packet that are copied: the greatest IPv4 header, and the ports behind it.</summary>
    internal const uint SnapLength = 64;

    private const int Config = 1; // NFULNL_MSG_CONFIG
    private const byte Bind = 1; // NFULNL_CFG_CMD_BIND
    private const byte CopyPacket = 2; // NFULNL_COPY_PACKET
    private const byte CountPackets = 1; // NFULNL_CFG_F_SEQ

    private readonly NetlinkSocket _socket;
    private readonly FileDescriptor _wake;
    private readonly Action<LoggedPacket> _packet;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private volatile bool _stopping;

    private PacketLog(NetlinkSocket socket, FileDescriptor wake, Action<LoggedPacket> packet, Action<Exception> failed)
    {
        _socket = socket;
        _wake = wake;
        _packet = packet;
        _failed = failed;
        _thread = new Thread(Listen, maxStackSize: 512 * 1024) { Name = "packet-log", IsBackground = true };
    }

    /// <param name="group">The rules' group.</param>
    /// <param name="packet">Called for each packet on the log's own thread; gaps in the sequence tell of lost ones.</param>
    /// <param name="failed">Called when nothing more will come because the kernel said something that can't be understood.</param>
    /// <exception cref="NetlinkException">The kernel has no nfnetlink_log, or somebody listens to the group already (EBUSY).</exception>
    public static PacketLog Start(NetworkNamespace ns, ushort group, Action<LoggedPacket> packet, Action<Exception> failed)
    {
        var socket = NetlinkSocket.OpenIn(ns, NetfilterHeader.Protocol);
        FileDescriptor? wake = null;
        try
        {
            Subscribe(socket, group);
            var fd = LibC.eventfd(0, LibC.EFD_CLOEXEC);
            if (fd < 0)
                throw new NetlinkException("make an eventfd", (Errno)LibC.errno, null);
            wake = new FileDescriptor(fd);
            var log = new PacketLog(socket, wake, packet, failed);
            log._thread.Start();
            return log;
        }
        catch
        {
            wake?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Ends the thread.</summary>
    public unsafe void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        ulong one = 1;
        _ = LibC.write(_wake.Number, &one, sizeof(ulong));
        _thread.Join();
        _socket.Dispose();
        _wake.Dispose();
    }

    private static void Subscribe(NetlinkSocket socket, ushort group)
    {
        Span<byte> header = stackalloc byte[NetfilterHeader.Size];
        NetfilterHeader.Write(header, family: 0, group);
        var batch = new NetlinkBatch(256);

        // One message per wish: within one the kernel takes the command first and the rest needs what it made.
        Message(batch, header).Put(1, [Bind]);

        Span<byte> mode = stackalloc byte[6];
        BinaryPrimitives.WriteUInt32BigEndian(mode, SnapLength);
        mode[4] = CopyPacket;
        Message(batch, header).Put(2, mode);
        Message(batch, header).PutBig(5, 1); // NFULA_CFG_QTHRESH: each packet at once.
        Message(batch, header).Put(6, [0, CountPackets]);
        socket.Send(batch, _ => $"listen to the packets of log group {group}");

        static NetlinkRequest Message(NetlinkBatch batch, ReadOnlySpan<byte> header) =>
            batch.Begin(NetfilterHeader.Type(LoggedPacket.Subsystem, Config), NetlinkFlags.None, header);
    }

    private void Listen()
    {
        try
        {
            while (WaitForPackets())
            {
                // What was lost shows as a gap in the sequence.
                var reader = new NetlinkReader(_socket.Receive(out _));
                while (reader.Read(out var message))
                {
                    if (message.Type == LoggedPacket.Type)
                        _packet(LoggedPacket.Decode(message.Body));
                }
            }
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException)
        {
            _failed(e);
        }
    }

    private unsafe bool WaitForPackets()
    {
        var polled = stackalloc pollfd[2];
        polled[0] = new pollfd { fd = _socket.Descriptor, events = LibC.POLLIN };
        polled[1] = new pollfd { fd = _wake.Number, events = LibC.POLLIN };
        while (LibC.poll(polled, 2, -1) < 0)
        {
            if ((Errno)LibC.errno is var error && error != Errno.EINTR)
                throw new NetlinkException("poll for logged packets", error, null);
        }

        return !_stopping;
    }
}
