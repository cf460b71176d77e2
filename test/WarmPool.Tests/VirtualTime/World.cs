namespace AwsVpcCni.WarmPool.Tests.VirtualTime;

/// <summary>
/// One thread, one clock that jumps to the next thing that is due, and processes that can be killed. What the world does (EC2, disk)
/// is a world event and goes on when a process dies; what a process awaits is dropped with it.
/// </summary>
internal sealed class World
{
    private static readonly TimeSpan _tooLong = TimeSpan.FromHours(12);

    private readonly Queue<(Process? Owner, Action Run)> _ready = [];
    private readonly PriorityQueue<(Process? Owner, Action Run), (long Due, long Order)> _later = new();
    private long _order;
    private Exception? _failure;

    public World(int seed)
    {
        Seed = seed;
        Random = new Random(seed);
        Main = new Process(this);
    }

    public int Seed { get; }

    public Random Random { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    public DateTimeOffset Wall => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + Now;

    /// <summary>The process that the test itself runs in.</summary>
    public Process Main { get; }

    /// <summary>Runs a test in virtual time, to its end.</summary>
    public static void Run(int seed, Func<World, Task> test)
    {
        var world = new World(seed);
        world.Run(test);
    }

    /// <summary>Ends the test: a process died of a bug.</summary>
    public void Fail(Exception bug) => _failure = bug;

    public Process NewProcess() => new(this);

    /// <summary>Something that the world does by itself.</summary>
    public void After(TimeSpan delay, Action happens) => Schedule(null, delay, happens);

    internal void Ready(Process? owner, Action run) => _ready.Enqueue((owner, run));

    internal void Schedule(Process? owner, TimeSpan delay, Action run) => _later.Enqueue((owner, run), ((Now + delay).Ticks, _order++));

    private void Run(Func<World, Task> test)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Main);
        try
        {
            var main = test(this);
            while (!main.IsCompleted)
                Step();
            main.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void Step()
    {
        if (_failure is not null)
            throw new InvalidOperationException($"seed {Seed}: a process died: {_failure}");
        if (_ready.TryDequeue(out var item))
        {
            if (item.Owner is { Alive: false })
                return;
            SynchronizationContext.SetSynchronizationContext(item.Owner ?? Main);
            item.Run();
            return;
        }

        if (!_later.TryDequeue(out var next, out var key))
            throw new InvalidOperationException($"seed {Seed}: nothing can happen any more, and the test is not done");
        Now = TimeSpan.FromTicks(Math.Max(Now.Ticks, key.Due));
        if (Now > _tooLong)
            throw new InvalidOperationException($"seed {Seed}: {_tooLong} of virtual time are over, and the test is not done");
        _ready.Enqueue(next);
    }
}
