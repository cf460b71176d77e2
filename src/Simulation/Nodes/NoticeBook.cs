using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.WarmPool.Engine;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>Enters the pool's notices into trace and coverage.</summary>
internal static class NoticeBook
{
    public static void Enter(PoolNotice notice, string node, Trace trace, Coverage coverage)
    {
        switch (notice)
        {
            case PoolNotice.EniChanged changed:
                coverage.Count("ENI", $"{changed.From?.ToString() ?? "new"} -> {changed.To}");
                trace.Add(node, $"{changed.Eni} {changed.From} -> {changed.To}, {changed.Addresses} addresses");
                break;
            case PoolNotice.EniGone gone:
                coverage.Count("ENI", $"gone: {gone.Why}");
                trace.Add(node, $"{gone.Eni} gone: {gone.Why}");
                break;
            case PoolNotice.AddEnded ended:
                coverage.Count("ADD", ended.Reply is AddReply.Refused refused ? refused.Kind.ToString() : "Assigned");
                if (ended.Reply is AddReply.Refused no)
                    trace.Add(node, $"{ended.Key.ContainerId} is refused: {no.Kind}: {no.Reason}");
                break;
            case PoolNotice.DelEnded ended:
                coverage.Count("DEL", ended.Reply.GetType().Name);
                trace.Add(node, $"{ended.Key.ContainerId} DEL: {ended.Reply.GetType().Name}");
                break;
            case PoolNotice.CannotGrow held:
                coverage.Count("pool", "cannot grow");
                trace.Add(node, $"{held.Reason}; again in {held.RetryIn.TotalSeconds:F1} s");
                break;
            case PoolNotice.CanGrow:
                coverage.Count("pool", "can grow again");
                break;
            case PoolNotice.CheckpointWritten { Error: { } error, Undone: var undone }:
                coverage.Count("checkpoint", undone > 0 ? "failed write undid assignments" : "failed write undid nothing");
                trace.Add(node, $"checkpoint: {error}, {undone} undone");
                break;
            case PoolNotice.Swept swept:
                coverage.Count("pool", "swept a pod without a link");
                trace.Add(node, $"{swept.Key.ContainerId} swept: {string.Join(' ', swept.Addresses)}");
                break;
            case PoolNotice.SinglesInstead singles:
                coverage.Count("pool", singles.Reason is null ? "prefixes again" : "single addresses instead of prefixes");
                break;
            case PoolNotice.PodsCutOff cut:
                coverage.Count("pool", "pods cut off");
                trace.Add(node, $"{cut.Addresses} pods cut off");
                break;
            case PoolNotice.Drift drift:
                coverage.Count("pool", drift.What.EndsWith("which was left behind, is deleted", StringComparison.Ordinal) ? "a leftover is deleted" : "drift");
                trace.Add(node, $"drift: {drift.What}");
                break;
            case PoolNotice.EniAppeared appeared:
                coverage.Count("pool", "an ENI appeared");
                trace.Add(node, $"{appeared.Eni.Id} appeared");
                break;
            case PoolNotice.EniAdopted adopted:
                coverage.Count("pool", "an ENI that appeared was taken over");
                trace.Add(node, $"{adopted.Eni.Id} taken over: {adopted.Eni.Role}");
                break;
            case PoolNotice.EniUndescribed unknown:
                coverage.Count("pool", "EC2 did not describe an ENI that appeared");
                trace.Add(node, $"{unknown.Eni} not described: {unknown.Why}");
                break;
            case PoolNotice.HostFailed failed:
                coverage.Count("pool", $"host failed to {failed.What}");
                trace.Add(node, $"{failed.What} {failed.Eni}: {failed.Reason}");
                break;
            default:
                break;
        }
    }
}
