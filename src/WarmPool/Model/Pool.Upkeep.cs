namespace AwsVpcCni.WarmPool.Model;

public sealed partial class Pool
{
    private const string NoManageTag = "node.k8s.amazonaws.com/no_manage";
    private const string OrdinaryType = "interface";

    // Our own changes may not be in EC2's answer yet.
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan _askSubnetsAgain = TimeSpan.FromMinutes(1);

    private IReadOnlyList<string>? _lastGroups;

    /// <summary>What the slow clock keeps in order; null: nothing.</summary>
    public Upkeep? Upkeep { get; set; }

    /// <summary>False: EC2 is asked nothing at all.</summary>
    public bool AsksEc2 { get; set; } = true;

    internal SlowClock Slow { get; } = new();

    /// <summary>Starts the slow clock. EC2 was asked about this node's ENIs a moment ago, at the start.</summary>
    internal void StartSlowClock(TimeSpan now, double jitter)
    {
        if (Upkeep is not { } upkeep)
            return;
        Slow.NextOwnLook = now + Spread(upkeep.Every, jitter);
        Slow.NextSubnetLook = now;
        // A cluster whose nodes all start together does not sweep all at once.
        Slow.NextLeakLook = now + (upkeep.LeaksEvery * jitter);
    }

    /// <summary>The groups of the primary ENI, as the hypervisor tells them.</summary>
    /// <returns>A line for people when they changed.</returns>
    internal string? FollowGroups(IReadOnlyList<string> groups, TimeSpan now)
    {
        if (Upkeep is not { FollowsPrimaryGroups: true } || Template is not { } template || groups.Count == 0
            || groups.Order(StringComparer.Ordinal).SequenceEqual(template.SecurityGroupIds.Order(StringComparer.Ordinal)))
            return null;
        Template = template with { SecurityGroupIds = groups };
        Slow.NextOwnLook = now;
        return $"the primary ENI's security groups are {string.Join(", ", groups)} now; the other ENIs follow";
    }

    private List<string> ApplySlow(PoolAction action, ActionResult result, PoolTime now, double jitter)
    {
        Slow.Running.Remove(action);
        var upkeep = Upkeep!;
        var drift = new List<string>();
        switch (action)
        {
            case PoolAction.LookAtOwn:
                Slow.NextOwnLook = now.Monotonic + Spread(upkeep.Every, jitter);
                if (result is ActionResult.Seen own)
                    CompareOwn(own.Enis, upkeep, now, drift);
                break;
            case PoolAction.LookForLeaks:
                Slow.NextLeakLook = now.Monotonic + Spread(upkeep.LeaksEvery, jitter);
                if (result is ActionResult.Seen unattached)
                {
                    // Somebody else has deleted the others.
                    Slow.LeaksTold.IntersectWith([.. unattached.Enis.Select(static facts => facts.Id), .. Slow.UnattachedSince.Keys]);
                    NoteLeaks(unattached.Enis, upkeep, now, drift);
                }

                break;
            case PoolAction.DeleteLeaked delete:
                // What was not deleted is found again by the next look.
                Slow.Leaked.Remove(delete.Id);
                if (result is ActionResult.Done && Slow.LeaksTold.Remove(delete.Id))
                    drift.Add($"{delete.Id}, which was left behind, is deleted");
                break;
            case PoolAction.LookAtSubnets:
                // Denied will be denied again; what had no answer may have one soon.
                Slow.NextSubnetLook = now.Monotonic
                    + Spread(result is ActionResult.Subnets or ActionResult.Refused { Kind: Setback.Denied } ? upkeep.SubnetsEvery : _askSubnetsAgain, jitter);
                if (result is ActionResult.Subnets { Found: var subnets })
                    UseSubnets(subnets, upkeep, now.Monotonic, drift);
                else if (Slow.Subnets is null && result is ActionResult.Refused { Kind: Setback.Denied } denied)
                    drift.Add($"subnets cannot be discovered, new ENIs are made in {upkeep.DiscoverFrom} only: {denied.Code}: {denied.Message}");
                break;
            default:
                throw new InvalidOperationException($"no rule for {action.GetType().Name}");
        }

        return drift;
    }

