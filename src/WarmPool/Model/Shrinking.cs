using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Gives back what has been too much for longer than the cooldown and the surplus delay together, and no more than what was too
/// much all that time: the next pods would only take it again.
/// </summary>
internal static class Shrinking
{
    private static readonly TimeSpan _moreSoon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _atLatest = TimeSpan.FromSeconds(15);

    public static void Shrink(PlanDraft draft)
    {
        var history = draft.Pool.Notes.Surplus;
        var patience = draft.Targets.Cooldown + draft.Targets.SurplusDelay;
        var surplus = Surplus(draft);
        history.Observe(surplus, draft.Now);
        var lasting = Math.Min(surplus, history.Lasting(patience, draft.Now));
        if (Ripe(draft, lasting, history.NextChange(patience)) && !draft.Held(new HoldScope(HoldKind.Shrink), out _))
        {
            draft.Pool.Notes.GiveBackSince = null;
            var rest = DrainIdleEnis(draft, lasting - DrainEmptyEnis(draft));
            if (draft.Targets.CountsAddresses)
                rest = UnassignBlocks(draft, rest);
            history.GiveBack(lasting - rest);
            history.Observe(Surplus(draft), draft.Now);
        }

        draft.WakeAt(history.NextChange(patience));
    }

    // Pods that end together end over some seconds: what they leave goes back in one call, as whole ENIs where it can.
    private static bool Ripe(PlanDraft draft, int lasting, TimeSpan? nextChange)
    {
        var notes = draft.Pool.Notes;
        if (lasting == 0)
        {
            notes.GiveBackSince = null;
            return false;
        }

        notes.GiveBackSince ??= draft.Now;
        return nextChange is null || nextChange > draft.Now + _moreSoon || draft.Due(notes.GiveBackSince.Value + _atLatest);
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

    private static void Drain(PlanDraft draft, Eni eni) =>
        (eni.State, eni.NotBefore, eni.Setbacks) = (EniState.Draining, draft.Now, 0);

    private static int UnassignBlocks(PlanDraft draft, int budget)
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

        return budget;
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
