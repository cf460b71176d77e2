using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>
/// Durable before reply, in groups: answers wait here until a write that contains them is on the disk. One write at a time; the
/// next one carries everything that came meanwhile.
/// </summary>
internal sealed class GroupCommit
{
    private static readonly TimeSpan _firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _lastRetry = TimeSpan.FromSeconds(30);

    private readonly List<Parked> _parked = [];
    private int _failures;
    private TimeSpan _retryAt;

    /// <summary>The newest version that is on the disk.</summary>
    public long Durable { get; private set; } = -1;

    public bool Writing { get; private set; }

    public bool Empty => _parked.Count == 0;

    /// <summary>The last write failed.</summary>
    public bool Failing => _failures > 0;

    public void Park(AddCaller caller, Allocation allocation) => _parked.Add(new Parked(allocation.Version, caller, allocation, null, null));

    public void Park(DelCaller caller, DelReply reply, long version) => _parked.Add(new Parked(version, null, null, caller, reply));

    /// <summary>Nothing is given back to EC2 before the disk says so.</summary>
    public void Park(PoolAction.OnEni action, long version) => _parked.Add(new Parked(version, null, null, null, null) { Action = action });

    /// <summary>This ADD waits for the disk.</summary>
    public bool Holds(AddCaller caller) => _parked.Exists(entry => entry.Add == caller);

    /// <summary>Takes one caller's ADD out.</summary>
    public void Withdraw(AddCaller caller) => _parked.RemoveAll(entry => entry.Add == caller);

    /// <summary>Somebody waits to be told of this assignment.</summary>
    public bool Holds(Allocation allocation) => _parked.Exists(entry => entry.Allocation == allocation);

    /// <summary>Takes out the ADDs of a key.</summary>
    public IReadOnlyList<AddCaller> Withdraw(PodKey key)
    {
        var found = _parked.Where(entry => entry.Add?.Key == key).Select(static entry => entry.Add!).ToList();
        if (found.Count > 0)
            _parked.RemoveAll(entry => entry.Add?.Key == key);
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
        if (_parked.Count > 0 || _failures == 0 || _retryAt <= now)
            return true;
        wake = _retryAt;
        return false;
    }

    public void Begin() => Writing = true;

    /// <summary>What is on the disk now. Returns who can be answered, in the order in which they came.</summary>
    public IReadOnlyList<Parked> Succeed(long version)
    {
        Writing = false;
        _failures = 0;
        Durable = Math.Max(Durable, version);
        return Take(version);
    }

    /// <summary>Nothing new is on the disk. Returns whose assignments were in the write, newest first, and the DELs.</summary>
    public IReadOnlyList<Parked> Fail(long version, TimeSpan now)
    {
        Writing = false;
        _failures++;
        var pause = _firstRetry * Math.Pow(2, Math.Min(_failures - 1, 10));
        _retryAt = now + (pause < _lastRetry ? pause : _lastRetry);
        var taken = Take(version);
        return [.. taken.OrderByDescending(static entry => entry.Version)];
    }

    private List<Parked> Take(long version)
    {
        var taken = _parked.Where(entry => entry.Version <= version).ToList();
        _parked.RemoveAll(entry => entry.Version <= version);
        return taken;
    }

    /// <summary>Either an ADD with its allocation, or a DEL with its reply, or an action that gives something back.</summary>
    internal sealed record Parked(long Version, AddCaller? Add, Allocation? Allocation, DelCaller? Del, DelReply? Reply)
    {
        public PoolAction.OnEni? Action { get; init; }
    }
}