    private static TimeSpan Spread(TimeSpan every, double jitter) => every * (0.8 + (0.4 * jitter));

    private void CompareOwn(IReadOnlyList<EniFacts> found, Upkeep upkeep, PoolTime now, List<string> drift)
    {
        NoteComeAgain(found, now.Monotonic);
        var byId = found.DistinctBy(static facts => facts.Id).ToDictionary(static facts => facts.Id);
        foreach (var eni in _enis.Where(static eni => eni is { Id: not null, Role: EniRole.Primary or EniRole.Secondary }))
        {
            if (eni is not { Running: null, Doubt: null, State: >= EniState.Attached and <= EniState.Draining })
                continue;
            var facts = byId.GetValueOrDefault(eni.Id!.Value);
            if (Misfit(eni, facts, now.Monotonic) is { } why)
                eni.Doubt = new Doubt(why, now.Monotonic, null) { FromOutside = true };
            else if (now.Monotonic - eni.ChangedAt >= _settled)
                Notice(eni, facts!, upkeep, drift);
        }

        // The tag's time is worth nothing where the wall clock jumps, and this instance's leftovers are nobody else's.
        var own = found.Where(facts => ById(facts.Id) is null && Leftovers.IsOwnUnattached(facts, upkeep)).Select(static facts => facts.Id).ToHashSet();
        foreach (var id in Slow.UnattachedSince.Keys.Where(id => !own.Contains(id)).ToList())
            Slow.UnattachedSince.Remove(id);
        foreach (var id in own)
            Slow.UnattachedSince.TryAdd(id, now.Monotonic);
        NoteLeaks(found, upkeep, now, drift);
    }

    // An ENI that changes every minute is never settled; what it has had for longer is.
    private static string? Misfit(Eni eni, EniFacts? facts, TimeSpan now)
    {
        var settled = now - eni.ChangedAt >= _settled;
        if (facts is not { Attachment: { Leaving: false, Elsewhere: false } })
            return !settled ? null : facts is null ? "EC2 does not list it" : "EC2 does not call it attached";

        var missing = eni.Blocks
            .Where(block => !block.Leaving && now - block.Since >= _settled && !facts.Blocks.Contains(block.Network)).ToList();
        foreach (var block in missing)
            eni.SetShowing(block, Showing.Unlisted);
        foreach (var block in eni.Blocks.Where(block => block.Showing == Showing.Unlisted && facts.Blocks.Contains(block.Network)).ToList())
            eni.SetShowing(block, Showing.Vouched);
        return missing.Count > 0 || (settled && facts.Blocks.Count(Block.IsOne) != eni.Blocks.Count) ? "EC2 lists other addresses" : null;
    }

    private void Notice(Eni eni, EniFacts facts, Upkeep upkeep, List<string> drift)
    {
        Describe(eni, facts.Attachment!);
        eni.SecurityGroupIds = facts.SecurityGroupIds;
        eni.LostTags = upkeep.Tags.Any(tag => !facts.Tags.TryGetValue(tag.Key, out var value) || value != tag.Value);
        Recognise(eni, facts, drift);
    }

    // The next run may have to do without EC2.
    private void Describe(Eni eni, AttachmentFacts attachment)
    {
        if (eni.Undescribed)
            NoteLearned();
        eni.Attachment = attachment.Id;
        eni.DeleteOnTermination = attachment.DeleteOnTermination;
    }

