using System.Net;

namespace AwsVpcCni.Ec2Model.Addresses;

/// <summary>
/// Who has which address of one subnet. Single addresses are drawn at random among the free ones, so they fragment the subnet;
/// prefixes are whole aligned /28 blocks (ec2-facts.md §4).
/// </summary>
/// <remarks>Taking and giving back one address costs the same in a /28 and in a /16.</remarks>
internal sealed class SubnetAddresses
{
    public const int PrefixSize = 16;

    /// <summary>The network address, the router, DNS and one for future use at the front; the broadcast address at the end.</summary>
    private const int ReservedAtFront = 4;

    private readonly uint _base;
    private readonly int _size;
    private readonly Random _random;
    private readonly int[] _free;
    private readonly int[] _placeInFree;
    private readonly int[] _takenInBlock;
    private readonly Dictionary<int, string> _owners = [];
    private readonly Dictionary<int, string> _prefixOwners = [];

    public SubnetAddresses(IPNetwork cidr, Random random)
    {
        Cidr = cidr;
        _base = Ipv4.Number(cidr.BaseAddress);
        _size = 1 << (32 - cidr.PrefixLength);
        _random = random;
        _free = new int[_size];
        _placeInFree = new int[_size];
        _takenInBlock = new int[_size / PrefixSize];
        WholeBlocks = _takenInBlock.Length;
        for (var offset = 0; offset < _size; offset++)
        {
            if (IsReserved(offset))
            {
                _placeInFree[offset] = -1;
                CountTaken(offset);
            }
            else
            {
                AddFree(offset);
            }
        }
    }

    public IPNetwork Cidr { get; }

    /// <summary>Free addresses, those of free blocks included.</summary>
    public int Free { get; private set; }

    /// <summary>Aligned /28 blocks of which every address is free.</summary>
    public int WholeBlocks { get; private set; }

    public bool IsReserved(IPAddress address) => Cidr.Contains(address) && IsReserved(Offset(address));

    public bool IsFree(IPAddress address) => Cidr.Contains(address) && _placeInFree[Offset(address)] >= 0;

    /// <summary>The ENI that has this address as a single one; null if none has.</summary>
    public string? OwnerOf(IPAddress address) => Cidr.Contains(address) ? _owners.GetValueOrDefault(Offset(address)) : null;

    /// <summary>The ENI that has exactly this prefix; null if none has.</summary>
    public string? OwnerOf(IPNetwork prefix) =>
        prefix.PrefixLength == 28 && Cidr.Contains(prefix.BaseAddress) ? _prefixOwners.GetValueOrDefault(Offset(prefix.BaseAddress)) : null;

    public bool IsFree(IPNetwork prefix) =>
        prefix.PrefixLength == 28 && Cidr.Contains(prefix.BaseAddress) && _takenInBlock[Offset(prefix.BaseAddress) / PrefixSize] == 0;

    /// <summary>One free address at random; there must be one.</summary>
    public IPAddress TakeAny(string owner)
    {
        if (Free == 0)
            throw new InvalidOperationException($"{Cidr} has no free address");

        var offset = _free[_random.Next(Free)];
        Take(offset);
        _owners.Add(offset, owner);
        return Ipv4.Address(_base + (uint)offset);
    }

    /// <summary>This address, which must be free.</summary>
    public void Take(IPAddress address, string owner)
    {
        Take(Offset(address));
        _owners.Add(Offset(address), owner);
    }

    public void Release(IPAddress address)
    {
        if (!_owners.Remove(Offset(address)))
            throw new InvalidOperationException($"{address} is nobody's");

        Give(Offset(address));
    }

    /// <summary>The address keeps being taken and changes hands.</summary>
    public void Move(IPAddress address, string owner) => _owners[Offset(address)] = owner;

    /// <summary>One whole block at random; there must be one.</summary>
    public IPNetwork TakeAnyPrefix(string owner)
    {
        var start = _random.Next(_takenInBlock.Length);
        for (var i = 0; i < _takenInBlock.Length; i++)
        {
            var block = (start + i) % _takenInBlock.Length;
            if (_takenInBlock[block] != 0)
                continue;

            var prefix = new IPNetwork(Ipv4.Address(_base + (uint)(block * PrefixSize)), 28);
            TakePrefix(prefix, owner);
            return prefix;
        }

        throw new InvalidOperationException($"{Cidr} has no whole /28");
    }

    /// <summary>This block, which must be free.</summary>
    public void TakePrefix(IPNetwork prefix, string owner)
    {
        var first = Offset(prefix.BaseAddress);
        for (var offset = first; offset < first + PrefixSize; offset++)
            Take(offset);

        _prefixOwners.Add(first, owner);
    }

    public void ReleasePrefix(IPNetwork prefix)
    {
        var first = Offset(prefix.BaseAddress);
        if (!_prefixOwners.Remove(first))
            throw new InvalidOperationException($"{prefix} is nobody's");

        for (var offset = first; offset < first + PrefixSize; offset++)
            Give(offset);
    }

    private int Offset(IPAddress address) => (int)(Ipv4.Number(address) - _base);

    private bool IsReserved(int offset) => offset < ReservedAtFront || offset == _size - 1;

    private void Take(int offset)
    {
        var place = _placeInFree[offset];
        if (place < 0)
            throw new InvalidOperationException($"{Ipv4.Address(_base + (uint)offset)} is not free");

        var last = _free[--Free];
        _free[place] = last;
        _placeInFree[last] = place;
        _placeInFree[offset] = -1;
        CountTaken(offset);
    }

    private void Give(int offset)
    {
        AddFree(offset);
        if (--_takenInBlock[offset / PrefixSize] == 0)
            WholeBlocks++;
    }

    private void AddFree(int offset)
    {
        _placeInFree[offset] = Free;
        _free[Free++] = offset;
    }

    private void CountTaken(int offset)
    {
        if (_takenInBlock[offset / PrefixSize]++ == 0)
            WholeBlocks--;
    }
}
