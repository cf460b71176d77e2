using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>A pod's link as the kernel tells it at start.</summary>
/// <param name="Key">From the link's alias; null on links that the original made.</param>
public sealed record LinkedPod(PodKey? Key, string HostVeth, IReadOnlyList<IPAddress> Addresses);

/// <summary>Who owned what before the restart: the checkpoint says, then the kernel; never IMDS.</summary>
public static class Recovery
{
    /// <summary>Network name of owners that only a link without an alias speaks for: no ADD or DEL can name them, the sweep ends them.</summary>
    public const string KernelOnly = "kernel";

    /// <param name="checkpoint">Null when there is none.</param>
    /// <param name="vethOf">The host veth's name of a pod; null when unknown.</param>
    /// <param name="links">Null when the kernel could not be asked: then only the checkpoint speaks.</param>
    /// <returns>Counts, and lines for people.</returns>
    public static Recovered Restore(
        Pool pool, Checkpoint? checkpoint, IReadOnlyList<LinkedPod>? links, Func<PodKey, PodName, string>? vethOf, string bootId,
        TimeSpan cooldown, PoolTime now)
    {
        var result = new Recovered();
        IReadOnlyList<IPAddress> left = checkpoint is null ? [] : RestoreAllocations(pool, checkpoint, links, vethOf, bootId, now, result);
        foreach (var link in links ?? [])
            RestoreLink(pool, link, now, result);
        // Last: what a link still routes is in use, whatever was written about its rest.
        if (checkpoint is not null)
            RestoreCooling(pool, checkpoint, bootId, cooldown, now);
        foreach (var address in left.Where(address => pool.Owner(address) is null))
            pool.Cool(address, now.Monotonic + cooldown);
        return result;
    }

    /// <summary>Gives nobody an address that has no owner now before it has rested: somebody may have left it a moment ago.</summary>
    public static void RestAll(Pool pool, TimeSpan until)
    {
        foreach (var eni in pool.Enis)
        {
            foreach (var block in eni.Blocks)
            {
                for (var offset = 0; offset < block.Size; offset++)
                {
                    if (!block.IsAssigned(offset))
                        pool.Cool(block.At(offset), until);
                }
            }
        }
    }

    /// <returns>Addresses whose pods are over: a moment ago perhaps.</returns>
    private static List<IPAddress> RestoreAllocations(
        Pool pool, Checkpoint checkpoint, IReadOnlyList<LinkedPod>? links, Func<PodKey, PodName, string>? vethOf, string bootId,
        PoolTime now, Recovered result)
    {
        // No sandbox outlives a boot, and a pool that remembers it would never give these addresses again.
        if (checkpoint.BootId is { } boot && boot != bootId)
        {
            result.Stale += checkpoint.Allocations.Count;
            if (checkpoint.Allocations.Count > 0)
                result.Lines.Add($"the checkpoint is of boot {boot}, not {bootId}: its {checkpoint.Allocations.Count} allocations are stale");
            return [];
        }

        // Two owners of one address cannot both be right: the later one is.
        var latest = new Dictionary<IPAddress, CheckpointAllocation>();
        foreach (var entry in checkpoint.Allocations)
        {
            if (latest.TryGetValue(entry.Address, out var other))
                result.Lines.Add($"{entry.Address} is in the checkpoint twice, for {other.Key} and {entry.Key}: the later one counts");
            if (other is null || other.At < entry.At)
                latest[entry.Address] = entry;
        }

        var left = new List<IPAddress>();
        foreach (var entries in latest.Values.GroupBy(static entry => entry.Key))
        {
            var first = entries.First();
            // The original's files do not tell of a reboot; there, as it does itself, a pod without a link is over.
            if (checkpoint.BootId is null && links is not null && !links.Any(link => Speaks(link, entries, vethOf)))
            {
                result.Stale++;
                left.AddRange(entries.Select(static entry => entry.Address));
                continue;
            }

            pool.Own(entries.Key, first.Name, [.. entries.Select(static entry => entry.Address)], now with { Wall = first.At }).Told = true;
            result.FromCheckpoint++;
        }

        return left;
    }

    private static bool Speaks(LinkedPod link, IEnumerable<CheckpointAllocation> entries, Func<PodKey, PodName, string>? vethOf) =>
        entries.Any(entry => link.Key == entry.Key || link.Addresses.Contains(entry.Address)
            || (link.Key is null && entry.Name is { } name && vethOf?.Invoke(entry.Key, name) == link.HostVeth));

    private static void RestoreCooling(Pool pool, Checkpoint checkpoint, string bootId, TimeSpan cooldown, PoolTime now)
    {
        foreach (var cooling in checkpoint.Cooling)
        {
            // Within one boot the monotonic clock is exact. Across boots the wall clock may have jumped: never more than a whole rest.
            var left = checkpoint.BootId == bootId ? cooling.UntilMonotonic - now.Monotonic : cooling.Until - now.Wall;
            if (left > cooldown)
                left = cooldown;
            if (left > TimeSpan.Zero && pool.Owner(cooling.Address) is null)
                pool.Cool(cooling.Address, now.Monotonic + left);
        }
    }

    private static void RestoreLink(Pool pool, LinkedPod link, PoolTime now, Recovered result)
    {
        var unowned = new List<IPAddress>();
        foreach (var address in link.Addresses.Distinct())
        {
            if (pool.Owner(address) is not { } owner)
                unowned.Add(address);
            else if (link.Key is { } key && key != owner.Key)
                result.Lines.Add($"{address} belongs to {owner.Key} by the checkpoint, and the link {link.HostVeth} of {key} still routes it");
        }

        if (unowned.Count == 0)
            return;
        var newOwner = link.Key is { } linked && pool.Owner(linked) is null ? linked : new PodKey(KernelOnly, link.HostVeth, "");
        if (pool.Owner(newOwner) is not null)
        {
            result.Lines.Add($"{string.Join(", ", unowned)} on {link.HostVeth} cannot be told apart from another link of that name");
            return;
        }

        // One address on two links: the first link keeps it, and nobody else gets it.
        pool.Own(newOwner, null, unowned, now).Told = true;
        result.FromKernel++;
        result.Lines.Add($"{string.Join(", ", unowned)} is in use on {link.HostVeth} and not in the checkpoint: kept for {newOwner}");
    }
}

/// <summary>What a recovery found.</summary>
public sealed class Recovered
{
    public int FromCheckpoint { get; internal set; }

    public int FromKernel { get; internal set; }

    public int Stale { get; internal set; }

    public List<string> Lines { get; } = [];
}
