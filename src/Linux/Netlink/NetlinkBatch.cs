using System.Runtime.InteropServices;

namespace AwsVpcCni.Linux.Netlink;

/// <summary>
/// Requests to the kernel, built one after the other into one buffer and sent with one call. Reusable: <see cref="Clear"/> keeps
/// the buffer, so a batch that has grown to its size allocates nothing any more.
/// </summary>
/// <remarks>
/// The kernel handles the messages in order and goes on after one that fails. Sequence numbers are the socket's business: it
/// writes them when it sends.
/// </remarks>
public sealed class NetlinkBatch
{
    internal const int HeaderSize = 16;
    private const int MaximumSize = 1 << 20;
    private const int HighestAccepted = 127;

    private byte[] _buffer;
    private int _length;
    private Entry[] _entries = new Entry[8];

    /// <param name="capacity">Bytes to begin with; the buffer grows up to 1 MiB.</param>
    public NetlinkBatch(int capacity = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, HeaderSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaximumSize);
        _buffer = new byte[capacity];
    }

    /// <summary>How many messages it holds.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes as they will be sent.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Forgets the messages, keeps the buffer.</summary>
    public void Clear()
    {
        _length = 0;
        Count = 0;
    }

    /// <summary>One whole message, header included.</summary>
    public ReadOnlySpan<byte> Message(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _buffer.AsSpan(_entries[index].Offset, EndOf(index) - _entries[index].Offset);
    }

    /// <summary>What the kernel answered to this message in the last send; <see cref="Errno.None"/> when it did it.</summary>
    public Errno ErrorOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _entries[index].Error;
    }

    /// <summary>Begins a message; what follows goes through the returned value until the next message begins.</summary>
    /// <param name="type">nlmsg_type.</param>
    /// <param name="flags">Beyond Request and Ack, which every message carries (a dump: only Request).</param>
    /// <param name="body">The fixed structure that the type calls for.</param>
    public NetlinkRequest Begin(ushort type, NetlinkFlags flags, ReadOnlySpan<byte> body)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);
        _entries[Count] = new Entry { Offset = _length };
        Count++;

        // A dump ends with its own DONE message; an acknowledgement on top would be one reply too many.
        var isDump = (flags & NetlinkFlags.Dump) == NetlinkFlags.Dump && (flags & NetlinkFlags.Create) == 0;
        var header = Grow(HeaderSize);
        MemoryMarshal.Write(header[4..], type);
        MemoryMarshal.Write(header[6..], (ushort)(flags | NetlinkFlags.Request | (isDump ? 0 : NetlinkFlags.Ack)));
        body.CopyTo(Grow(body.Length));
        return new NetlinkRequest(this, Count - 1);
    }

    /// <summary>Begins a message that asks for no acknowledgement: the kernel answers to it only when it refuses it.</summary>
    internal NetlinkRequest BeginSilent(ushort type, ReadOnlySpan<byte> body)
    {
        var request = Begin(type, NetlinkFlags.None, body);
        MemoryMarshal.Write(_buffer.AsSpan(_entries[request.Index].Offset + 6), (ushort)NetlinkFlags.Request);
        _entries[request.Index].IsSilent = true;
        return request;
    }

    /// <inheritdoc cref="Begin(ushort,NetlinkFlags,ReadOnlySpan{byte})"/>
    internal NetlinkRequest Begin<T>(ushort type, NetlinkFlags flags, in T body)
        where T : unmanaged => Begin(type, flags, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in body)));

    internal void Put(int message, ushort type, ReadOnlySpan<byte> value) => value.CopyTo(Reserve(message, type, value.Length));

    /// <summary>An attribute's value, zeroed, to be written by the caller.</summary>
    internal Span<byte> Reserve(int message, ushort type, int length)
    {
        if (message != Count - 1)
            throw new InvalidOperationException("only the last message of a batch can still be written to");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ushort.MaxValue - 4);
        var attribute = Grow(4 + length);
        MemoryMarshal.Write(attribute, (ushort)(4 + length));
        MemoryMarshal.Write(attribute[2..], type);
        return attribute[4..];
    }

    /// <summary>Raw bytes without an attribute header: the ifinfomsg inside VETH_INFO_PEER is one.</summary>
    internal Span<byte> ReserveRaw(int message, int length)
    {
        if (message != Count - 1)
            throw new InvalidOperationException("only the last message of a batch can still be written to");
        return Grow(length);
    }

    internal int Position => _length;

    internal void EndNest(int start)
    {
        var length = _length - start;
        if (length > ushort.MaxValue)
            throw new InvalidOperationException("a nested attribute holds at most 65535 bytes");
        MemoryMarshal.Write(_buffer.AsSpan(start), (ushort)length);
    }

    internal void Accept(int message, Errno error)
    {
        ArgumentOutOfRangeException.ThrowIfNegative((int)error);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)error, HighestAccepted);
        _entries[message].Accepted |= UInt128.One << (int)error;
    }

    /// <summary>Whether the last send left this message refused, and its sender had not said that this is fine.</summary>
    internal bool Failed(int index) =>
        _entries[index].Error is var error && error != Errno.None
        && ((int)error > HighestAccepted || (_entries[index].Accepted >> (int)error & UInt128.One) == UInt128.Zero);

    internal bool IsSilent(int index) => _entries[index].IsSilent;

    internal void SetError(int index, Errno error) => _entries[index].Error = error;

    internal ReadOnlySpan<byte> Range(int first, int count) =>
        _buffer.AsSpan(_entries[first].Offset, EndOf(first + count - 1) - _entries[first].Offset);

    internal void SetSequence(int index, uint sequence)
    {
        MemoryMarshal.Write(_buffer.AsSpan(_entries[index].Offset + 8), sequence);
        _entries[index].Error = Errno.None;
    }

    private int EndOf(int index) => index + 1 < Count ? _entries[index + 1].Offset : _length;

    private Span<byte> Grow(int length)
    {
        // nlmsg_len and nla_len say where the content ends, the next thing begins at a multiple of four.
        var aligned = (length + 3) & ~3;
        var needed = _length + aligned;
        if (needed > MaximumSize)
            throw new InvalidOperationException($"a batch holds at most {MaximumSize} bytes");
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, Math.Min(MaximumSize, Math.Max(_buffer.Length * 2, needed)));
        var span = _buffer.AsSpan(_length, aligned);
        span.Clear();
        _length = needed;
        var offset = _entries[Count - 1].Offset;
        MemoryMarshal.Write(_buffer.AsSpan(offset), (uint)(_length - offset));
        return span[..length];
    }

    private struct Entry
    {
        public int Offset;

        /// <summary>A bit for each.</summary>
        public UInt128 Accepted;
        public Errno Error;
        public bool IsSilent;
    }
}
