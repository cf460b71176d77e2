using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// A block of addresses on an ENI: one secondary address, or a /28 prefix. What counts against EC2's limits; its addresses are
/// what counts for targets. Which are taken is a bitmap.
/// </summary>
public sealed class Block
{
    /// <summary>Addresses in a /28 prefix; pods may use all of them.</summary>
    public const int PrefixSize = 16;

    private readonly uint _first;
    private ushort _assigned;
    private ushort _cooling;

    internal Block(Eni eni, IPNetwork network, TimeSpan now)
    {
        Eni = eni;
        Network = network;
        Since = now;
        _first = Number(network.BaseAddress);
        Size = network.PrefixLength == 32 ? 1 : PrefixSize;
        Rank = new Rank<Block>(this);
    }

    public Eni Eni { get; }

    public IPNetwork Network { get; }

    /// <summary>1 or 16.</summary>
    public int Size { get; }

    /// <summary>Being given back to EC2: nobody gets an address of it any more.</summary>
    public bool Leaving { get; internal set; }

    /// <summary>Its ENI does not carry it any more.</summary>
    internal bool Removed { get; set; }

    /// <summary>Since when it is known to be on its ENI: a look shows it only if it is later than that by its lag.</summary>
    internal TimeSpan Since { get; }

    /// <summary>What IMDS says of it.</summary>
    internal Showing Showing { get; set; }

    /// <summary>It may be gone, and only EC2 can tell.</summary>
    internal bool IsMissing => Showing is Showing.Missing or Showing.Unlisted;

    /// <summary>Looks at IMDS in a row that showed its ENI without it.</summary>
    internal Lack LooksWithout { get; set; }

    /// <summary>Its place among its ENI's blocks that have a free address.</summary>
    internal Rank<Block> Rank { get; }

    public int Assigned => BitOperations.PopCount(_assigned);

    public int Cooling => BitOperations.PopCount(_cooling);

    public int Free => IsMissing ? 0 : Size - BitOperations.PopCount((uint)(_assigned | _cooling));

    /// <summary>Addresses that would be free, if it is still there: IMDS does not show it.</summary>
    public int Missing => IsMissing ? Size - BitOperations.PopCount((uint)(_assigned | _cooling)) : 0;

    /// <summary>Nothing of it is in use or cooling.</summary>
    public bool Idle => (_assigned | _cooling) == 0;

    /// <summary>True for the two sizes that EC2 gives for IPv4.</summary>
    public static bool IsOne(IPNetwork network) =>
        network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && network.PrefixLength is 32 or 28;

    internal static uint Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    internal IPAddress At(int offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _first + (uint)offset);
        return new IPAddress(bytes);
    }

    internal int Offset(IPAddress address) => (int)(Number(address) - _first);

    internal int FirstFree() => BitOperations.TrailingZeroCount(~(uint)(_assigned | _cooling));

    internal bool IsAssigned(int offset) => (_assigned >> offset & 1) != 0;

    internal bool IsCooling(int offset) => (_cooling >> offset & 1) != 0;

    internal void SetAssigned(int offset, bool value) => _assigned = Set(_assigned, offset, value);

    internal void SetCooling(int offset, bool value) => _cooling = Set(_cooling, offset, value);

    private static ushort Set(ushort bits, int offset, bool value) =>
        (ushort)(value ? bits | 1 << offset : bits & ~(1 << offset));
}
