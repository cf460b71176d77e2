namespace AwsVpcCni.WarmPool.Model;

/// <summary>Asks for what is missing, all of it in one round: first the room on ENIs that are there, then all the ENIs it takes.</summary>
internal static class Growth
{
    /// <summary>Longer than EC2 takes for it, with its slowest replies (ec2-facts.md §5).</summary>
    private static readonly TimeSpan _unassignTakes = TimeSpan.FromSeconds(2);

    /// <summary>Of the ENIs that an earlier run created and did not attach, those that nobody needs now are deleted.</summary>
    public static void GiveUpUnwanted(Pool pool, InstanceLimits limits, WarmTargets targets)
    {
        foreach (var eni in pool.Enis.Where(static eni => eni.State == EniState.Created).Reverse())
        {
            var without = pool.Totals();
            without = without with
            {
                Coming = without.Coming - eni.Free - eni.Cooling,
                UnopenedComing = without.UnopenedComing - eni.Unopened,
            };
            var wanted = limits.Schedulable ? Need(limits, targets, without, Headroom.WantsPrefixes(limits, targets)) : 0;
            if (wanted == 0 || without.Bound >= limits.MaxPods || Headroom.Taken(pool) > Headroom.MostEnis(limits, targets)
                || pool.Template?.Choices().Any(choice => choice.SubnetId == eni.SubnetId) != true)
                eni.State = EniState.Deleting;
        }
    }

    public static Shortage Grow(PlanDraft draft)
    {
        var (pool, limits, targets, notes) = (draft.Pool, draft.Limits, draft.Targets, draft.Pool.Notes);
        notes.CannotGrow = null;
        notes.SinglesInstead = null;
        Explaining.Wishes(draft);
        var totals = pool.Totals();
        var wanted = Headroom.WantsPrefixes(limits, targets);
        var prefixes = wanted && Headroom.PrefixesAreToBeHad(draft);
        if (wanted && !prefixes)
            Explaining.Singles(draft);
        var need = Math.Min(Need(limits, targets, totals, prefixes), limits.MaxPods - totals.Bound);
        if (need <= 0)
        {
            notes.ShortSince = null;
            return totals.Unmet > 0 ? Shortage.OfAddresses : Shortage.None;
        }

        // Where a prefix was refused, single addresses stand in for it; another try for one does not mean that they are needed.
        var shortage = prefixes && Need(limits, targets, totals, prefixes: false) <= 0 && pool.Holds.Of(HoldKind.Prefixes).Any()
            ? Shortage.OfPrefixes
            : Shortage.OfAddresses;

        // What is being given back is this node's until EC2 lets go of it. Nobody waits: that is soon enough.
        if (totals.Unmet <= 0 && limits.MaxPods - totals.Bound - Headroom.BeingGivenBack(pool) is var left && left < need)
            need = left;
        if (need <= 0)
            return shortage;

        notes.ShortSince ??= draft.Now;
        var urgent = totals.Unmet > 0 || totals.Free * 2 < (limits.Schedulable ? Headroom.Warm(limits, targets) : 0);
        if (!urgent && !draft.Due(notes.ShortSince.Value + targets.TopUpDelay))
            return shortage;

        need = TakeBack(draft, need, wanted);
        var asked = draft.Actions.Count;
        var spills = totals.Unmet > 0;
        var kept = wanted && !prefixes && !spills ? KeptForPrefix(draft, totals, need) : 0;
        need = FillEnis(draft, need - kept, prefixes, spills);
        if (need > 0)
            need = MakeEnis(draft, need, prefixes, spills);
        if (need + kept > 0 && wanted)
            MakeRoomForPrefixes(draft, totals);
        if (draft.Actions.Count > asked)
            notes.ShortSince = null;
        return shortage;
    }

    private static int Need(InstanceLimits limits, WarmTargets targets, PoolTotals totals, bool prefixes)
    {
        // A cordoned node is not kept warm; pods that are there all the same (DaemonSets, static ones) are served.
        if (!limits.Schedulable)
            return totals.Need(warm: 0, minimum: 0);
        return prefixes && !targets.CountsAddresses
            ? totals.NeedInPrefixes(targets.WarmPrefix ?? 0)
            : totals.Need(Headroom.Warm(limits, targets), targets.CountsAddresses ? targets.MinimumIp ?? 0 : 0);
    }

