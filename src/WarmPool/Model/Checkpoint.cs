using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>What must survive a crash.</summary>
/// <param name="Allocations">One entry per address.</param>
/// <param name="Cooling">Addresses that no pod may get yet.</param>
/// <param name="BootId">The boot in which it was written; null in the original's files.</param>
public sealed record Checkpoint(
    IReadOnlyList<CheckpointAllocation> Allocations, IReadOnlyList<CheckpointCooling> Cooling, string? BootId)
{
    /// <summary>The pool's promises as of now.</summary>
    public static Checkpoint Of(Pool pool, string bootId, PoolTime now) => new(
        [.. from allocation in pool.Allocations
            from address in allocation.Addresses
            select new CheckpointAllocation(allocation.Key, allocation.Name, address, allocation.At.Wall)],
        [.. from cooling in pool.Cooling
            where cooling.Value > now.Monotonic
            select new CheckpointCooling(cooling.Key, now.Wall + (cooling.Value - now.Monotonic), cooling.Value)],
        bootId)
    {
        Leaving = pool.Leaving(),
    };

    /// <summary>What was asked of EC2 to take back, or is about to be: it may be gone while IMDS still shows it.</summary>
    public IReadOnlyList<CheckpointLeaving> Leaving { get; init; } = [];
}

/// <param name="Name">Null where the entry has no metadata.</param>
public sealed record CheckpointAllocation(PodKey Key, PodName? Name, IPAddress Address, DateTimeOffset At);

/// <summary>A block, or a whole ENI, on its way back to EC2. One of the two is not null.</summary>
public sealed record CheckpointLeaving(IPNetwork? Block, EniId? Eni);

/// <param name="Until">On the wall clock: good for people, and across a boot.</param>
/// <param name="UntilMonotonic">Since the boot that the checkpoint names: exact within it.</param>
public sealed record CheckpointCooling(IPAddress Address, DateTimeOffset Until, TimeSpan UntilMonotonic);
