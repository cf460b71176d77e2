namespace AwsVpcCni.WarmPool.Model;

/// <summary>What the limits still allow.</summary>
internal static class Headroom
{
    private const int UsualTimesDetaching = 2;

    /// <summary>Prefixes are wanted, and this instance can have them.</summary>
    public static bool WantsPrefixes(InstanceLimits limits, WarmTargets targets) => targets.Prefixes && limits.SupportsPrefixes;

    /// <summary>Addresses for pods that one ENI can carry, in the kind of block that is asked for.</summary>
    public static int AddressesPerEni(InstanceLimits limits, WarmTargets targets) =>
        limits.BlocksPerEni * (WantsPrefixes(limits, targets) ? Block.PrefixSize : 1);

    /// <summary>The limits with what EC2 has taught about the type's ENIs.</summary>
    public static InstanceLimits AsFound(Pool pool, InstanceLimits limits) =>
        pool.Notes.BlocksPerEni is { } found && found.Most < limits.BlocksPerEni ? limits with { AddressesPerEni = found.Most + 1 } : limits;

    /// <summary>Blocks that a new ENI can be attached with, as far as is known.</summary>
    public static int BlocksOfNewEni(Pool pool, InstanceLimits limits) =>
        Math.Min(pool.Notes.BlocksPerEni?.ForNew ?? int.MaxValue, limits.BlocksPerEni);

    /// <summary>Blocks that an ENI may still get; where EC2 has refused more, asks to be woken when it is tried again.</summary>
    public static int Room(PlanDraft draft, Eni eni)
    {
        var room = Room(draft.Pool, eni, draft.Limits, draft.Now);
        if (room == 0)
            AwaitTry(draft, eni);
        return room;
    }

    /// <summary>Blocks that an ENI may still get one after the other: while its limit is being found, more than are asked for at once.</summary>
    public static int Reach(PlanDraft draft, Eni eni)
    {
        AwaitTry(draft, eni);
        var most = eni.MostBlocks is null && draft.Pool.Notes.BlocksPerEni is null ? draft.Limits.BlocksPerEni
            : TriesMore(draft.Pool, eni, draft.Now) ? MostTried(draft.Pool, eni, draft.Limits)
            : Math.Min(eni.MostBlocks?.Most ?? int.MaxValue, draft.Limits.BlocksPerEni);
        return Math.Max(0, most - eni.Blocks.Count - eni.Ordered.Blocks);
    }

    /// <summary>An ENI is known to hold more than it has.</summary>
    public static bool Fits(PlanDraft draft, Eni eni) =>
        Math.Min(eni.MostBlocks?.Fits ?? int.MaxValue, draft.Pool.Notes.BlocksPerEni?.Fits ?? draft.Limits.BlocksPerEni)
            > eni.Blocks.Count + eni.Ordered.Blocks;

    /// <summary>EC2 may be asked for more on it, and its subnet may have it.</summary>
    public static bool Gets(PlanDraft draft, Eni eni) =>
        // What only IMDS has shown may be somebody else's, and where EC2 may not be asked that is never known.
        !(eni is { Undescribed: true, WasOurs: false } && draft.Pool.MayNotLook)
        && !(eni.Id is { } id && draft.Held(new HoldScope(HoldKind.Assign, id.Value), out _))
        && !draft.Held(new HoldScope(HoldKind.Subnet, eni.SubnetId), out _);

    // Asks to be woken when what EC2 has refused is tried again.
    private static void AwaitTry(PlanDraft draft, Eni eni)
    {
        if (eni is { MostBlocks: not null, Id: { } id })
            draft.Held(new HoldScope(HoldKind.Full, id.Value), out _);
        if (draft.Pool.Notes.BlocksPerEni is not null)
            draft.Held(new HoldScope(HoldKind.Full), out _);
    }

    /// <summary>Blocks that an ENI may still get by then.</summary>
    private static int Room(Pool pool, Eni eni, InstanceLimits limits, TimeSpan by)
    {
        var has = eni.Blocks.Count + eni.Ordered.Blocks;
        var (own, type) = (eni.MostBlocks, pool.Notes.BlocksPerEni);
        var sure = Math.Min(Math.Min(own?.Next ?? int.MaxValue, type?.Next ?? int.MaxValue), limits.BlocksPerEni) - has;
        return sure > 0 || (own is null && type is null) || !TriesMore(pool, eni, by)
            ? Math.Max(0, sure)
            : Math.Max(0, MostTried(pool, eni, limits) - has);
    }

