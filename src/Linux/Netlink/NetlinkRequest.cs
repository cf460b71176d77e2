using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace AwsVpcCni.Linux.Netlink;

/// <summary>The last message of a batch while its attributes are being written.</summary>
public readonly struct NetlinkRequest
{
    private readonly NetlinkBatch _batch;

    internal NetlinkRequest(NetlinkBatch batch, int index)
    {
        _batch = batch;
        Index = index;
    }

    /// <summary>Its place in the batch.</summary>
    public int Index { get; }

    /// <summary>What the kernel answered to it in the last send.</summary>
    public Errno Error => _batch.ErrorOf(Index);

    public NetlinkRequest Put(ushort type, ReadOnlySpan<byte> value)
    {
        _batch.Put(Index, type, value);
        return this;
    }

    public NetlinkRequest Put(ushort type, uint value)
    {
        MemoryMarshal.Write(_batch.Reserve(Index, type, sizeof(uint)), value);
        return this;
    }

    public NetlinkRequest Put(ushort type, int value) => Put(type, unchecked((uint)value));

    /// <summary>In network order, as nfnetlink's numbers are.</summary>
    public NetlinkRequest PutBig(ushort type, uint value) => Put(type, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value));

    /// <summary>The text in UTF-8 with a NUL at its end.</summary>
    public NetlinkRequest Put(ushort type, string value)
    {
        var text = _batch.Reserve(Index, type, Encoding.UTF8.GetByteCount(value) + 1);
        Encoding.UTF8.GetBytes(value, text);
        return this;
    }

    /// <summary>Four or sixteen bytes, in network order.</summary>
    public NetlinkRequest Put(ushort type, IPAddress value)
    {
        var isV4 = value.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        value.TryWriteBytes(_batch.Reserve(Index, type, isV4 ? 4 : 16), out _);
        return this;
    }

    public NetlinkRequest Put(ushort type, MacAddress value)
    {
        value.CopyTo(_batch.Reserve(Index, type, MacAddress.Size));
        return this;
    }

    /// <summary>Opens an attribute that holds attributes; it ends when the returned value is disposed.</summary>
    public NetlinkNest Nest(ushort type)
    {
        var start = _batch.Position;
        _batch.Reserve(Index, type, 0);
        return new NetlinkNest(_batch, start);
    }

    /// <summary>Makes this error of this message a success: EEXIST of what may be there, ENOENT of what may be gone.</summary>
    public NetlinkRequest Accept(Errno error)
    {
        _batch.Accept(Index, error);
        return this;
    }

    /// <summary>A structure without an attribute header: the ifinfomsg inside VETH_INFO_PEER is one.</summary>
    internal void PutRaw<T>(in T value)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        bytes.CopyTo(_batch.ReserveRaw(Index, bytes.Length));
    }
}

/// <summary>An open nested attribute.</summary>
public readonly ref struct NetlinkNest
{
    private readonly NetlinkBatch _batch;
    private readonly int _start;

    internal NetlinkNest(NetlinkBatch batch, int start)
    {
        _batch = batch;
        _start = start;
    }

    /// <summary>Closes it: its length is known now.</summary>
    public void Dispose() => _batch.EndNest(_start);
}
