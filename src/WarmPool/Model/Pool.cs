using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// The node's addresses: cards &gt; ENIs &gt; blocks &gt; addresses, who owns them, who waits, what is under way. One owner changes it,
/// with events and the time they happened at; it knows nothing of EC2, the host or the disk.
/// </summary>
/// <param name="incarnation">Distinguishes this run's client tokens from every other's; at most 40 ASCII characters.</param>
public sealed partial class Pool(string incarnation)
{
    private readonly List<Eni> _enis = [];
    private readonly Packing _packing = new();
    private readonly Dictionary<PodKey, Allocation> _allocations = [];
    private readonly Dictionary<IPAddress, Allocation> _owners = [];
    private readonly Dictionary<IPAddress, TimeSpan> _cooling = [];
    private readonly PriorityQueue<IPAddress, TimeSpan> _coolingEnds = new();
    private readonly HashSet<IPAddress> _keptBack = [];
    private readonly Dictionary<uint, Block> _singles = [];
    private readonly Dictionary<uint, Block> _prefixes = [];
    private int _lastNumber;

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<Eni> Enis => _enis;

    public WaitingLine Line { get; } = new();

    public Holds Holds { get; } = new();

    /// <summary>What new ENIs are made of; null while unknown.</summary>
    public EniTemplate? Template { get; set; }

    /// <summary>Why <see cref="Template"/> is null, for people.</summary>
    public string NoTemplate { get; set; } = "the subnet and security groups for new ENIs are not known";

    /// <summary>False: nothing is asked of EC2, the pool lives with what is attached.</summary>
    public bool Provisions { get; set; } = true;

