using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.Ec2Model.Addresses;

/// <summary>
/// Who has which IPv6 address of one subnet's /64: single addresses and whole /80 prefixes, both drawn at random. It is far too large to
/// run out of addresses, and has 65,534 prefixes: the first and the last /80 hold the addresses that EC2 keeps.
/// </summary>
internal sealed class SubnetIpv6Addresses
{
    public const int PrefixLength = 80;
    private const int Prefixes = 1 << (PrefixLength - 64);

    private readonly ulong _network;
    private readonly Random _random;
    private readonly Dictionary<ulong, string> _owners = [];
    private readonly Dictionary<int, int> _singlesIn = [];
    private readonly Dictionary<int, string> _prefixOwners = [];

    public SubnetIpv6Addresses(IPNetwork cidr, Random random)
    {
        Cidr = cidr;
        _network = Halves(cidr.BaseAddress).Network;
        _random = random;
    }

    public IPNetwork Cidr { get; }

    /// <summary>How many single addresses and how many prefixes are somebody's.</summary>
    public (int Addresses, int Prefixes) Taken => (_owners.Count, _prefixOwners.Count);

    /// <summary>The first four and the last address are EC2's.</summary>
    public static bool IsReserved(IPAddress address) => Halves(address).Host is < 4 or ulong.MaxValue;

    public string? OwnerOf(IPAddress address) => Cidr.Contains(address) ? _owners.GetValueOrDefault(Halves(address).Host) : null;

    public bool IsFree(IPAddress address)
    {
        var host = Halves(address).Host;
        return !IsReserved(address) && !_owners.ContainsKey(host) && !_prefixOwners.ContainsKey(Prefix(host));
    }

    public bool IsFree(IPNetwork prefix) => IsFree(Prefix(Halves(prefix.BaseAddress).Host));

    /// <summary>Null when there is none left.</summary>
    public IPNetwork? TakeAnyPrefix(string owner)
    {
        var start = _random.Next(Prefixes);
        for (var i = 0; i < Prefixes; i++)
        {
            var index = (start + i) % Prefixes;
            if (!IsFree(index))
                continue;

            var prefix = new IPNetwork(Address((ulong)index << 48), PrefixLength);
            TakePrefix(prefix, owner);
            return prefix;
        }

        return null;
    }

    /// <summary>Null when the prefixes leave no room.</summary>
    public IPAddress? TakeAny(string owner)
    {
        if (_prefixOwners.Count >= Prefixes - 2)
            return null;

        while (true)
        {
            var address = Address(unchecked((ulong)_random.NextInt64(long.MinValue, long.MaxValue)));
            if (!IsFree(address))
                continue;

            Take(address, owner);
            return address;
        }
    }

    /// <summary>This address, which must be free.</summary>
    public void Take(IPAddress address, string owner)
    {
        var host = Halves(address).Host;
        _owners.Add(host, owner);
        _singlesIn[Prefix(host)] = _singlesIn.GetValueOrDefault(Prefix(host)) + 1;
    }

    /// <summary>This prefix, which must be free.</summary>
    public void TakePrefix(IPNetwork prefix, string owner) => _prefixOwners.Add(Prefix(Halves(prefix.BaseAddress).Host), owner);

    public void Release(IPAddress address)
    {
        var host = Halves(address).Host;
        if (!_owners.Remove(host))
            throw new InvalidOperationException($"{address} is nobody's");

        _singlesIn[Prefix(host)]--;
    }

    public void ReleasePrefix(IPNetwork prefix)
    {
        if (!_prefixOwners.Remove(Prefix(Halves(prefix.BaseAddress).Host)))
            throw new InvalidOperationException($"{prefix} is nobody's");
    }

    private bool IsFree(int prefix) =>
        prefix is > 0 and < Prefixes - 1 && !_prefixOwners.ContainsKey(prefix) && _singlesIn.GetValueOrDefault(prefix) == 0;

    private static int Prefix(ulong host) => (int)(host >> 48);

    private IPAddress Address(ulong host)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _network);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], host);
        return new IPAddress(bytes);
    }

    private static (ulong Network, ulong Host) Halves(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || !address.TryWriteBytes(bytes, out _))
            throw new ArgumentException($"{address} is not an IPv6 address", nameof(address));

        return (BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }
}
