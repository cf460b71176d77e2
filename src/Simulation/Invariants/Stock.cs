using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>
/// What a node at rest holds, against its targets. Written from the settings' documentation, not from the planner: limits count
/// blocks, targets count addresses, and a prefix is given back whole or not at all.
/// </summary>
internal sealed class Stock
{
    private readonly InstanceLimits _limits;
    private readonly WarmTargets _targets;
    private readonly int _total;
    private readonly int _free;
    private readonly int _unopened;
    private readonly int _idleSingles;
    private readonly int _singles;
    private readonly int _apart;
    private readonly int _slotsLeft;
    private readonly EniView? _idleEni;
    private readonly int _idleOnIt;

    public Stock(PoolView view, InstanceLimits limits, WarmTargets targets)
    {
        (_limits, _targets) = (limits, targets);
        (_total, _free) = (view.Counters.Total, view.Counters.Free);
        var giving = view.Enis.Where(static eni => eni.GivesAddresses).ToList();
        var idle = giving.SelectMany(static eni => eni.Blocks).Where(static block => block.Addresses.Count == 0).ToList();
        _unopened = idle.Count(static block => block.Block.PrefixLength == 28);
        _idleSingles = idle.Count - _unopened;
        _singles = giving.Sum(static eni => eni.Blocks.Count(static block => block.Block.PrefixLength == 32));
        // Pods there count towards maxPods, and so does all that an ENI holds which goes with its last pod.
        _apart = view.Enis.Where(static eni => eni.State == EniState.Draining).Sum(static eni => eni.Blocks.Sum(static block => LimitsWatch.AddressesOf(block.Block)))
            + view.Enis.Where(static eni => eni is { State: < EniState.Draining, GivesAddresses: false })
                .Sum(static eni => eni.Blocks.Sum(static block => block.Addresses.Count(static address => address.Owner is not null)));
        var enis = targets.MaxEni is > 0 and { } max ? Math.Min(max, limits.EnisPerCard[0]) : limits.EnisPerCard[0];
        _slotsLeft = (Math.Max(0, enis - view.Enis.Count) * limits.BlocksPerEni) + giving.Sum(eni => limits.BlocksPerEni - eni.Blocks.Count);
        _idleEni = giving.FirstOrDefault(static eni => eni.Role == EniRole.Secondary && eni.Blocks.All(static block => block.Addresses.Count == 0));
        _idleOnIt = _idleEni?.Blocks.Sum(static block => LimitsWatch.AddressesOf(block.Block)) ?? 0;
    }

    private bool ByPrefixes => _targets is { Prefixes: true, CountsAddresses: false };

    /// <param name="emptyEniStays">The node is short of addresses and waits for them.</param>
    /// <returns>What should have been given back; null when there is nothing.</returns>
    public string? Surplus(bool emptyEniStays)
    {
        if (_idleEni is { Blocks.Count: 0 } && !emptyEniStays)
            return $"{_idleEni.Id} has no address and should go";
        if (_targets.CountsAddresses)
        {
            var spare = _total - Math.Max(_total - _free + (_targets.WarmIp ?? 0), _targets.MinimumIp ?? 0);
            return spare >= Block.PrefixSize && _unopened > 0 ? $"{spare} addresses too many, and an empty prefix among them"
                : spare > 0 && _idleSingles > 0 ? $"{spare} addresses too many, and single ones among them"
                : null;
        }

        if (ByPrefixes)
        {
            var warm = _targets.WarmPrefix ?? 0;
            return _unopened > warm ? $"{_unopened} prefixes are empty, and WARM_PREFIX_TARGET is {warm}"
                : _unopened == warm && _idleSingles > 0 ? $"{_idleSingles} single addresses are idle beside prefixes"
                : null;
        }

        var target = _targets.WarmEni * _limits.BlocksPerEni;
        return _idleEni is not null && _free - _idleOnIt >= target && _free >= target + _limits.BlocksPerEni
                ? $"{_idleEni.Id} is idle, {_free} are free and {target} is the target: it should go"
            : _unopened > 0 && _free - Block.PrefixSize >= target ? $"a prefix is empty, {_free} are free and {target} is the target"
            : null;
    }

    /// <param name="mixed">Slots that pods keep for another kind of block count for less.</param>
    /// <returns>What should have been asked for; null when there is nothing.</returns>
    public string? Shortage(bool mixed)
    {
        if (_total + _apart >= _limits.MaxPods || _slotsLeft == 0)
            return null;
        if (ByPrefixes)
        {
            // Where no prefix is to be had, as many single addresses stand in for it.
            var warm = _targets.WarmPrefix ?? 0;
            return _unopened >= warm || _free >= warm * Block.PrefixSize || KeepsOneSlot(Math.Min(warm * Block.PrefixSize - _free, _limits.MaxPods - _apart - _total)) ? null : $"{_unopened} prefixes are empty and {_free} addresses free, WARM_PREFIX_TARGET is {warm}";
        }

        var target = _targets.CountsAddresses
            ? Math.Max(_total - _free + (_targets.WarmIp ?? 0), _targets.MinimumIp ?? 0)
            : _total - _free + (_targets.WarmEni * _limits.BlocksPerEni);
        return _total >= Math.Min(target, _limits.MaxPods - _apart) || (mixed && _free > 0) || KeepsOneSlot(Math.Min(target, _limits.MaxPods - _apart) - _total)
            ? null
            : $"{_total} addresses, and the target is {target}";
    }

    // Where single addresses stand in for prefixes, and all of them would not be enough, one slot is kept to try a prefix in.
    private bool KeepsOneSlot(int missing) => _targets.Prefixes && _slotsLeft == 1 && missing > 1 && _singles > 0 && _free > 0;
}
