namespace AwsVpcCni.WarmPool.Model;

public sealed partial class Pool
{
    /// <summary>Why growth stands still, <c>cannot grow: …</c>; null when it does not.</summary>
    public string? CannotGrow => Notes.CannotGrow;

    internal TimeSpan GrowsAgainIn(TimeSpan now) => Notes.CannotGrowUntil > now ? Notes.CannotGrowUntil - now : TimeSpan.Zero;

    /// <summary>The pool in numbers.</summary>
    public PoolCounters Count(InstanceLimits limits, WarmTargets targets)
    {
        var totals = Totals();
        int attached = 0, prefixBlocks = 0;
        foreach (var eni in _enis)
        {
            if (eni is { GivesAddresses: true, State: >= EniState.Attached and < EniState.Detaching })
                attached++;
            prefixBlocks += eni.Gives ? eni.Prefixes : 0;
        }

        var most = Headroom.MostEnis(limits, targets);
        return new PoolCounters(
            attached, most, totals.Total, most * Headroom.AddressesPerEni(limits, targets), _owners.Count, totals.Cooling, totals.Free,
            Line.Waiting, Line.Lingering, totals.Coming, prefixBlocks, Running, CannotGrow)
        {
            SinglesInstead = Notes.SinglesInstead,
        };
    }

    /// <summary>All of it, copied.</summary>
    public PoolView View(PoolCounters counters, TimeSpan now) => new(
        counters,
        [.. _enis.Select(eni => View(eni, now))],
        [.. _allocations.Values.Select(allocation => new PodView(
            allocation.Key, allocation.Name, allocation.Addresses, allocation.At.Wall,
            [.. allocation.Addresses.Where(address => BlockOf(address) is null)]))],
        [.. Line.All.Select(wish => new WaitingView(wish.Key, wish.Name, now - wish.Since, wish.Until < TimeSpan.MaxValue))],
        [.. Holds.All.Where(hold => hold.Until > now).Select(hold => new HoldView(hold.Text, hold.Until - now, hold.Attempts))]);

    private EniView View(Eni eni, TimeSpan now) => new(
        eni.Id, eni.Role, eni.State, eni.GivesAddresses, eni.MacAddress, eni.NetworkCard, eni.DeviceIndex, eni.SubnetId,
        eni.PrimaryAddress, eni.Doubt?.Why, eni.Running?.GetType().Name, [.. eni.Blocks.Select(block => View(block, now))]);

    private BlockView View(Block block, TimeSpan now)
    {
        var addresses = new List<AddressView>();
        for (var offset = 0; offset < block.Size; offset++)
        {
            if (!block.IsAssigned(offset) && !block.IsCooling(offset))
                continue;
            var address = block.At(offset);
            addresses.Add(new AddressView(
                address, Owner(address)?.Key, _cooling.TryGetValue(address, out var until) && until > now ? until - now : null));
        }

        return new BlockView(block.Network, block.Leaving, block.IsMissing, addresses);
    }
}