    // Only EC2 tells tags and types: what was taken over while it did not answer may be nobody's of ours.
    private void Recognise(Eni eni, EniFacts facts, List<string> drift)
    {
        var tagged = IsTaggedNoManage(facts);
        var noManage = tagged || facts.InterfaceType != OrdinaryType;
        if (eni.Role != EniRole.Secondary || noManage == eni.NoManage)
            return;
        eni.NoManage = noManage;
        NoteLearned();
        // It was to go, and EC2 has not been asked: it stays as it is. Its pods may still need it to be routed.
        if (noManage && eni.State == EniState.Draining)
            (eni.State, eni.LinkSoughtAt) = (eni.WasRouted ? EniState.Routed : EniState.LinkSeen, null);
        // What the host lost of it meanwhile, or never had, comes before its next pod.
        else if (!noManage && eni is { State: EniState.Routed, WasRouted: false })
            (eni.State, eni.LinkSoughtAt) = (EniState.LinkSeen, null);
        drift.Add(noManage
            ? $"{eni.Id} is {(tagged ? "tagged no_manage" : $"of type {facts.InterfaceType}")} now: pods on it keep their addresses, no other pod gets one, and it is left as it is"
            : $"{eni.Id} is not tagged no_manage any more and is used again");
    }

    private static bool IsTaggedNoManage(EniFacts facts) => facts.Tags.TryGetValue(NoManageTag, out var said) && said == "true";

    private bool IsExcluded(string subnet) =>
        Slow.Subnets?.TryGetValue(subnet, out var facts) == true && SubnetDiscovery.IsExcluded(facts, Upkeep!.ClusterName);

    // An ENI that is being made has no id here yet: while there is one, nothing of this instance's is called left behind.
    private void NoteLeaks(IReadOnlyList<EniFacts> found, Upkeep upkeep, PoolTime now, List<string> drift)
    {
        if (!Provisions || _enis.Any(static eni => eni.State == EniState.Creating))
            return;
        foreach (var facts in found)
        {
            var leaked = Leftovers.IsLeaked(facts, upkeep, now.Wall)
                || (Slow.UnattachedSince.TryGetValue(facts.Id, out var since) && Leftovers.IsLeftByUs(facts, upkeep, now.Monotonic - since));
            if (ById(facts.Id) is null && leaked && Slow.Leaked.Add(facts.Id) && Slow.LeaksTold.Add(facts.Id))
                drift.Add($"{facts.Id} of {facts.Tags[Leftovers.InstanceTag]} is attached to nothing and was left behind; it is deleted");
        }
    }

    private void UseSubnets(IReadOnlyList<SubnetFacts> listed, Upkeep upkeep, TimeSpan now, List<string> drift)
    {
        // Pages that EC2 tells at different moments may both list one.
        List<SubnetFacts> subnets = [.. listed.DistinctBy(static subnet => subnet.Id)];
        Slow.Subnets = subnets.ToDictionary(static subnet => subnet.Id);
        var eligible = SubnetDiscovery.Eligible(subnets, upkeep.DiscoverFrom!, upkeep.ClusterName);
        var groups = Template?.SecurityGroupIds ?? _lastGroups;
        if (groups is not null)
        {
            _lastGroups = groups;
            Template = eligible.Count == 0 ? null : new EniTemplate(eligible[0].Id, eligible[0].Cidr, groups) { Alternatives = [.. eligible.Skip(1)] };
            NoTemplate = "no subnet of this zone may be used for new ENIs (tags kubernetes.io/role/cni and cni.networking.k8s.aws/cluster/…)";
        }

        foreach (var eni in _enis.Where(static eni => eni.Role is EniRole.Primary or EniRole.Secondary))
        {
            var excluded = IsExcluded(eni.SubnetId);
            if (excluded == eni.SubnetExcluded)
                continue;
            eni.SubnetExcluded = excluded;
            // It was to go for that. One that was to go because its link never came still is.
            if (eni.WasRouted && MayStay(eni))
                Stay(eni, now);
            drift.Add(excluded
                ? $"{eni.Id} is in {eni.SubnetId}, whose tags exclude it: no more pods get its addresses"
                : $"{eni.Id} is in {eni.SubnetId}, which may be used again");
        }
    }
}
