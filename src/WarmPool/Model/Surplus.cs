namespace AwsVpcCni.WarmPool.Model;

/// <summary>What could be given back and still leave the pool at its target, in the units in which it can go.</summary>
/// <param name="EmptyEnis">Idle secondary ENIs without any address; each counts as one, or it would stay for ever.</param>
/// <param name="WholeEnis">ENIs that WARM_ENI_TARGET has no use for, beside the two below.</param>
/// <param name="Singles">Single addresses.</param>
/// <param name="Prefixes">Prefixes; only empty ones ever go.</param>
internal sealed record Surplus(int EmptyEnis, IReadOnlyList<Eni> WholeEnis, int Singles, int Prefixes)
{
    private static readonly Surplus _none = new(0, [], 0, 0);

    public int Addresses => EmptyEnis + WholeEnis.Sum(static eni => eni.Total) + Singles + (Prefixes * Block.PrefixSize);

    public static Surplus Of(PlanDraft draft)
    {
        var (pool, limits, targets) = (draft.Pool, draft.Limits, draft.Targets);
        var totals = pool.Totals();
        if (totals.Waiting > 0 || totals.Asked > 0)
            return _none;
        var empty = pool.Enis.Count(static eni => MayGo(eni) && eni.Total == 0);
        var prefixes = Headroom.WantsPrefixes(limits, targets);
        if (targets.CountsAddresses)
            return OfAddresses(totals, empty, totals.Surplus(targets.WarmIp ?? 0, targets.MinimumIp ?? 0), prefixes);
        return prefixes ? OfPrefixes(draft, totals, empty) : OfEnis(draft, totals, empty);
    }

    /// <summary>Secondary ENIs that nobody uses; the last to come goes first.</summary>
    public static IEnumerable<Eni> IdleEnis(Pool pool) => pool.Enis.Where(MayGo).OrderByDescending(static eni => eni.Number);

    // The kind that is not asked for any more goes first: it only keeps slots from the other.
    private static Surplus OfAddresses(PoolTotals totals, int empty, int addresses, bool prefixesStay)
    {
        if (prefixesStay)
        {
            var singles = Math.Min(totals.IdleSingles, addresses);
            return new Surplus(empty, [], singles, Math.Min(totals.IdlePrefixes, (addresses - singles) / Block.PrefixSize));
        }

        var prefixes = Math.Min(totals.IdlePrefixes, addresses / Block.PrefixSize);
        return new Surplus(empty, [], Math.Min(totals.IdleSingles, addresses - (prefixes * Block.PrefixSize)), prefixes);
    }

    private static Surplus OfPrefixes(PlanDraft draft, PoolTotals totals, int empty)
    {
        var warm = draft.Targets.WarmPrefix ?? 0;
        var prefixes = Math.Clamp(totals.Unopened - warm, 0, totals.IdlePrefixes);
        // Single addresses stand in for prefixes that are not there.
        var singles = totals.Unopened >= warm ? totals.IdleSingles
            : Math.Clamp(totals.Free - (warm * Block.PrefixSize), 0, totals.IdleSingles);
        return new Surplus(empty, [], singles, prefixes);
    }

    private static Surplus OfEnis(PlanDraft draft, PoolTotals totals, int empty)
    {
        var free = totals.Free;
        var whole = new List<Eni>();
        foreach (var eni in IdleEnis(draft.Pool))
        {
            if (eni.Total == 0 || !Spare(draft, free, eni))
                continue;
            whole.Add(eni);
            free -= eni.Total;
        }

        // Left from a time with ENABLE_PREFIX_DELEGATION, on ENIs that stay.
        var staying = totals.IdlePrefixes - whole.Sum(static eni => eni.IdlePrefixes);
        var spare = (free - Headroom.Warm(draft.Limits, draft.Targets)) / Block.PrefixSize;
        return new Surplus(empty, whole, 0, Math.Clamp(spare, 0, staying));
    }

    /// <summary>WARM_ENI_TARGET's rule: an ENI may go while one more than the target would stay free, and the target still is after it.</summary>
    private static bool Spare(PlanDraft draft, int free, Eni eni)
    {
        var warm = Headroom.Warm(draft.Limits, draft.Targets);
        return free - eni.Total >= warm && free >= warm + draft.Limits.BlocksPerEni;
    }

    private static bool MayGo(Eni eni) => eni is { Role: EniRole.Secondary, Gives: true, Idle: true, Running: null, Doubt: null };
}
