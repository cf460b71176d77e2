namespace AwsVpcCni.WarmPool.Model;

/// <summary>What to start now, and when to ask again if nothing happens before.</summary>
/// <param name="Actions">New ones only: each is recorded as running in the pool.</param>
/// <param name="NextWake">Monotonic; null when only an event can change anything.</param>
public sealed record Plan(IReadOnlyList<PoolAction> Actions, TimeSpan? NextWake);

/// <summary>A plan in the making.</summary>
internal sealed class PlanDraft(Pool pool, InstanceLimits limits, WarmTargets targets, TimeSpan now)
{
    private TimeSpan? _wake;

    public Pool Pool { get; } = pool;

    public InstanceLimits Limits { get; } = limits;

    public WarmTargets Targets { get; } = targets;

    public TimeSpan Now { get; } = now;

    public List<PoolAction> Actions { get; } = [];

    public Plan ToPlan() => new(Actions, _wake);

    /// <summary>True when the time has come; else asks to be woken then.</summary>
    public bool Due(TimeSpan at)
    {
        if (at <= Now)
            return true;
        WakeAt(at);
        return false;
    }

    public void WakeAt(TimeSpan? at)
    {
        if (at is { } moment && (_wake is null || moment < _wake))
            _wake = moment;
    }

    /// <summary>True while the hold lasts; asks to be woken at its end.</summary>
    public bool Held(HoldScope scope, out Hold hold)
    {
        hold = Pool.Holds.At(scope, Now)!;
        if (hold is null)
            return false;
        WakeAt(hold.Until);
        return true;
    }

    public void Start(Eni eni, PoolAction.OnEni action)
    {
        (eni.Running, eni.StartedAt) = (action, Now);
        Actions.Add(action);
    }
}
