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

    /// <param name="onlyLooks">Something is asked for: what is too much is noted, and stays.</param>
    public static void Shrink(PlanDraft draft, bool onlyLooks)
    {
        var history = draft.Pool.Notes.Surplus;
        var patience = draft.Targets.Cooldown + draft.Targets.SurplusDelay;
        var surplus = Surplus.Of(draft);
        history.Observe(surplus.Addresses, draft.Now);
        // What comes may be a prefix that is only tried for: then what was too much before is so still.
        if (onlyLooks || draft.Pool.Totals().Coming > 0)
        {
            draft.Pool.Notes.GiveBackSince = null;
            return;
        }

        var lasting = Math.Min(surplus.Addresses, history.Lasting(patience, draft.Now));
        if (Ripe(draft, lasting, history.NextChange(patience)) && !draft.Held(new HoldScope(HoldKind.Shrink), out _))
        {
            draft.Pool.Notes.GiveBackSince = null;
            var budget = new Budget(lasting, surplus);
            DrainEnis(draft, budget);
            UnassignBlocks(draft, budget);
            history.GiveBack(lasting - budget.Addresses);
            history.Observe(Surplus.Of(draft).Addresses, draft.Now);
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

    private static void DrainEnis(PlanDraft draft, Budget budget)
    {
        foreach (var eni in Surplus.IdleEnis(draft.Pool).Where(static eni => eni.Total == 0).ToList())
        {
            budget.Addresses--;
            Drain(draft, eni);
        }

        foreach (var eni in Surplus.IdleEnis(draft.Pool).ToList())
        {
            if (!budget.Covers(eni))
                continue;
            budget.Take(eni);
            Drain(draft, eni);
        }
    }

    private static void Drain(PlanDraft draft, Eni eni) =>
        (eni.State, eni.NotBefore, eni.Setbacks) = (EniState.Draining, draft.Now, 0);

    private static void UnassignBlocks(PlanDraft draft, Budget budget)
    {
        if (budget is { Singles: 0, Prefixes: 0 })
            return;
        // From the ENIs with fewest pods, so that they empty out; the primary one last, it stays anyway.
        foreach (var eni in draft.Pool.Enis
            .Where(static eni => eni is { Gives: true, Running: null, Doubt: null, Undescribed: false } && eni.IdleSingles + eni.IdlePrefixes > 0)
            .OrderBy(static eni => eni.Role == EniRole.Primary)
            .ThenBy(static eni => eni.Assigned + eni.Cooling)
            .ToList())
        {
            var networks = new List<IPNetwork>();
            foreach (var block in eni.Blocks)
            {
                if (!block.Idle || block.Leaving || !budget.Covers(block))
                    continue;
                networks.Add(block.Network);
                eni.SetLeaving(block, true);
                budget.Take(block);
            }

            if (networks.Count > 0)
                draft.Start(eni, new PoolAction.UnassignBlocks(eni.Number, eni.Id!.Value, networks));
        }
    }

    /// <summary>What may go in this round: so many addresses in all, and so many blocks of each kind.</summary>
    private sealed class Budget(int addresses, Surplus surplus)
    {
        private readonly HashSet<Eni> _wholeEnis = [.. surplus.WholeEnis];

        public int Addresses { get; set; } = addresses;

        public int Singles { get; private set; } = surplus.Singles;

        public int Prefixes { get; private set; } = surplus.Prefixes;

        public bool Covers(Eni eni) => eni.Total > 0 && eni.Total <= Addresses
            && (_wholeEnis.Contains(eni) || (eni.IdleSingles <= Singles && eni.IdlePrefixes <= Prefixes));

        public void Take(Eni eni)
        {
            Addresses -= eni.Total;
            if (_wholeEnis.Contains(eni))
                return;
            Singles -= eni.IdleSingles;
            Prefixes -= eni.IdlePrefixes;
        }

        public bool Covers(Block block) => block.Size <= Addresses && (block.Size == 1 ? Singles : Prefixes) > 0;

        public void Take(Block block)
        {
            Addresses -= block.Size;
            if (block.Size == 1)
                Singles--;
            else
                Prefixes--;
        }
    }
}
