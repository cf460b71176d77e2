using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Gives back what has been too much for longer than the cooldown and the surplus delay together, and no more than what was too
/// much all that time: the next pods would only take it again.
/// </summary>
internal static class Shrinking
{
    public static void Shrink(PlanDraft draft)
    {
        var (pool, targets, notes) = (draft.Pool, draft.Targets, draft.Pool.Notes);
        var surplus = Surplus(draft);
        if (surplus == 0)
        {
            notes.SurplusSince = null;
            return;
        }

        notes.SurplusLeast = notes.SurplusSince is null ? surplus : Math.Min(surplus, notes.SurplusLeast);
        notes.SurplusSince ??= draft.Now;
        if (!draft.Due(notes.SurplusSince.Value + targets.Cooldown + targets.SurplusDelay)
            || draft.Held(new HoldScope(HoldKind.Shrink), out _))
            return;

        var budget = notes.SurplusLeast;
        notes.SurplusSince = null;
        budget = DrainIdleEnis(draft, budget - DrainEmptyEnis(draft));
        if (targets.CountsAddresses)
            UnassignBlocks(draft, budget);
        // What is left of it, or became too much only lately, starts its own time.
        if (Surplus(draft) is > 0 and var rest)
        {
            (notes.SurplusSince, notes.SurplusLeast) = (draft.Now, rest);
            draft.WakeAt(draft.Now + targets.Cooldown + targets.SurplusDelay);
        }
    }

    // In addresses; an idle ENI without any counts as one, or it would stay for ever.
    private static int Surplus(PlanDraft draft)
    {
        var totals = draft.Pool.Totals();
        if (totals.Waiting > 0 || totals.Coming > 0)
            return 0;
        if (draft.Targets.CountsAddresses)
        {
            var empty = draft.Pool.Enis.Count(static eni => MayGo(eni) && eni.Total == 0);
            return empty + totals.Surplus(draft.Targets.WarmIp ?? 0, draft.Targets.MinimumIp ?? 0);
        }

        var (surplus, free) = (0, totals.Free);
        foreach (var eni in Idle(draft.Pool))
        {
            if (!Spare(draft, free, eni))
                continue;
            surplus += Math.Max(1, eni.Total);
            free -= eni.Total;
        }

        return surplus;
    }

    private static int DrainEmptyEnis(PlanDraft draft)
    {
        var empty = Idle(draft.Pool).Where(static eni => eni.Total == 0).ToList();
        foreach (var eni in empty)
            Drain(draft, eni);
        return empty.Count;
    }

    private static int DrainIdleEnis(PlanDraft draft, int budget)
    {
        var free = draft.Pool.Totals().Free;
        foreach (var eni in Idle(draft.Pool).ToList())
        {
            if (eni.Total > budget || (!draft.Targets.CountsAddresses && !Spare(draft, free, eni)))
                continue;
            budget -= eni.Total;
            free -= eni.Total;
            Drain(draft, eni);
        }

        return budget;
    }

    private static void Drain(PlanDraft draft, Eni eni) => (eni.State, eni.NotBefore, eni.Setbacks) = (EniState.Draining, draft.Now, 0);

    private static void UnassignBlocks(PlanDraft draft, int budget)
    {
        // From the ENIs with fewest pods, so that they empty out; the primary one last, it stays anyway.
        foreach (var eni in draft.Pool.Enis
            .Where(static eni => eni is { Gives: true, Running: null, Doubt: null })
            .OrderBy(static eni => eni.Role == EniRole.Primary)
            .ThenBy(static eni => eni.Assigned + eni.Cooling)
            .ToList())
        {
            var networks = new List<IPNetwork>();
            foreach (var block in eni.Blocks)
            {
                if (!block.Idle || block.Leaving || block.Size > budget)
                    continue;
                networks.Add(block.Network);
                eni.SetLeaving(block, true);
                budget -= block.Size;
            }

            if (networks.Count > 0)
                draft.Start(eni, new PoolAction.UnassignBlocks(eni.Number, eni.Id!.Value, networks));
        }
    }

    /// <summary>WARM_ENI_TARGET's rule: an ENI may go while one more than the target would stay free, and the target still is after it.</summary>
    private static bool Spare(PlanDraft draft, int free, Eni eni)
    {
        var warm = Growth.Warm(draft.Limits, draft.Targets);
        return free - eni.Total >= warm && (eni.Total == 0 || free >= warm + draft.Limits.BlocksPerEni);
    }

    private static bool MayGo(Eni eni) => eni is { Role: EniRole.Secondary, Gives: true, Idle: true, Running: null, Doubt: null };

    // The last to come goes first.
    private static IEnumerable<Eni> Idle(Pool pool) => pool.Enis.Where(MayGo).OrderByDescending(static eni => eni.Number);
}
