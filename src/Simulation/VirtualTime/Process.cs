namespace AwsVpcCni.Simulation.VirtualTime;

/// <summary>A process in the world: its awaits continue here, its timers ring here, and a kill ends both without any finally.</summary>
public sealed class Process : SynchronizationContext
{
    private readonly World _world;

    internal Process(World world, TimeSpan bootedAt, Func<TimeSpan>? wrong)
    {
        _world = world;
        Time = new Clock(this, bootedAt, wrong);
    }

    public bool Alive { get; private set; } = true;

    public TimeProvider Time { get; }

    /// <summary>SIGKILL: nothing of it runs any more, from the next await on.</summary>
    public void Kill() => Alive = false;

    /// <summary>Runs it in this process; its end by an exception is a bug that ends the world.</summary>
    public void Start(Func<Task> main) => _world.Ready(this, () => _ = WatchAsync(main));

    /// <summary>Runs it in this process.</summary>
    public void Start(Action action) => _world.Ready(this, action);

    /// <summary>Sleeps in virtual time.</summary>
    public Task SleepAsync(TimeSpan time, CancellationToken cancellation = default) => Task.Delay(time, Time, cancellation);

    public override void Post(SendOrPostCallback d, object? state) => _world.Ready(this, () => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("nothing in the pool blocks");

    public override SynchronizationContext CreateCopy() => this;

    private async Task WatchAsync(Func<Task> main)
    {
        try
        {
            await main();
        }
        catch (Exception e)
        {
            _world.Fail(e);
        }
    }

    private sealed class Clock(Process process, TimeSpan bootedAt, Func<TimeSpan>? wrong) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => (process._world.Now - bootedAt).Ticks;

        public override DateTimeOffset GetUtcNow() => process._world.Wall + (wrong?.Invoke() ?? TimeSpan.Zero);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(process, callback, state);
            timer.Change(dueTime, period);
            return timer;
        }
    }

    private sealed class Timer(Process process, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var mine = ++_setting;
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            process._world.Schedule(process, dueTime, () =>
            {
                if (_setting != mine)
                    return;
                if (period != Timeout.InfiniteTimeSpan)
                    Change(period, period);
                callback(state);
            });
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