    /// <summary>How far EC2's Describe may lag behind its writes: a doubt ends when two looks this far apart agree.</summary>
    public TimeSpan DescribeLag { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Grows with every change that must survive a crash.</summary>
    public long Version { get; private set; }

    public IReadOnlyCollection<Allocation> Allocations => _allocations.Values;

    /// <summary>Addresses that cool, and until when (monotonic).</summary>
    public IReadOnlyDictionary<IPAddress, TimeSpan> Cooling => _cooling;

    /// <summary>Addresses that have an owner, on an ENI of ours or not.</summary>
    public int Assigned => _owners.Count;

    /// <summary>ENIs that somebody took away from under pods, since the start.</summary>
    public int LostEnis { get; private set; }

    /// <summary>Addresses that somebody took away from under pods, since the start.</summary>
    public int LostAddresses { get; private set; }

    /// <summary>ENI and host actions under way.</summary>
    public int Running => _enis.Count(static eni => eni.Running is not null) + (Looking ? 1 : 0) + Slow.Running.Count;

    internal PlannerNotes Notes { get; } = new();

    internal bool Looking { get; set; }

    internal Eni? ByNumber(int number) => _enis.Find(eni => eni.Number == number);

    public Eni? ById(EniId id) => _enis.Find(eni => eni.Id == id);

    /// <summary>How many addresses <see cref="Unlisted"/> would list.</summary>
    public int UnlistedCount { get; private set; }

    /// <summary>What the pool adds up to, as growth sees it. Costs a glance at each ENI, not at its addresses.</summary>
    public PoolTotals Totals()
    {
        int free = 0, asked = 0, cool = 0, coming = 0, total = 0, taken = 0, apart = 0;
        int unopened = 0, unopenedComing = 0, freeInUnopened = 0, idlePrefixes = 0, idleSingles = 0;
        foreach (var eni in _enis)
        {
            if (eni.Gives)
            {
                free += eni.Free;
                asked += eni.Doubt is { FromOutside: true } ? eni.Missing : 0;
                cool += eni.Cooling;
                total += eni.Total;
                unopened += eni.Unopened;
                freeInUnopened += eni.FreeInUnopened;
                idlePrefixes += eni.IdlePrefixes;
                idleSingles += eni.IdleSingles;
            }
            else if (eni is { GivesAddresses: true, State: < EniState.Routed })
            {
                coming += eni.Arriving ? eni.Free + eni.Cooling : 0;
                taken += eni.Assigned;
                unopenedComing += eni.Arriving ? eni.Unopened : 0;
            }
            else if (eni.State < EniState.Detaching)
            {
                apart += eni.Assigned;
            }

            coming += eni.Ordered.Capacity;
            unopenedComing += eni.Ordered.Prefixes;
        }

        return new PoolTotals(Line.Count, free, cool, coming, total, taken)
        {
            Asked = asked,
            TakenApart = apart,
            Unopened = unopened,
            UnopenedComing = unopenedComing,
            KeptBack = _keptBack.Count == 0 ? 0 : _keptBack.Count(address => BlockOf(address) is { Leaving: false, Eni.Gives: true }),
            FreeInUnopened = freeInUnopened,
            IdlePrefixes = idlePrefixes,
            IdleSingles = idleSingles,
        };
    }

    /// <summary>
    /// Gives the key an address, or the one that it has. Null when nothing is free. Prefers the primary ENI, which stays anyway,
    /// then the ENI with most pods, so that the others empty out and can go.
    /// </summary>
    public Allocation? TryAssign(PodKey key, PodName? name, PoolTime now)
    {
        if (_allocations.TryGetValue(key, out var existing))
            return existing;

        if (_packing.Fullest(networkCard: 0)?.Pick() is not { } block)
            return null;

        Line.Leave(key);
        if (name is { } served)
            Line.Forget(served);
        return Own(key, name, [block.At(block.FirstFree())], now);
    }

    /// <summary>Takes a key's addresses back. Null when it has none.</summary>
    /// <param name="cooldown">How long they rest; null when no pod ever used them.</param>
    public Allocation? Release(PodKey key, TimeSpan now, TimeSpan? cooldown)
    {
        if (!_allocations.Remove(key, out var allocation))
            return null;

        Version++;
        foreach (var address in allocation.Addresses)
        {
            _owners.Remove(address);
            if (BlockOf(address) is { } block)
                block.Eni.SetAssigned(block, block.Offset(address), false);
            else
                UnlistedCount--;
            if (cooldown > TimeSpan.Zero)
                Cool(address, now + cooldown.Value);
        }

        return allocation;
    }

    public Allocation? Owner(PodKey key) => _allocations.GetValueOrDefault(key);

    public Allocation? Owner(IPAddress address) => _owners.GetValueOrDefault(address);

    /// <summary>The ENI that carries the address, or null.</summary>
    public Eni? EniOf(IPAddress address) => BlockOf(address)?.Eni;

    /// <summary>Frees what has cooled. Null, or when the next address will have.</summary>
    public TimeSpan? EndCooling(TimeSpan now)
    {
        while (_coolingEnds.TryPeek(out var address, out var end))
        {
            // An address that was released again meanwhile has a later entry of its own.
            if (_cooling.TryGetValue(address, out var until) && until == end)
            {
                if (end > now)
                    return end;
                EndCooling(address);
            }

            _coolingEnds.Dequeue();
        }

        return null;
    }

    /// <summary>Addresses with an owner that no ENI carries: kept from everybody else by having an owner.</summary>
    public IEnumerable<(PodKey Owner, IPAddress Address)> Unlisted() =>
        from allocation in _allocations.Values
        from address in allocation.Addresses
        where BlockOf(address) is null
        select (allocation.Key, address);

    internal Allocation Own(PodKey key, PodName? name, IReadOnlyList<IPAddress> addresses, PoolTime at)
    {
        var allocation = new Allocation(key, name, addresses, at) { Version = ++Version };
        _allocations.Add(key, allocation);
        foreach (var address in addresses)
        {
            _owners.Add(address, allocation);
            if (BlockOf(address) is { } block)
                block.Eni.SetAssigned(block, block.Offset(address), true);
            else
                UnlistedCount++;
        }

        return allocation;
    }

    internal void Cool(IPAddress address, TimeSpan until)
    {
        _cooling[address] = until;
        _coolingEnds.Enqueue(address, until);
        if (BlockOf(address) is { } block)
            block.Eni.SetCooling(block, block.Offset(address), true);
    }

    /// <summary>Nobody gets it before then.</summary>
    internal void KeepBack(IPAddress address, TimeSpan until)
    {
        if (!_cooling.TryGetValue(address, out var already))
            _keptBack.Add(address);
        if (already < until)
            Cool(address, until);
    }

    internal bool IsInOurSubnets(IPAddress address) =>
        Template?.SubnetCidr.Contains(address) == true || _enis.Exists(eni => eni.SubnetCidr?.Contains(address) == true);

    internal Block? BlockOf(IPAddress address)
    {
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
            return null;
        var number = Block.Number(address);
        return _singles.GetValueOrDefault(number) ?? _prefixes.GetValueOrDefault(number / Block.PrefixSize);
    }

    private void EndCooling(IPAddress address)
    {
        _cooling.Remove(address);
        _keptBack.Remove(address);
        if (BlockOf(address) is { } block)
            block.Eni.SetCooling(block, block.Offset(address), false);
    }
}
