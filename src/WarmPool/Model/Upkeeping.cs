using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>What keeps ENIs in order while nothing is asked for: looks on a slow clock, security groups, tags, leftovers.</summary>
internal static class Upkeeping
{
    public static void Plan(PlanDraft draft)
    {
        var pool = draft.Pool;
        if (pool.Upkeep is not { } upkeep || !pool.AsksEc2)
            return;
        if (draft.Due(pool.Slow.NextOwnLook))
            Ask(draft, new PoolAction.LookAtOwn());
        if (!pool.Provisions)
            return;

        if (upkeep.DiscoverFrom is not null && draft.Due(pool.Slow.NextSubnetLook))
            Ask(draft, new PoolAction.LookAtSubnets());
        if (upkeep is { CleansAfterOthers: true, ClusterName.Length: > 0 } && draft.Due(pool.Slow.NextLeakLook))
            Ask(draft, new PoolAction.LookForLeaks());
        foreach (var id in pool.Slow.Leaked)
            Ask(draft, new PoolAction.DeleteLeaked(id));
        foreach (var eni in pool.Enis)
        {
            if (eni is { Running: null, Doubt: null, Id: { } id, State: >= EniState.Attached and <= EniState.Routed })
                Repair(draft, upkeep, eni, id);
        }
    }

    // One of each kind at a time, and each leftover once.
    private static void Ask(PlanDraft draft, PoolAction action)
    {
        if (draft.Pool.Slow.Running.Add(action))
            draft.Actions.Add(action);
    }

    private static void Repair(PlanDraft draft, Upkeep upkeep, Eni eni, EniId id)
    {
        var secondary = eni is { Role: EniRole.Secondary, NoManage: false };
        if (secondary && upkeep.FollowsPrimaryGroups && draft.Pool.Template is { } template
            && eni.SecurityGroupIds is { } groups && !groups.Order(StringComparer.Ordinal).SequenceEqual(template.SecurityGroupIds.Order(StringComparer.Ordinal))
            && !draft.Held(new HoldScope(HoldKind.Groups, id.Value), out _))
            draft.Start(eni, new PoolAction.SetGroups(eni.Number, id, template.SecurityGroupIds));
        // The primary ENI is not ours; only policies with a condition on the cluster's tag need it there.
        else if (eni.LostTags && (secondary || (eni.Role == EniRole.Primary && upkeep.ClusterName.Length > 0)) && !draft.Held(new HoldScope(HoldKind.Tags), out _))
            draft.Start(eni, new PoolAction.TagEni(eni.Number, id));
        else if (eni is { Role: EniRole.Primary, State: EniState.Routed, GivesAddresses: false } && eni.IdleSingles + eni.IdlePrefixes > 0
            && !draft.Held(new HoldScope(HoldKind.Shrink), out _))
            GiveBackIdle(draft, eni, id);
    }

    // A primary ENI that gives no addresses (custom networking, its subnet excluded) needs none.
    private static void GiveBackIdle(PlanDraft draft, Eni eni, EniId id)
    {
        var networks = new List<IPNetwork>();
        foreach (var block in eni.Blocks.Where(static block => block is { Idle: true, Leaving: false }))
        {
            networks.Add(block.Network);
            eni.SetLeaving(block, true);
        }

        draft.Start(eni, new PoolAction.UnassignBlocks(eni.Number, id, networks));
    }
}

/// <summary>What the slow clock remembers.</summary>
internal sealed class SlowClock
{
    /// <summary>Looks and deletions under way.</summary>
    public HashSet<PoolAction> Running { get; } = [];

    /// <summary>When this node's ENIs are looked at in EC2; at start, someone else just did.</summary>
    public TimeSpan NextOwnLook { get; set; }

    public TimeSpan NextSubnetLook { get; set; }

    public TimeSpan NextLeakLook { get; set; }

    /// <summary>This instance's ENIs that are attached to nothing and not the pool's, and since when looks have shown them (monotonic).</summary>
    public Dictionary<EniId, TimeSpan> UnattachedSince { get; } = [];

    /// <summary>Proven leftovers that are not deleted yet.</summary>
    public SortedSet<EniId> Leaked { get; } = new(Comparer<EniId>.Create(static (a, b) => string.CompareOrdinal(a.Value, b.Value)));

    /// <summary>Leftovers that people were told of and that are not deleted yet, whether that is being tried now or again after the next look.</summary>
    public HashSet<EniId> LeaksTold { get; } = [];

    /// <summary>The subnets as last told, by id; null while nobody told.</summary>
    public IReadOnlyDictionary<string, SubnetFacts>? Subnets { get; set; }
}
