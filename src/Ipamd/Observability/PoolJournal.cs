using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Observability;

/// <summary>What the pool has to tell, as log lines: one per event that an operator would want, the pool's state in one line.</summary>
public sealed partial class PoolJournal(ILogger logger, PoolMetrics metrics)
{
    private PoolCounters? _told;

    /// <summary>Called from the pool's loop and its actions: never blocks, never throws.</summary>
    public void Tell(PoolNotice notice)
    {
        metrics.Count(notice);
        switch (notice)
        {
            case PoolNotice.PoolChanged { Counters: var c }:
                var level = LevelOf(c);
                WarmPool(level, c.Total, c.Assigned, c.Free, c.Cooling, c.Coming, c.Waiting, c.Enis, c.MaxEnis);
                break;
            case PoolNotice.EniAppeared { Eni: var eni }:
                EniAppeared(eni.Id.Value, eni.DeviceIndex);
                break;
            case PoolNotice.EniAdopted { Eni: var eni }:
                EniAdopted(eni.Id.Value, eni.DeviceIndex, eni.Role.ToString());
                break;
            case PoolNotice.EniUndescribed unknown:
                EniUndescribed(unknown.Eni.Value, unknown.Why, unknown.AskedAgainIn.TotalSeconds);
                break;
            case PoolNotice.Ec2Call { Error: null } call:
                Ec2Done(call.Action, call.Eni?.Value, call.Took.TotalMilliseconds, call.Attempt);
                break;
            case PoolNotice.Ec2Call call:
                Ec2Failed(call.Action, call.Eni?.Value, call.Error, call.Message, call.Took.TotalMilliseconds, call.Attempt);
                break;
            case PoolNotice.EniChanged changed:
                EniChanged(changed.Eni?.Value, changed.To.ToString(), changed.From?.ToString(), changed.DeviceIndex, changed.Addresses);
                break;
            case PoolNotice.EniGone gone:
                EniGone(gone.Eni?.Value, gone.Why);
                break;
            case PoolNotice.HostFailed failed:
                HostFailed(failed.What, failed.Eni.Value, failed.Reason);
                break;
            case PoolNotice.CannotGrow cannot:
                CannotGrow(cannot.Reason, cannot.RetryIn.TotalSeconds);
                break;
            case PoolNotice.CanGrow:
                CanGrow();
                break;
            case PoolNotice.SinglesInstead { Reason: { } why }:
                SinglesInstead(why);
                break;
            case PoolNotice.SinglesInstead:
                PrefixesAgain();
                break;
            case PoolNotice.CheckpointWritten { Error: { } error } written:
                CheckpointFailed(error, written.Undone);
                break;
            case PoolNotice.CheckpointWritten:
                break;
            case PoolNotice.AddEnded { Reply: AddReply.Assigned assigned } ended:
                Added(
                    ended.Name.ToString(), string.Join(',', assigned.Addresses.Select(static a => a.Address)),
                    assigned.Addresses[0].Eni?.Id.Value, ended.Key.ToString(), ended.Waited.TotalMilliseconds);
                break;
            case PoolNotice.AddEnded { Reply: AddReply.Refused refused } ended:
                AddRefused(ended.Name.ToString(), refused.Reason, refused.Kind.ToString(), ended.Key.ToString(), ended.Waited.TotalMilliseconds);
                break;
            case PoolNotice.DelEnded { Reply: DelReply.Released released } ended:
                Deleted(ended.Key.ToString(), string.Join(',', released.Addresses.Select(static a => a.Address)));
                break;
            case PoolNotice.DelEnded ended:
                DelOfNothing(ended.Key.ToString());
                break;
            case PoolNotice.Swept swept:
                Swept(swept.Key.ToString(), swept.Name?.ToString(), string.Join(',', swept.Addresses));
                break;
            case PoolNotice.Drift drift:
                Drift(drift.What);
                break;
            case PoolNotice.Fault fault:
                Fault(fault.Where, fault.Exception);
                break;
        }
    }

    /// <summary>Capacity and waiting are news; a pod that came or went has a line of its own.</summary>
    private LogLevel LevelOf(PoolCounters now)
    {
        var before = Interlocked.Exchange(ref _told, now);
        return before is { } b && (b.Total, b.Coming, b.Waiting, b.Enis) == (now.Total, now.Coming, now.Waiting, now.Enis)
            ? LogLevel.Debug
            : LogLevel.Information;
    }
}
