using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

internal sealed partial class PoolLoop
{
    /// <summary>
    /// A DEL for each owner of the network that the runtime does not list. Its list is older than this message: who was told of an
    /// address less than an ADD's bound ago may be missing from it only because its ADD has not ended. Who waits is not judged at all.
    /// </summary>
    private void OnGarbage(Message.Garbage garbage, TimeSpan now)
    {
        var kept = new HashSet<PodKey>();
        var dels = new List<DelCaller>();
        foreach (var allocation in _pool.Allocations)
        {
            if (allocation.Key.NetworkName != garbage.Network)
                continue;
            if (garbage.Valid.Contains(allocation.Key) || now - allocation.LastTold < _options.AddBound || _commit.Holds(allocation))
                kept.Add(allocation.Key);
            else
                dels.Add(new DelCaller(allocation.Key, noted: null));
        }

        foreach (var del in dels)
            OnDel(del, now);
        garbage.Reply.TrySetResult(new GarbageDels(dels, kept));
    }

    private void OnFind(Message.Find find) => find.Reply.TrySetResult(
        _pool.Owner(find.Key) is { } owned ? [.. owned.Addresses.Select(_pool.Place)] : null);
}

/// <summary>The DELs under way, each answered when it is durable, and who stays.</summary>
internal sealed record GarbageDels(IReadOnlyList<DelCaller> Dels, IReadOnlySet<PodKey> Kept);
