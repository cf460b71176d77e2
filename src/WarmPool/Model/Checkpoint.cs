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
        Learned = pool.Learned(),
        Apart = pool.Apart(),
        Ours = pool.Ours(),
    };

    /// <summary>What was asked of EC2 to take back, or is about to be: it may be gone while IMDS still shows it.</summary>
    public IReadOnlyList<CheckpointLeaving> Leaving { get; init; } = [];

    /// <summary>What EC2's refusals have taught about this boot's instance type; null when it is nothing.</summary>
    public CheckpointLimits? Learned { get; init; }

    /// <summary>
    /// Attached ENIs that are not for the pool, as EC2 told: IMDS knows neither tags nor types, and a start while EC2 does not answer
    /// would take them for the pool's own.
    /// </summary>
    public IReadOnlyList<EniId> Apart { get; init; } = [];

    /// <summary>Secondary ENIs that are the pool's, as EC2 told: where it may not be asked, only these are filled.</summary>
    public IReadOnlyList<EniId> Ours { get; init; } = [];
}

/// <param name="BlocksPerEni">1 to 1000; null when the type's figure has held so far.</param>
/// <param name="FullEnis">ENIs that hold fewer blocks than the type's figure says, and how many (0 to 1000).</param>
/// <param name="RefusedAttaches">How often in a row EC2 has refused one more ENI on card 0; 0 to 1000.</param>
public sealed record CheckpointLimits(int? BlocksPerEni, IReadOnlyList<(EniId Eni, int Blocks)> FullEnis, int RefusedAttaches)
{
    /// <summary>When one more ENI is tried, since the boot that the checkpoint names; null where that is not known.</summary>
    public TimeSpan? AttachesAgainAt { get; init; }
}

/// <param name="Name">Null where the entry has no metadata.</param>
public sealed record CheckpointAllocation(PodKey Key, PodName? Name, IPAddress Address, DateTimeOffset At);

/// <summary>A block, or a whole ENI, on its way back to EC2. One of the two is not null.</summary>
public sealed record CheckpointLeaving(IPNetwork? Block, EniId? Eni);

/// <param name="Until">On the wall clock: good for people, and across a boot.</param>
/// <param name="UntilMonotonic">Since the boot that the checkpoint names: exact within it.</param>
public sealed record CheckpointCooling(IPAddress Address, DateTimeOffset Until, TimeSpan UntilMonotonic);
