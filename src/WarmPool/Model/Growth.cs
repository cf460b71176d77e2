namespace AwsVpcCni.WarmPool.Model;

/// <summary>Asks for what is missing, all of it in one round: first the room on ENIs that are there, then all the ENIs it takes.</summary>
internal static class Growth
{
    /// <summary>Blocks that an ENI may still get.</summary>
    public static int Room(Eni eni, InstanceLimits limits) =>
        Math.Max(0, Math.Min(eni.MostBlocks ?? int.MaxValue, limits.BlocksPerEni) - eni.Blocks.Count - eni.Ordered.Blocks);

    /// <summary>ENIs that may still be made on card 0, as far as is known.</summary>
    public static int Slots(Pool pool, InstanceLimits limits, WarmTargets targets) =>
        Math.Max(0, MostEnis(limits, targets) - Taken(pool));

    /// <summary>ENIs on card 0 that are being given back: each leaves its slot to another one, mostly within 10 s.</summary>
    public static int Leaving(Pool pool) =>
        pool.Enis.Count(static eni => eni is { NetworkCard: 0, Role: EniRole.Secondary, State: > EniState.Routed, TakesSlot: true, Idle: true });

    /// <summary>Most ENIs this node may have on card 0, the primary one and those left alone included.</summary>
    public static int MostEnis(InstanceLimits limits, WarmTargets targets)
    {
        var most = Math.Max(1, limits.EnisPerCard[0] - limits.SlotsKept);
        return targets.MaxEni is > 0 and { } max ? Math.Min(most, max) : most;
    }

    /// <summary>Free addresses to keep.</summary>
    public static int Warm(InstanceLimits limits, WarmTargets targets) =>
        targets.CountsAddresses ? targets.WarmIp ?? 0 : Math.Max(0, targets.WarmEni) * limits.BlocksPerEni;

    /// <summary>Addresses that could still be asked for by then, given what is held.</summary>
    public static int Potential(Pool pool, InstanceLimits limits, WarmTargets targets, TimeSpan by)
    {
        if (!pool.Provisions)
            return 0;
        var subnet = pool.Template?.SubnetId ?? "";
        var makesEnis = !Held(pool, new(HoldKind.Create), by)
            && !Held(pool, new(HoldKind.Card, "0"), by)
            && !Held(pool, new(HoldKind.Subnet, subnet), by);
        var slots = Math.Max(0, MostEnis(limits, targets) - Taken(pool) + Leaving(pool));
        var room = makesEnis ? slots * limits.BlocksPerEni : 0;
        var assigns = !Held(pool, new(HoldKind.Assign), by);
        foreach (var eni in pool.Enis)
        {
            if (assigns && eni is { GivesAddresses: true, State: <= EniState.Routed, LinkIsLate: false } && !Held(pool, new(HoldKind.Subnet, eni.SubnetId), by))
                room += Room(eni, limits) + eni.Blocks.Count(static block => block.Leaving);
        }

        var totals = pool.Totals();
        return Math.Max(0, Math.Min(room, limits.MaxPods - totals.Held));
    }

    /// <summary>Of the ENIs that an earlier run created and did not attach, those that nobody needs now are deleted.</summary>
    public static void GiveUpUnwanted(Pool pool, InstanceLimits limits, WarmTargets targets)
    {
        foreach (var eni in pool.Enis.Where(static eni => eni.State == EniState.Created).Reverse())
        {
            var without = pool.Totals();
            without = without with { Coming = without.Coming - eni.Free - eni.Cooling };
            var wanted = limits.Schedulable ? without.Need(Warm(limits, targets), targets.CountsAddresses ? targets.MinimumIp ?? 0 : 0) : 0;
            if (wanted == 0 || without.Held >= limits.MaxPods || Taken(pool) > MostEnis(limits, targets) || eni.SubnetId != pool.Template?.SubnetId)
                eni.State = EniState.Deleting;
        }
    }

    /// <returns>True when something is missing, whether it could be asked for or not.</returns>
    public static bool Grow(PlanDraft draft)
    {
        var (pool, limits, targets, notes) = (draft.Pool, draft.Limits, draft.Targets, draft.Pool.Notes);
        notes.CannotGrow = null;
        var totals = pool.Totals();
        // A cordoned node is not kept warm; pods that are there all the same (DaemonSets, static ones) are served.
        var warm = limits.Schedulable ? Warm(limits, targets) : 0;
        var minimum = limits.Schedulable && targets.CountsAddresses ? targets.MinimumIp ?? 0 : 0;
        var need = Math.Min(totals.Need(warm, minimum), limits.MaxPods - totals.Held);
        if (need <= 0)
        {
            notes.ShortSince = null;
            return totals.Unmet > 0;
        }

        notes.ShortSince ??= draft.Now;
        var urgent = totals.Unmet > 0 || totals.Free * 2 < warm;
        if (!urgent && !draft.Due(notes.ShortSince.Value + targets.TopUpDelay))
            return true;

        need = TakeBack(draft, need);
        var asked = draft.Actions.Count;
        need = FillEnis(draft, need);
        if (need > 0)
            MakeEnis(draft, need);
        if (draft.Actions.Count > asked)
            notes.ShortSince = null;
        return true;
    }

