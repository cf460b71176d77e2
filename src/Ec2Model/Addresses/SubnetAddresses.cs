using System.Net;

namespace AwsVpcCni.Ec2Model.Addresses;

/// <summary>
/// Who has which address of one subnet. Single addresses are drawn at random among the free ones, so they fragment the subnet;
/// prefixes are whole aligned /28 blocks (ec2-facts.md §4). Reservations keep parts of it for one use.
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
    private readonly FreeAddresses[] _free;
    private readonly int[] _placeInFree;
    private readonly AddressUse[] _uses;
    private readonly int[] _takenInBlock;
    private readonly Dictionary<int, string> _owners = [];
    private readonly Dictionary<int, string> _prefixOwners = [];
    private int _keptForPrefixes;

    public SubnetAddresses(IPNetwork cidr, Random random)
    {
        Cidr = cidr;
        _base = Ipv4.Number(cidr.BaseAddress);
        _size = 1 << (32 - cidr.PrefixLength);
        _random = random;
        _placeInFree = new int[_size];
        _free = [new(_placeInFree), new(_placeInFree), new(_placeInFree)];
        _uses = new AddressUse[_size];
        _takenInBlock = new int[_size / PrefixSize];
        for (var offset = 0; offset < _size; offset++)
        {
            if (IsReserved(offset))
            {
                _placeInFree[offset] = -1;
                _takenInBlock[offset / PrefixSize]++;
            }
            else
            {
                _free[(int)AddressUse.Any].Add(offset);
            }
        }
    }

    public IPNetwork Cidr { get; }

    /// <summary>Free addresses, those of free blocks and of reservations included.</summary>
    public int Free => _free.Sum(list => list.Count);

    /// <summary>What EC2 tells: free addresses in a prefix reservation are not available, those in an explicit one are (VPC guide).</summary>
    public int Available => Free - FreeFor(AddressUse.Prefixes);

    public int FreeFor(AddressUse use) => _free[(int)use].Count;

    /// <summary>Whether EC2 picks its prefixes out of reservations.</summary>
    public bool HasPrefixReservation => _keptForPrefixes > 0;

    /// <summary>Aligned /28 blocks of which every address is free and kept for this use.</summary>
    public int WholeBlocks(AddressUse use) => Enumerable.Range(0, _takenInBlock.Length).Count(block => IsWhole(block, use));

    /// <summary>From now on these addresses are for this use; what is taken stays taken.</summary>
    public void Keep(IPNetwork block, AddressUse use)
    {
        var first = Offset(block.BaseAddress);
        for (var offset = first; offset < first + (1 << (32 - block.PrefixLength)); offset++)
        {
            if (_placeInFree[offset] >= 0)
            {
                _free[(int)_uses[offset]].Remove(offset);
                _free[(int)use].Add(offset);
            }

            _keptForPrefixes += (use == AddressUse.Prefixes ? 1 : 0) - (_uses[offset] == AddressUse.Prefixes ? 1 : 0);
            _uses[offset] = use;
        }
    }

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
    /// <param name="anyUse">Also out of reservations.</param>
    public IPAddress TakeAny(string owner, bool anyUse)
    {
        var offset = anyUse ? AnyFree(_random.Next(Free)) : _free[(int)AddressUse.Any][_random.Next(FreeFor(AddressUse.Any))];
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

    /// <summary>One whole block of this use at random; there must be one.</summary>
    public IPNetwork TakeAnyPrefix(string owner, AddressUse use)
    {
        var start = _random.Next(_takenInBlock.Length);
        for (var i = 0; i < _takenInBlock.Length; i++)
        {
            var block = (start + i) % _takenInBlock.Length;
            if (!IsWhole(block, use))
                continue;

            var prefix = new IPNetwork(Ipv4.Address(_base + (uint)(block * PrefixSize)), 28);
            TakePrefix(prefix, owner);
            return prefix;
        }

        throw new InvalidOperationException($"{Cidr} has no whole /28 for {use}");
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

    private bool IsWhole(int block, AddressUse use)
    {
        if (_takenInBlock[block] != 0)
            return false;

        return !_uses.AsSpan(block * PrefixSize, PrefixSize).ContainsAnyExcept(use);
    }

    private int AnyFree(int index)
    {
        foreach (var list in _free)
        {
            if (index < list.Count)
                return list[index];

            index -= list.Count;
        }

        throw new InvalidOperationException($"{Cidr} has no free address");
    }

    private void Take(int offset)
    {
        if (_placeInFree[offset] < 0)
            throw new InvalidOperationException($"{Ipv4.Address(_base + (uint)offset)} is not free");

        _free[(int)_uses[offset]].Remove(offset);
        _takenInBlock[offset / PrefixSize]++;
    }

    private void Give(int offset)
    {
        _free[(int)_uses[offset]].Add(offset);
        _takenInBlock[offset / PrefixSize]--;
    }
}