    private static int MostTried(Pool pool, Eni eni, InstanceLimits limits)
    {
        // The limits may be those that were found: what was refused once was within the table's.
        var figure = pool.Notes.BlocksPerEni is { } found && found.Most <= limits.BlocksPerEni ? found.TooMany : limits.BlocksPerEni;
        return Math.Min(eni.MostBlocks?.TooMany ?? int.MaxValue, figure);
    }

    /// <summary>It is time to ask for as many blocks as EC2 has refused; of the type's figure, on one ENI at a time.</summary>
    private static bool TriesMore(Pool pool, Eni eni, TimeSpan by) =>
        (eni.MostBlocks is null || eni.Id is not { } id || pool.Holds.At(new HoldScope(HoldKind.Full, id.Value), by) is null)
        && (pool.Notes.BlocksPerEni is not { } type
            // Another ENI of the type holds as many: that one is refused them is its own matter.
            || eni.MostBlocks?.TooMany <= type.Fits
            || (pool.Holds.At(new HoldScope(HoldKind.Full), by) is null && !pool.Enis.Any(other => IsTrying(other, type))));

    // What an ENI has is no try: one that was not attached with so many may be there for long.
    private static bool IsTrying(Eni eni, FoundLimit type) =>
        eni is { State: >= EniState.Attached, Ordered.Blocks: > 0 and var ordered } && eni.Blocks.Count + ordered >= type.TooMany;

    /// <summary>ENIs that may still be made on card 0, as far as is known.</summary>
    public static int Slots(Pool pool, InstanceLimits limits, WarmTargets targets) =>
        Math.Max(0, MostEnis(limits, targets) - Taken(pool));

    /// <summary>ENIs that may be made now: 0 while EC2 refuses new ones.</summary>
    public static int UsableSlots(PlanDraft draft) =>
        draft.Pool.Template is null
        || draft.Held(new HoldScope(HoldKind.Create), out _) || draft.Held(new HoldScope(HoldKind.Arrival), out _) || draft.Held(new HoldScope(HoldKind.Card, "0"), out _)
            ? 0
            : Slots(draft.Pool, draft.Limits, draft.Targets);

    /// <summary>ENIs on card 0.</summary>
    public static int Taken(Pool pool) => pool.Enis.Count(static eni => eni is { NetworkCard: 0, TakesSlot: true });

    /// <summary>ENIs on card 0 that are being given back: each leaves its slot to another one, mostly within 10 s, or is used again.</summary>
    public static int Leaving(Pool pool, InstanceLimits limits) =>
        pool.Enis.Count(eni => eni is { NetworkCard: 0, Role: EniRole.Secondary, State: > EniState.Routed, TakesSlot: true, Idle: true }
            && (eni.CannotDelete is null || Undeleted.IsUsable(pool, eni, limits)));

    /// <summary>Addresses that the node has, no pod of it, and that it is giving back, also where an ENI waits for its last pod.</summary>
    public static int BeingGivenBack(Pool pool) => pool.Enis.Sum(static eni =>
        eni.State == EniState.Draining ? eni.Total - eni.Assigned
        : eni.State < EniState.Draining ? eni.Blocks.Where(static block => block.Leaving).Sum(static block => block.Size)
        : 0);

    /// <summary>Attached ENIs whose link has not come in the usual time: it may come at any moment, and nothing is asked for instead where no slot is left.</summary>
    public static IEnumerable<Eni> Late(Pool pool) =>
        pool.Enis.Where(static eni => eni is { GivesAddresses: true, NetworkCard: 0, State: EniState.Attached or EniState.LinkSeen, LinkIsLate: true });

    /// <summary>
    /// Addresses on such ENIs, but for those that are being detached: EC2 has called them so for longer than it takes, or does not tell.
    /// </summary>
    public static int MayArrive(Pool pool) =>
        Late(pool).Where(static eni => eni.Doubt is not ({ TimesDetaching: > UsualTimesDetaching } or { OfDetach: true, TimesDetaching: 0 })).Sum(static eni => eni.Free);