    // What was to go and EC2 was not asked to take serves at once.
    /// <param name="wanted">Prefixes are: single addresses that make room for one go all the same.</param>
    private static int TakeBack(PlanDraft draft, int need, bool wanted)
    {
        foreach (var eni in draft.Pool.Enis)
        {
            if (need <= 0)
                break;
            if (eni is not { GivesAddresses: true, NetworkCard: 0, LinkIsLate: false, Doubt: null })
                continue;
            var before = eni.Gives ? eni.Free : 0;
            if (eni is { State: EniState.Routed, Running: PoolAction.UnassignBlocks { Blocks: var leaving }, Parked: true }
                && !(wanted && leaving.Any(static block => block.PrefixLength == 32)))
                draft.Pool.CallOff(eni);
            else if (eni.Free > 0 && Pool.MayStay(eni))
                draft.Pool.Stay(eni, draft.Now);
            else
                continue;
            need -= (eni.State <= EniState.Routed ? eni.Free : 0) - before;
            // Who waits for it is served in the next turn.
            draft.WakeAt(draft.Now);
        }

        return need;
    }

    /// <param name="spills">Pods wait: what a nearly full subnet gives only bit by bit is asked for elsewhere.</param>
    private static int FillEnis(PlanDraft draft, int need, bool prefixes, bool spills)
    {
        var throttled = draft.Held(new HoldScope(HoldKind.Assign), out var hold);
        // Where EC2 may not be asked at all it never tells, and a node that grows no more helps nobody.
        var blind = draft.Held(new HoldScope(HoldKind.Look), out var look) && look.Kind == Setback.Denied;
        foreach (var eni in draft.Pool.Enis)
        {
            if (need <= 0)
                break;
            if (eni is not { GivesAddresses: true, NetworkCard: 0, State: <= EniState.Routed, LinkIsLate: false, Doubt: null })
                continue;
            var room = Headroom.Room(draft, eni);
            if (room == 0 || (eni.Undescribed && !(blind && eni.WasOurs)) || (prefixes && !TakesPrefixes(draft, eni.SubnetId)))
                continue;
            // Giving back that lasts is being refused and repeated: who waits cannot wait for that.
            if (spills && eni.Running is PoolAction.UnassignBlocks && draft.Due(eni.StartedAt + _unassignTakes))
                continue;
            if (eni.Id is { } id && draft.Held(new HoldScope(HoldKind.Assign, id.Value), out var refused))
            {
                Explaining.Held(draft, refused);
                continue;
            }

            // Its call ends in a moment, or it will be routed before a new one: what fits there needs no new ENI.
            if (eni.Running is not null || eni.State < EniState.Routed)
            {
                need -= Capacity(room, prefixes);
                continue;
            }

            if (throttled)
            {
                Explaining.Held(draft, hold);
                // Another, dearer call is no answer to being throttled; to being denied it may be.
                need -= hold.Kind == Setback.Throttled ? Capacity(room, prefixes) : 0;
                continue;
            }

            if (draft.Held(new HoldScope(HoldKind.Subnet, eni.SubnetId), out var full))
            {
                Explaining.Held(draft, full);
                continue;
            }

            var (order, wanted) = Order(draft, eni.SubnetId, room, need, prefixes);
            need -= (spills ? order : wanted).Capacity;
            if (order.Blocks == 0)
                continue;
            eni.Ordered = order;
            draft.Start(eni, new PoolAction.AssignBlocks(eni.Number, eni.Id!.Value, order));
        }

        return need;
    }

    private static int MakeEnis(PlanDraft draft, int need, bool prefixes, bool spills)
    {
        var slots = Headroom.Slots(draft.Pool, draft.Limits, draft.Targets);
        if (slots == 0 && !Undeleted.Any(draft.Pool))
            return need;
        if (draft.Pool.Template is not { } template)
        {
            draft.Pool.Notes.CannotGrow ??= $"cannot grow: {draft.Pool.NoTemplate}";
            return need;
        }

        foreach (var scope in (ReadOnlySpan<HoldScope>)[new(HoldKind.Create), new(HoldKind.Arrival), new(HoldKind.Card, "0")])
        {
            if (!draft.Held(scope, out var hold))
                continue;
            Explaining.Held(draft, hold);
            return need;
        }

        need = Undeleted.Take(draft, need);
        var choices = template.Choices().Where(choice => MayMake(draft, choice.SubnetId, prefixes)).ToList();
        foreach (var choice in choices)
        {
            for (; need > 0 && slots > 0; slots--)
            {
                var (order, wanted) = Order(draft, choice.SubnetId, Headroom.BlocksOfNewEni(draft.Pool, draft.Limits), need, prefixes);
                need -= (spills ? order : wanted).Capacity;
                if (order.Blocks == 0)
                    break;
                var eni = draft.Pool.NewEni(choice, order, networkCard: 0);
                draft.Start(eni, new PoolAction.CreateEni(eni.Number, choice, order, eni.ClientToken!));
            }
        }

        return need;
    }

