namespace AwsVpcCni.WarmPool.Model;

/// <summary>What an action's end means to the ENI that it was for. The rest is told by kind: arrivals, addresses, refusals.</summary>
public sealed partial class Pool
{
    /// <summary>After so many refusals to delete it, an ENI may have been attached after all: EC2 is asked.</summary>
    private const int DetachPatience = 4;

    /// <summary>After so many refusals in a row, for reasons unheard of, an ENI is not about to be deleted.</summary>
    private const int DeletePatience = 3;

    /// <summary>Records how an action ended. The planner decides what follows.</summary>
    /// <param name="jitter">0 to 1, drawn by the caller: spreads retries.</param>
    /// <returns>Lines for people about what was not as expected.</returns>
    public IReadOnlyList<string> Apply(PoolAction action, ActionResult result, TimeSpan now, double jitter) =>
        Apply(action, result, new PoolTime(now, DateTimeOffset.MinValue), jitter);

    /// <summary>Records how an action ended. The planner decides what follows.</summary>
    /// <param name="time">The wall clock tells how old an ENI is by its tag.</param>
    /// <param name="jitter">0 to 1, drawn by the caller: spreads retries.</param>
    /// <returns>Lines for people about what was not as expected.</returns>
    public IReadOnlyList<string> Apply(PoolAction action, ActionResult result, PoolTime time, double jitter)
    {
        var now = time.Monotonic;
        if (action is PoolAction.LookAtEnis look)
            return ApplyLook(look, result, now, jitter);
        if (action is not PoolAction.OnEni on)
            return ApplySlow(action, result, time, jitter);

        // An ENI that a look found gone meanwhile is not here any more, and neither is what was asked of it.
        if (ByNumber(on.Eni) is not { } eni || !ReferenceEquals(eni.Running, on))
            return [];

        (eni.Running, eni.Parked) = (null, false);
        var ordered = eni.Ordered;
        eni.Ordered = default;
        if (result is ActionResult.Unknown or ActionResult.HostFailed or ActionResult.Refused)
        {
            eni.Setbacks++;
            eni.NotBefore = now + Holds.Pause(PauseOf(result), eni.Setbacks, jitter);
        }
        else
        {
            eni.Setbacks = 0;
            eni.NotBefore = now;
            if (action is not PoolAction.RouteEni)
                eni.ChangedAt = now;
        }

        switch (on)
        {
            case PoolAction.CreateEni create:
                ApplyCreate(eni, create, result, ordered, now, jitter);
                break;
            case PoolAction.AttachEni attach:
                ApplyAttach(eni, attach, result, now, jitter);
                break;
            case PoolAction.BindEni:
                eni.DeleteOnTermination = result is ActionResult.Done;
                eni.BindTried = true;
                eni.BindNotBefore = eni.NotBefore;
                (eni.NotBefore, eni.Setbacks) = (now, eni.State == EniState.Attached ? 0 : eni.Setbacks);
                break;
            case PoolAction.RouteEni:
                ApplyRoute(eni, result, now, jitter);
                break;
            case PoolAction.AssignBlocks:
                ApplyAssign(eni, result, ordered, now, jitter);
                break;
            case PoolAction.UnassignBlocks unassign:
                ApplyUnassign(eni, unassign, result, now, jitter);
                break;
            case PoolAction.SetGroups set:
                if (result is ActionResult.Done)
                    eni.SecurityGroupIds = set.SecurityGroupIds;
                return Mind(eni, new HoldScope(HoldKind.Groups, set.Id.Value), result, $"{set.Id} keeps other security groups", now, jitter);
            case PoolAction.TagEni tag:
                eni.LostTags = result is not ActionResult.Done;
                return Mind(eni, new HoldScope(HoldKind.Tags), result, $"{tag.Id} is not tagged", now, jitter);
            case PoolAction.DetachEni:
                if (result is ActionResult.Done)
                {
                    eni.State = EniState.Detaching;
                    Holds.Lift(new HoldScope(HoldKind.Shrink));
                    Holds.Lift(new HoldScope(HoldKind.Detach));
                }
                else if (result is ActionResult.Refused { Kind: Setback.Denied } denied)
                {
                    KeepAfterAll(eni, denied, now, jitter);
                    Holds.Put(new HoldScope(HoldKind.Detach), denied.Kind, $"cannot detach ENIs: {denied.Code}: {denied.Message}", now, jitter);
                }
                else if (result is ActionResult.Unknown)
                    // It may be through: pods that come now must not have it back.
                    eni.Doubt = new Doubt("detach: no reply", now, null) { OfDetach = true };
                break;
            case PoolAction.ForgetEni:
                if (result is ActionResult.Done && (eni.Kept || eni.NoManage))
                    Drop(eni, forGood: eni.Vanished);
                else if (result is ActionResult.Done)
                    eni.State = EniState.Deleting;
                break;
            case PoolAction.DeleteEni:
                if (result is ActionResult.Done)
                    Drop(eni);
                else if (result is ActionResult.Refused { Kind: not (Setback.InUse or Setback.Throttled) } kept)
                    KeepUndeleted(eni, kept);
                else if (result is ActionResult.Refused { Kind: Setback.InUse } used && eni.Setbacks >= DetachPatience)
                    return StayInUse(eni, used, now, jitter);
                break;
            default:
                throw new InvalidOperationException($"no rule for {on.GetType().Name}");
        }

        return [];
    }

    // What may not be done now may not be done in a minute; anything else passes mostly.
    private static void KeepUndeleted(Eni eni, ActionResult.Refused refused)
    {
        eni.DeviceIndex = null;
        if (refused.Kind == Setback.Denied || eni.Setbacks >= DeletePatience)
            eni.CannotDelete = $"{refused.Code}: {refused.Message}";
    }

    // It may have been attached after all; or EC2 will say so for hours.
    private static IReadOnlyList<string> StayInUse(Eni eni, ActionResult.Refused refused, TimeSpan now, double jitter)
    {
        var times = eni.Setbacks - DetachPatience + 1;
        eni.NotBefore = now + Holds.Pause(Setback.Other, times, jitter);
        Wonder(eni, "delete: still in use", now);
        return times == 1 ? [$"{eni.Id} cannot be deleted, EC2 calls it in use; it is tried again, ever less often: {refused.Code}: {refused.Message}"] : [];
    }

    private static Setback PauseOf(ActionResult result) => result switch
    {
        ActionResult.Refused refused => refused.Kind,
        _ => Setback.InUse,
    };

    internal static void Wonder(Eni eni, string why, TimeSpan now) => eni.Doubt = new Doubt(why, now, null);
}