    /// <summary>Most ENIs this node may have on card 0, the primary one and those left alone included.</summary>
    public static int MostEnis(InstanceLimits limits, WarmTargets targets)
    {
        var most = Math.Max(1, limits.EnisPerCard[0] - limits.SlotsKept);
        return targets.MaxEni is > 0 and { } max ? Math.Min(most, max) : most;
    }

    /// <summary>Free addresses to keep.</summary>
    public static int Warm(InstanceLimits limits, WarmTargets targets) =>
        targets.CountsAddresses ? targets.WarmIp ?? 0
        : WantsPrefixes(limits, targets) ? Math.Max(0, targets.WarmPrefix ?? 0) * Block.PrefixSize
        : Math.Max(0, targets.WarmEni) * limits.BlocksPerEni;

    /// <summary>Addresses that could still be asked for by then, given what is held.</summary>
    public static int Potential(Pool pool, InstanceLimits limits, WarmTargets targets, TimeSpan by)
    {
        if (!pool.Provisions)
            return 0;
        var wantsPrefixes = WantsPrefixes(limits, targets);
        var addresses = 0;
        var makes = false;
        if (pool.Holds.At(new HoldScope(HoldKind.Create), by) is null && pool.Holds.At(new HoldScope(HoldKind.Arrival), by) is null
            && pool.Holds.At(new HoldScope(HoldKind.Card, "0"), by) is null
            && pool.Template?.Choices().FirstOrDefault(choice => Usable(pool, choice.SubnetId, by)) is { } subnet)
        {
            makes = true;
            addresses = Math.Max(0, MostEnis(limits, targets) - Taken(pool) + Leaving(pool, limits))
                * BlocksOfNewEni(pool, limits) * PerBlock(subnet.SubnetId);
        }

        var assigns = pool.Holds.At(new HoldScope(HoldKind.Assign), by) is null;
        foreach (var eni in pool.Enis)
        {
            if (assigns && eni is { GivesAddresses: true, State: <= EniState.Routed, LinkIsLate: false } && !SubnetHeld(pool, eni.SubnetId, by)
                && !(eni.Id is { } id && pool.Holds.At(new HoldScope(HoldKind.Assign, id.Value), by) is not null))
                addresses += (Room(pool, eni, limits, by) + eni.Blocks.Count(static block => block.Leaving)) * PerBlock(eni.SubnetId);
            // It stays when they are wanted. Of an idle one the slot is counted above.
            else if (Pool.MayStay(eni) && !(makes && eni.Idle))
                addresses += eni.Free;
        }

        return Math.Max(0, Math.Min(addresses, limits.MaxPods - pool.Totals().Bound));

        int PerBlock(string subnet) => wantsPrefixes && TakesPrefixes(pool, subnet, by) ? Block.PrefixSize : 1;
    }

    /// <summary>Prefixes of this subnet are not known to be fragmented away.</summary>
    public static bool TakesPrefixes(Pool pool, string subnet, TimeSpan at) => pool.Holds.At(new HoldScope(HoldKind.Prefixes, subnet), at) is null;

    /// <summary>New ENIs may be made in this subnet.</summary>
    public static bool Usable(Pool pool, string subnet, TimeSpan at) =>
        !SubnetHeld(pool, subnet, at) && pool.Holds.At(new HoldScope(HoldKind.CreateIn, subnet), at) is null;

    /// <summary>True when a prefix could be had somewhere: then single addresses are no answer to a wish for prefixes.</summary>
    public static bool PrefixesAreToBeHad(PlanDraft draft)
    {
        var (pool, now) = (draft.Pool, draft.Now);
        foreach (var eni in pool.Enis)
        {
            if (eni is { GivesAddresses: true, NetworkCard: 0, State: <= EniState.Routed, LinkIsLate: false }
                && Room(draft, eni) > 0 && Gets(draft, eni) && TakesPrefixes(pool, eni.SubnetId, now))
                return true;
        }

        return UsableSlots(draft) > 0
            && pool.Template?.Choices().Any(choice => TakesPrefixes(pool, choice.SubnetId, now) && Usable(pool, choice.SubnetId, now)) == true;
    }

    private static bool SubnetHeld(Pool pool, string subnet, TimeSpan at) => pool.Holds.At(new HoldScope(HoldKind.Subnet, subnet), at) is not null;
}
