namespace AwsVpcCni.WarmPool.Model;

/// <summary>What an ENI holds: its blocks, what pods have of them, and the sums that planning reads, kept as they change.</summary>
public sealed partial class Eni
{
    private readonly List<Block> _blocks = [];
    private readonly Ranking<Block> _withFree = new();

    public IReadOnlyList<Block> Blocks => _blocks;

    /// <summary>Addresses in blocks that stay.</summary>
    public int Total { get; private set; }

    public int Assigned { get; private set; }

    public int Cooling { get; private set; }

    /// <summary>Addresses that a pod could have, if the ENI is routed.</summary>
    public int Free { get; private set; }

    /// <summary>Addresses that would be free, if they are still there: IMDS does not show them.</summary>
    public int Missing { get; private set; }

    /// <summary>/28 blocks that stay.</summary>
    public int Prefixes { get; private set; }

    /// <summary>Prefixes that no pod has an address of.</summary>
    public int Unopened { get; private set; }

    /// <summary>Those of <see cref="Free"/> that are in unopened prefixes.</summary>
    public int FreeInUnopened { get; private set; }

    /// <summary>Prefixes that could be given back: no pod, nothing cooling.</summary>
    public int IdlePrefixes { get; private set; }

    /// <summary>Single addresses that could be given back.</summary>
    public int IdleSingles { get; private set; }

    /// <summary>Nobody uses it and nothing on it cools.</summary>
    public bool Idle => Assigned == 0 && Cooling == 0;

    internal void Add(Block block)
    {
        _blocks.Add(block);
        Count(block, 1);
        Rerank(block);
    }

    internal void Remove(Block block)
    {
        Count(block, -1);
        _blocks.Remove(block);
        block.Removed = true;
        Rerank(block);
    }

    internal void SetLeaving(Block block, bool leaving)
    {
        if (block.Leaving == leaving)
            return;
        Count(block, -1);
        block.Leaving = leaving;
        Count(block, 1);
        Rerank(block);
    }

    internal void SetShowing(Block block, Showing showing)
    {
        if (block.Showing == showing)
            return;
        Count(block, -1);
        block.Showing = showing;
        Count(block, 1);
        Rerank(block);
    }

    internal void SetAssigned(Block block, int offset, bool value)
    {
        Count(block, -1);
        block.SetAssigned(offset, value);
        Count(block, 1);
        Rerank(block);
    }

    internal void SetCooling(Block block, int offset, bool value)
    {
        Count(block, -1);
        block.SetCooling(offset, value);
        Count(block, 1);
        Rerank(block);
    }

    /// <summary>
    /// The block to give an address from: single addresses first, the one that rested longest; then the fullest prefix, so that
    /// the others empty out.
    /// </summary>
    internal Block? Pick() => _withFree.Highest;

    // A leaving block counts for nothing but its slot.
    private void Count(Block block, int sign)
    {
        if (block.Leaving)
            return;
        Total += sign * block.Size;
        Assigned += sign * block.Assigned;
        Cooling += sign * block.Cooling;
        Free += sign * block.Free;
        Missing += sign * block.Missing;
        if (block.Size == 1)
        {
            IdleSingles += block.Idle ? sign : 0;
            return;
        }

        Prefixes += sign;
        if (block.Assigned > 0)
            return;
        Unopened += sign;
        FreeInUnopened += sign * block.Free;
        IdlePrefixes += block.Idle ? sign : 0;
    }

    // Singles stand above every prefix; among equals the first to come is the first to go.
    private void Rerank(Block block)
    {
        _withFree.Put(block.Rank, block is { Leaving: false, Removed: false, Free: > 0 }
            ? block.Size == 1 ? Block.PrefixSize : Block.PrefixSize - block.Free
            : null);
        _packing.Update(this);
    }
}