    private static int Taken(Pool pool) => pool.Enis.Count(static eni => eni is { NetworkCard: 0, TakesSlot: true });

    // An ENI that was to go and whose detach is not sent has what is asked for, at once.
    private static int TakeBack(PlanDraft draft, int need)
    {
        foreach (var eni in draft.Pool.Enis)
        {
            if (need <= 0)
                break;
            if (eni is not { GivesAddresses: true, NetworkCard: 0, State: EniState.Draining, LinkIsLate: false, Running: null, Doubt: null, Free: > 0 })
                continue;
            (eni.State, eni.Setbacks) = (EniState.Routed, 0);
            need -= eni.Free;
            // Who waits for it is served in the next turn.
            draft.WakeAt(draft.Now);
        }

        return need;
    }

    private static bool Held(Pool pool, HoldScope scope, TimeSpan at) => pool.Holds.At(scope, at) is not null;

    private static int FillEnis(PlanDraft draft, int need)
    {
        var throttled = draft.Held(new HoldScope(HoldKind.Assign), out var hold);
        foreach (var eni in draft.Pool.Enis.Where(static eni => eni is { GivesAddresses: true, NetworkCard: 0 }))
        {
            if (need <= 0)
                break;
            var room = Room(eni, draft.Limits);
            if (room == 0 || eni.State > EniState.Routed || eni.LinkIsLate || eni.Doubt is not null)
                continue;
            // Its call ends in a moment, or it will be routed before a new one: what fits there needs no new ENI.
            if (eni.Running is not null || eni.State < EniState.Routed)
            {
                need -= room;
                continue;
            }

            if (throttled)
            {
                Explain(draft, hold);
                // Another, dearer call is no answer to being throttled; to being denied it may be.
                need -= hold.Kind == Setback.Throttled ? room : 0;
                continue;
            }

            if (draft.Held(new HoldScope(HoldKind.Subnet, eni.SubnetId), out var full))
            {
                Explain(draft, full);
                continue;
            }

            var order = new BlockOrder(Capped(draft, eni.SubnetId, draft.Targets.CountsAddresses ? Math.Min(room, need) : room));
            eni.Ordered = order;
            draft.Start(eni, new PoolAction.AssignBlocks(eni.Number, eni.Id!.Value, order));
            need -= order.Capacity;
        }

        return need;
    }

    private static void MakeEnis(PlanDraft draft, int need)
    {
        var slots = Slots(draft.Pool, draft.Limits, draft.Targets);
        if (slots == 0)
            return;
        if (draft.Pool.Template is not { } template)
        {
            draft.Pool.Notes.CannotGrow ??= "cannot grow: the subnet and security groups for new ENIs are not known";
            return;
        }

        foreach (var scope in (ReadOnlySpan<HoldScope>)
            [new(HoldKind.Create), new(HoldKind.Card, "0"), new(HoldKind.Subnet, template.SubnetId)])
        {
            if (!draft.Held(scope, out var hold))
                continue;
            Explain(draft, hold);
            return;
        }

        for (; need > 0 && slots > 0; slots--)
        {
            var most = draft.Limits.BlocksPerEni;
            var order = new BlockOrder(Capped(draft, template.SubnetId, draft.Targets.CountsAddresses ? Math.Min(most, need) : most));
            var eni = draft.Pool.NewEni(template, order, networkCard: 0);
            draft.Start(eni, new PoolAction.CreateEni(eni.Number, template, order, eni.ClientToken!));
            need -= order.Capacity;
        }
    }

    private static int Capped(PlanDraft draft, string subnet, int wanted) =>
        draft.Pool.Notes.SubnetCaps.TryGetValue(subnet, out var cap) ? Math.Min(cap, wanted) : wanted;

    private static void Explain(PlanDraft draft, Hold hold)
    {
        draft.Pool.Notes.CannotGrow ??= $"cannot grow: {hold.Text}";
        if (draft.Pool.Notes.CannotGrowUntil < hold.Until)
            draft.Pool.Notes.CannotGrowUntil = hold.Until;
    }
}
