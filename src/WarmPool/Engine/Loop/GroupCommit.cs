using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>
/// Durable before reply, in groups: answers wait here until a write that contains them is on the disk. One write at a time; the
/// next one carries everything that came meanwhile.
/// </summary>
internal sealed class GroupCommit
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    private readonly List<Parked> parked = [];
    private int failures;
    private TimeSpan retryAt;

    /// <summary>The newest version that is on the disk.</summary>
    public long Durable { get; private set; } = -1;

    public bool Writing { get; private set; }

    public bool Empty => parked.Count == 0;

    /// <summary>The last write failed.</summary>
    public bool Failing => failures > 0;

    public void Park(AddCaller caller, Allocation allocation) => parked.Add(new Parked(allocation.Version, caller, allocation, null, null));

    public void Park(DelCaller caller, DelReply reply, long version) => parked.Add(new Parked(version, null, null, caller, reply));

    /// <summary>Takes one caller's ADD out.</summary>
    public void Withdraw(AddCaller caller) => parked.RemoveAll(entry => entry.Add == caller);

    /// <summary>Somebody waits to be told of this assignment.</summary>
    public bool Holds(Allocation allocation) => parked.Exists(entry => entry.Allocation == allocation);

    /// <summary>Takes out the ADDs of a key.</summary>
    public IReadOnlyList<AddCaller> Withdraw(PodKey key)
    {
        var found = parked.Where(entry => entry.Add?.Key == key).Select(static entry => entry.Add!).ToList();
        if (found.Count > 0)
            parked.RemoveAll(entry => entry.Add?.Key == key);
        return found;
    }

    /// <summary>
    /// True when a write is to start now: something is not on the disk, and somebody waits for it, or the last write went well,
    /// or enough time has passed since it did not.
    /// </summary>
    /// <param name="wake">When to ask again, if only time can make it true.</param>
    public bool Wants(long version, TimeSpan now, out TimeSpan? wake)
    {
        wake = null;
        if (Writing || version <= Durable)
            return false;
        if (parked.Count > 0 || failures == 0 || retryAt <= now)
            return true;
        wake = retryAt;
        return false;
    }

    public void Begin() => Writing = true;

    /// <summary>What is on the disk now. Returns who can be answered, in the order in which they came.</summary>
    public IReadOnlyList<Parked> Succeed(long version)
    {
        Writing = false;
        failures = 0;
        Durable = Math.Max(Durable, version);
        return Take(version);
    }

    /// <summary>Nothing new is on the disk. Returns whose assignments were in the write, newest first, and the DELs.</summary>
    public IReadOnlyList<Parked> Fail(long version, TimeSpan now)
    {
        Writing = false;
        failures++;
        var pause = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 10));
        retryAt = now + (pause < LastRetry ? pause : LastRetry);
        var taken = Take(version);
        return [.. taken.OrderByDescending(static entry => entry.Version)];
    }

    private List<Parked> Take(long version)
    {
        var taken = parked.Where(entry => entry.Version <= version).ToList();
        parked.RemoveAll(entry => entry.Version <= version);
        return taken;
    }

    /// <summary>Either an ADD with its allocation, or a DEL with its reply.</summary>
    internal sealed record Parked(long Version, AddCaller? Add, Allocation? Allocation, DelCaller? Del, DelReply? Reply);
}
