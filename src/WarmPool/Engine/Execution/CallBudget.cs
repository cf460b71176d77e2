namespace AwsVpcCni.WarmPool.Engine.Execution;

/// <summary>
/// This node's share of EC2's token bucket for one action (ec2-facts.md §1: one bucket per account, region and action). First attempts
/// and repeats take from it alike, and a RequestLimitExceeded holds all calls of the action back, not only the one that met it: the
/// bucket is everybody's. So does silence: after some calls in a row without an answer EC2 is away, and a cluster that goes on asking
/// meets its return with more than the buckets hold. After throttling a class starts from an empty bucket; after silence from the one that
/// it had, because calls that EC2 did not take cost nothing there, and pods are waiting.
/// </summary>
/// <param name="burst">Calls at once.</param>
/// <param name="perSecond">Calls per second after that.</param>
/// <param name="random">0 to 1: nodes that were throttled together come back one by one.</param>
internal sealed class CallBudget(double burst, double perSecond, TimeProvider time, Func<double> random)
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    /// <summary>Calls in a row of which nothing was heard: fewer are a bad connection.</summary>
    private const int Silence = 3;

    // Timers count in milliseconds, and a sum of fractions of a token is never exact.
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(0.5);

    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _resting = [];
    private double _used;
    private TimeSpan _filledAt = time.GetElapsedTime(0);
    private TimeSpan _pausedUntil;
    private int _throttled;
    private int _unheard;
    private (double Used, TimeSpan At)? _beforeSilence;

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Waits for this call's turn.</summary>
    /// <param name="patience">How long the call may wait.</param>
    /// <returns>False, at once, when its turn comes later than that.</returns>
    /// <exception cref="OperationCanceledException">The daemon stops.</exception>
    public async Task<bool> TakeAsync(TimeSpan patience, CancellationToken stopping)
    {
        var until = Now + patience;
        while (TryTake(out var wait) is false)
        {
            if (Now + wait > until)
                return false;
            await RestAsync(wait, stopping);
        }

        return true;
    }

    /// <summary>EC2 said RequestLimitExceeded.</summary>
    public void Throttled()
    {
        lock (_lock)
        {
            // Calls that were under way together were refused together: that is one refusal.
            if (_pausedUntil > Now)
                return;
            _beforeSilence = null;
            Pause(_throttled++);
        }
    }

    /// <summary>EC2 did not answer, or with trouble of its own.</summary>
    public void Unheard()
    {
        lock (_lock)
        {
            if (_pausedUntil > Now || ++_unheard < Silence)
                return;
            _beforeSilence ??= (UsedAt(Now), Now);
            Pause(_unheard - Silence);
        }
    }

    /// <summary>EC2 answered, whatever it said.</summary>
    public void Answered()
    {
        lock (_lock)
        {
            _throttled = _unheard = 0;
            if (_beforeSilence is not { } before)
                return;
            _beforeSilence = null;
            _pausedUntil = Now;
            (_used, _filledAt) = before;
            foreach (var rest in _resting)
                rest.TrySetResult();
        }
    }

    private void Pause(int before)
    {
        var pause = _firstPause * Math.Pow(2, Math.Min(before, 10));
        _pausedUntil = Now + ((pause < _longestPause ? pause : _longestPause) * (0.5 + random()));
        // After the pause one call finds out for all of them.
        _used = burst - 1;
        _filledAt = _pausedUntil;
    }

    private double UsedAt(TimeSpan now) => Math.Max(0, _used - ((now - _filledAt).TotalSeconds * perSecond));

    // Until the time is over or EC2 is heard again. (Task.WaitAsync would leave virtual time.)
    private async Task RestAsync(TimeSpan wait, CancellationToken stopping)
    {
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _resting.Add(rest);
        await using var timer = time.CreateTimer(
            static rest => ((TaskCompletionSource)rest!).TrySetResult(), rest, Whole(wait), Timeout.InfiniteTimeSpan);
        await using var stop = stopping.UnsafeRegister(
            static (rest, token) => ((TaskCompletionSource)rest!).TrySetCanceled(token), rest);
        try
        {
            await rest.Task;
        }
        finally
        {
            lock (_lock)
                _resting.Remove(rest);
        }
    }

    private bool TryTake(out TimeSpan wait)
    {
        lock (_lock)
        {
            var now = Now;
            wait = _pausedUntil - now;
            if (wait > TimeSpan.Zero)
                return false;
            _used = UsedAt(now);
            _filledAt = now;
            wait = TimeSpan.FromSeconds(Math.Max(0, (_used + 1 - burst) / perSecond));
            if (wait >= _shortest)
                return false;
            _used++;
            return true;
        }
    }

    private static TimeSpan Whole(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Max(1, Math.Round(wait.TotalMilliseconds)));
}
