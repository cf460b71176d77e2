namespace AwsVpcCni.Simulation.VirtualTime;

/// <summary>
/// One thread, one clock that jumps to the next thing that is due, and processes that can be killed. What the world does (EC2, disk)
/// is a world event and goes on when a process dies; what a process awaits is dropped with it.
/// </summary>
/// <remarks>Worlds share nothing: several may run at once, each on a thread of its own.</remarks>
public sealed class World
{
    private readonly Queue<(Process? Owner, Action Run)> _ready = [];
    private readonly PriorityQueue<(Process? Owner, Action Run), (long Due, long Order)> _later = new();
    private long _order;
    private Exception? _failure;

    public World(int seed)
    {
        Seed = seed;
        Random = new Random(seed);
        Main = new Process(this, TimeSpan.Zero, null);
    }

    public int Seed { get; }

    /// <summary>For whatever has no stream of its own (<see cref="NewRandom"/>).</summary>
    public Random Random { get; }

    /// <summary>Since the beginning of the world; never goes back.</summary>
    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    /// <summary>The right time of day, which a node's own clock may miss.</summary>
    public DateTimeOffset Wall => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + Now;

    /// <summary>Where callers live: kubelet, plugins, the test itself.</summary>
    public Process Main { get; }

    /// <summary>Things that happened, timers and continuations together.</summary>
    public long Steps { get; private set; }

    /// <summary>After so much virtual time the run counts as stuck.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromHours(12);

    /// <summary>After so many steps the run counts as a loop that never waits.</summary>
    public long MostSteps { get; init; } = 20_000_000;

    /// <summary>Runs a test in virtual time, to its end.</summary>
    /// <exception cref="DeadlockException">Nothing can happen any more, and the test is not done.</exception>
    public static void Run(int seed, Func<World, Task> test) => new World(seed).Run(test);

    /// <summary>Runs to the end of <paramref name="main"/>, or to the first failure.</summary>
    /// <exception cref="DeadlockException">Nothing can happen any more, or nothing but the same for ever, and it is not done.</exception>
    public void Run(Func<World, Task> main)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Main);
        try
        {
            var task = main(this);
            while (!task.IsCompleted)
                Step();
            task.GetAwaiter().GetResult();
            ThrowIfFailed();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>A stream of chance of its own: what one part draws does not shift what another one gets.</summary>
    public Random NewRandom(string purpose)
    {
        var hash = 2166136261u ^ (uint)Seed;
        foreach (var letter in purpose)
            hash = (hash ^ letter) * 16777619u;
        return new Random((int)hash);
    }

    /// <summary>Ends the run: a process died of a bug, or a promise was broken. The first one counts.</summary>
    public void Fail(Exception bug) => _failure ??= bug;

    /// <param name="bootedAt">When its machine's monotonic clock began.</param>
    /// <param name="wrong">How wrong its machine's wall clock is; null for right.</param>
    public Process NewProcess(TimeSpan bootedAt = default, Func<TimeSpan>? wrong = null) => new(this, bootedAt, wrong);

    /// <summary>Something that the world does by itself.</summary>
    public void After(TimeSpan delay, Action happens) => Schedule(null, delay, happens);

    internal void Ready(Process? owner, Action run) => _ready.Enqueue((owner, run));

    internal void Schedule(Process? owner, TimeSpan delay, Action run) =>
        _later.Enqueue((owner, run), ((Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero)).Ticks, _order++));

    private void Step()
    {
        ThrowIfFailed();
        if (++Steps > MostSteps)
            throw new DeadlockException($"seed {Seed}: {MostSteps} steps are over, and the run is not done");
        if (_ready.TryDequeue(out var item))
        {
            if (item.Owner is { Alive: false })
                return;
            SynchronizationContext.SetSynchronizationContext(item.Owner ?? Main);
            item.Run();
            return;
        }

        if (!_later.TryDequeue(out var next, out var key))
            throw new DeadlockException($"seed {Seed}: nothing can happen any more, and the run is not done");
        if (next.Owner is { Alive: false })
            return;
        Now = TimeSpan.FromTicks(Math.Max(Now.Ticks, key.Due));
        if (Now > Longest)
            throw new DeadlockException($"seed {Seed}: {Longest} of virtual time are over, and the run is not done");
        _ready.Enqueue(next);
    }

    private void ThrowIfFailed()
    {
        if (_failure is BrokenPromiseException promise)
            throw promise;
        if (_failure is not null)
            throw new InvalidOperationException($"seed {Seed}: a process died: {_failure}");
    }
}