    private static bool MayMake(PlanDraft draft, string subnet, bool prefixes)
    {
        foreach (var scope in (ReadOnlySpan<HoldScope>)[new(HoldKind.Subnet, subnet), new(HoldKind.CreateIn, subnet)])
        {
            if (!draft.Held(scope, out var hold))
                continue;
            Explaining.Held(draft, hold);
            return false;
        }

        return !prefixes || TakesPrefixes(draft, subnet);
    }

    /// <summary>
    /// Where single addresses stand in for prefixes and all slots together are too few for what is needed, the last one is kept for the
    /// prefix that is tried now and then, or each try would cost a warm address. Pods have it when they wait, and it is not kept from
    /// the only address that is warm. Nor is it one that nobody knows to be there: asking for it is how an ENI's limit is found.
    /// </summary>
    /// <returns>How much of the need is not asked for.</returns>
    private static int KeptForPrefix(PlanDraft draft, PoolTotals totals, int need)
    {
        var places = Headroom.UsableSlots(draft) * draft.Limits.BlocksPerEni;
        var known = places > 0;
        foreach (var eni in draft.Pool.Enis)
        {
            if (eni is not { GivesAddresses: true, NetworkCard: 0, State: <= EniState.Routed, LinkIsLate: false } || !Headroom.Gets(draft, eni))
                continue;
            places += Headroom.Reach(draft, eni);
            known |= Headroom.Fits(draft, eni);
        }

        return places == 0 || need <= places ? 0 : need - Math.Max(places - (known ? 1 : 0), totals.Free + totals.Coming > 0 ? 0 : 1);
    }

    /// <summary>
    /// Every slot taken, some of them by single addresses that nobody uses (the setting was changed, or the subnet was fragmented for
    /// a while): each such slot holds a prefix instead. One by one: what one prefix is refused, the next one is too.
    /// </summary>
    private static void MakeRoomForPrefixes(PlanDraft draft, PoolTotals totals)
    {
        if (Headroom.UsableSlots(draft) > 0 || draft.Held(new HoldScope(HoldKind.Shrink), out _)
            || draft.Pool.Enis.Any(static eni => eni.Running is PoolAction.UnassignBlocks or PoolAction.AssignBlocks { Blocks.Prefixes: > 0 })
            || Headroom.PrefixesAreToBeHad(draft))
            return;
        foreach (var eni in draft.Pool.Enis)
        {
            if (eni is not { Gives: true, NetworkCard: 0, Running: null, Doubt: null, Undescribed: false, IdleSingles: > 0 }
                || !TakesPrefixes(draft, eni.SubnetId) || draft.Held(new HoldScope(HoldKind.Subnet, eni.SubnetId), out _))
                continue;
            // Where a prefix was refused before, the only warm address is worth more than the next try.
            if (totals.Free <= 1 && draft.Pool.Holds.Of(HoldKind.Prefixes).Any(hold => hold.Where == eni.SubnetId))
                continue;
            var single = eni.Blocks.First(static block => block is { Size: 1, Idle: true, Leaving: false });
            eni.SetLeaving(single, true);
            draft.Start(eni, new PoolAction.UnassignBlocks(eni.Number, eni.Id!.Value, [single.Network]));
            return;
        }
    }

    private static bool TakesPrefixes(PlanDraft draft, string subnet) => !draft.Held(new HoldScope(HoldKind.Prefixes, subnet), out _);

    private static int Capacity(int blocks, bool prefixes) => blocks * (prefixes ? Block.PrefixSize : 1);

    /// <summary>Whole ENIs are filled whole when the target counts them; otherwise what is needed, prefixes rounded up.</summary>
    /// <returns>What to ask for now, and what would be asked for of a subnet with enough of it.</returns>
    private static (BlockOrder Order, BlockOrder Wanted) Order(PlanDraft draft, string subnet, int room, int need, bool prefixes)
    {
        var wanted = prefixes ? Math.Min(room, BlockOrder.PrefixesFor(need))
            : draft.Targets.CountsAddresses || Headroom.WantsPrefixes(draft.Limits, draft.Targets) ? Math.Min(room, need)
            : room;
        var now = wanted;
        if (draft.Pool.Notes.SubnetCaps.TryGetValue((subnet, prefixes), out var cap))
        {
            // A subnet that has little left is asked for that little once, not by every ENI.
            var onOrder = draft.Pool.Enis.Where(eni => eni.SubnetId == subnet)
                .Sum(eni => prefixes ? eni.Ordered.Prefixes : eni.Ordered.Addresses);
            now = Math.Clamp(cap - onOrder, 0, wanted);
        }

        return (OfKind(now), OfKind(wanted));

        BlockOrder OfKind(int blocks) => prefixes ? new BlockOrder(0, blocks) : new BlockOrder(blocks);
    }
}
