using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

internal sealed partial class PoolLoop
{
    private void OnLooked(Message.Looked looked, TimeSpan now)
    {
        looking = false;
        if (looked.Imds is ImdsAnswer.Seen seen)
        {
            var known = seen.Enis.Select(static eni => KnownEnis.From(eni, EniRole.LeftAlone)).ToList();
            // A half-visible ENI would look like one that has gone.
            var drift = seen.HalfVisible.Count == 0 ? Reconcile.WithImds(pool, known, now) : [];
            foreach (var line in drift)
                journal(new PoolNotice.Drift(line));
        }

        if (looked.Links.Error is not null)
            return;
        foreach (var swept in Reconcile.WithLinks(
            pool, [.. looked.Links.Pods.Select(Translation.ToPod)], options.PlumbingBound, Targets.Cooldown, now))
            journal(new PoolNotice.Swept(swept.Key, swept.Name, swept.Addresses));
    }

    private void Publish(TimeSpan now)
    {
        eniJournal.Compare(pool);
        var current = pool.Count(limits, Targets);
        if (current != counters)
        {
            counters = current;
            journal(new PoolNotice.PoolChanged(current));
        }

        if (pool.CannotGrow != cannotGrow)
        {
            cannotGrow = pool.CannotGrow;
            journal(cannotGrow is null ? new PoolNotice.CanGrow() : new PoolNotice.CannotGrow(cannotGrow, pool.GrowsAgainIn(now)));
        }

        if (viewers.Count == 0)
            return;
        var view = pool.View(current, now);
        foreach (var viewer in viewers)
            viewer.TrySetResult(view);
        viewers.Clear();
    }
}
