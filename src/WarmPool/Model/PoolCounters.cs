namespace AwsVpcCni.WarmPool.Model;

/// <summary>The pool in numbers, published after every turn of the loop; safe to read from any thread.</summary>
/// <param name="Enis">Attached ENIs that give addresses.</param>
/// <param name="MaxEnis">Most ENIs this node may have (instance type, MAX_ENI, slots kept).</param>
/// <param name="Total">Addresses on routed ENIs.</param>
/// <param name="MaxAddresses">Addresses that all ENIs together could carry, in the kind of block that is asked for.</param>
/// <param name="Assigned">Addresses that belong to a pod.</param>
/// <param name="Cooling">Released, not yet to be given again; part of <paramref name="Total"/>, not of <paramref name="Free"/>.</param>
/// <param name="Free">Can be given at once.</param>
/// <param name="Waiting">ADDs that wait for an address now.</param>
/// <param name="Lingering">ADDs that timed out less than 30 s ago; kubelet will come again.</param>
/// <param name="Coming">Addresses that EC2 was asked for, or that wait for their ENI to be routed.</param>
/// <param name="Prefixes">/28 blocks on routed ENIs.</param>
/// <param name="ActionsRunning">EC2 and host actions under way.</param>
/// <param name="CannotGrow">Why growth is held, <c>cannot grow: …</c>; null when it isn't.</param>
public sealed record PoolCounters(
    int Enis,
    int MaxEnis,
    int Total,
    int MaxAddresses,
    int Assigned,
    int Cooling,
    int Free,
    int Waiting,
    int Lingering,
    int Coming,
    int Prefixes,
    int ActionsRunning,
    string? CannotGrow)
{
    /// <summary>Why single addresses are taken although prefixes are wanted (a fragmented subnet); null when they are not.</summary>
    public string? SinglesInstead { get; init; }

    /// <summary>Before the first turn.</summary>
    public static PoolCounters None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
}
