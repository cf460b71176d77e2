namespace AwsVpcCni.WarmPool.Tests.VirtualTime;

/// <summary>A process in the world: its awaits continue here, its timers ring here, and a kill ends both without any finally.</summary>
internal sealed class Process : SynchronizationContext
{
    private readonly World _world;

    public Process(World world)
    {
        _world = world;
        Time = new Clock(this);
    }

    public bool Alive { get; private set; } = true;

    public TimeProvider Time { get; }

    public void Kill() => Alive = false;

    public void Start(Func<Task> main) => _world.Ready(this, () => _ = main());

    public override void Post(SendOrPostCallback d, object? state) => _world.Ready(this, () => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("nothing in the pool blocks");

    public override SynchronizationContext CreateCopy() => this;

    private sealed class Clock(Process process) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => process._world.Now.Ticks;

        public override DateTimeOffset GetUtcNow() => process._world.Wall;

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
