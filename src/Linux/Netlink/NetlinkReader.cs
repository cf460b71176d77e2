using System.Runtime.InteropServices;

namespace AwsVpcCni.Linux.Netlink;

/// <summary>Walks the messages of one datagram from the kernel.</summary>
public ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    /// <summary>The next message, or false at the end.</summary>
    /// <exception cref="NetlinkFormatException">A length that does not fit.</exception>
    public bool Read(out NetlinkMessage message)
    {
        if (_rest.IsEmpty)
        {
            message = default;
            return false;
        }
        if (_rest.Length < NetlinkBatch.HeaderSize)
            throw new NetlinkFormatException($"{_rest.Length} bytes left, a netlink header has {NetlinkBatch.HeaderSize}");
        var length = MemoryMarshal.Read<uint>(_rest);
        if (length < NetlinkBatch.HeaderSize || length > _rest.Length)
            throw new NetlinkFormatException($"a message of {length} bytes in a datagram that has {_rest.Length} left");
        message = new NetlinkMessage(
            MemoryMarshal.Read<ushort>(_rest[4..]),
            (NetlinkFlags)MemoryMarshal.Read<ushort>(_rest[6..]),
            MemoryMarshal.Read<uint>(_rest[8..]),
            _rest[NetlinkBatch.HeaderSize..(int)length]);
        _rest = _rest[Math.Min(((int)length + 3) & ~3, _rest.Length)..];
        return true;
    }
}

/// <summary>One message as it came from the kernel; a view, valid as long as its buffer.</summary>
public readonly ref struct NetlinkMessage(ushort type, NetlinkFlags flags, uint sequence, ReadOnlySpan<byte> body)
{
    internal const ushort TypeError = 2;
    internal const ushort TypeDone = 3;

    public ushort Type { get; } = type;

    public NetlinkFlags Flags { get; } = flags;

    /// <summary>The sequence number of the request it answers; 0 in notifications.</summary>
    public uint Sequence { get; } = sequence;

    /// <summary>All after the netlink header.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;
}
