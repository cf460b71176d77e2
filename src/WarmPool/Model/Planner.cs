namespace AwsVpcCni.WarmPool.Model;

/// <summary>Decides what to do next: grow, shrink, or take an ENI one step further in its life.</summary>
public static class Planner
{
    /// <summary>
    /// The new actions. They are recorded in the pool as running, so that planning again right away returns none; the same
    /// events at the same times give the same plan.
    /// </summary>
    public static Plan Plan(Pool pool, InstanceLimits limits, WarmTargets targets, TimeSpan now)
    {
        var draft = new PlanDraft(pool, Headroom.AsFound(pool, limits), targets, now);
        draft.WakeAt(pool.EndCooling(now));
        draft.WakeAt(pool.Line.Expire(now));
        LifeCycle.NoteLateLinks(draft);
        if (pool.Provisions)
        {
            var shortage = Growth.Grow(draft);
            if (shortage == Shortage.OfAddresses)
                pool.Notes.Surplus.Observe(0, now);
            else
                Shrinking.Shrink(draft, onlyLooks: shortage == Shortage.OfPrefixes);
        }

        LifeCycle.Advance(draft);
        Upkeeping.Plan(draft);
        return draft.ToPlan();
    }
}
