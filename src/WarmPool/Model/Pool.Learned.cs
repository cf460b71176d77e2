namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// What EC2 has taught and nobody else tells. Limits below the instance type's figures, from its refusals: they outlive the daemon, as a
/// new run would be refused the same once more each, and not the boot, as an instance changes its type only while it is stopped. And
/// which ENIs are not for the pool.
/// </summary>
public sealed partial class Pool
{
    /// <summary>More of them make no pause longer.</summary>
    private const int MostRefusals = 16;

    private static readonly HoldScope _typeIsFull = new(HoldKind.Full);

    private static readonly HoldScope _cardIsFull = new(HoldKind.Card, "0");

    /// <summary>Null when there is nothing to remember.</summary>
    internal CheckpointLimits? Learned()
    {
        // In doubt, it may have been full of what we did not know of.
        var full = _enis.Where(static eni => eni is { Id: not null, MostBlocks: not null, Doubt: null }).Select(static eni => (eni.Id!.Value, eni.MostBlocks!.Value.TooMany - 1)).ToList();
        var refused = Holds.Of(HoldKind.Card).Where(static card => card.Where == _cardIsFull.Where).Select(static card => card.Hold).FirstOrDefault();
        return Notes.BlocksPerEni is null && full.Count == 0 && refused is null
            ? null
            : new CheckpointLimits(Notes.BlocksPerEni?.Most, full, Math.Min(refused?.Attempts ?? 0, MostRefusals)) { AttachesAgainAt = refused?.Until };
    }

    /// <param name="jitter">0 to 1.</param>
    internal void KeepLearned(CheckpointLimits learned, TimeSpan now, double jitter)
    {
        // What was taken below that shows on the ENIs.
        var held = MostHeld();
        if (learned.BlocksPerEni is { } most && held <= most)
        {
            Notes.BlocksPerEni = new FoundLimit(held, most + 1);
            Resume(_typeIsFull, "the instance type's ENIs");
        }

        foreach (var (id, blocks) in learned.FullEnis)
        {
            if (ById(id) is not { Role: EniRole.Primary or EniRole.Secondary } eni || eni.Blocks.Count > blocks)
                continue;
            eni.MostBlocks = new FoundLimit(eni.Blocks.Count, blocks + 1);
            Resume(FullScope(eni), $"{id}");
        }

        if (learned.RefusedAttaches > 0)
            Holds.Resume(
                _cardIsFull, Setback.CardFull, "the instance holds no more ENIs (EC2 told an earlier run)", learned.RefusedAttaches, learned.AttachesAgainAt,
                now, jitter);

        // How often it was refused is not written down: a restart costs one more try, a minute later.
        void Resume(HoldScope scope, string what) =>
            Holds.Resume(scope, Setback.EniFull, $"EC2 refuses {what} more addresses (EC2 told an earlier run)", attempts: 1, until: null, now, jitter);
    }

    /// <summary>The ENI has what it has now: EC2 gave it that, attached it with that, or tells of it, or IMDS does.</summary>
    private void NoteHeld(Eni eni) => NoteHeld(eni, eni.Blocks.Count);

    /// <param name="blocks">Those that it has beyond doubt.</param>
    internal void NoteHeld(Eni eni, int blocks)
    {
        // Unattached it may hold more than it can be attached with.
        if (!IsAttached(eni))
            return;
        if (eni.MostBlocks is { } own && (eni.MostBlocks = own.Held(blocks)) is null)
            ForgetFull(eni);
        if (Notes.BlocksPerEni is { } type && (Notes.BlocksPerEni = type.Held(blocks)) is null)
            ForgetFullType();
    }

    /// <summary>EC2 refused so many on one ENI. That is the ENI's own matter until another one confirms it: one view of EC2 may be stale.</summary>
    private void NoteFull(Eni eni, int tooMany, string why, TimeSpan now, double jitter)
    {
        // What is tried below it, to find what fits, is tried at once.
        if (eni.MostBlocks is not { } known || tooMany >= known.TooMany)
            Holds.Put(FullScope(eni), Setback.EniFull, $"EC2 refuses {eni.Id} more addresses: {why}", now, jitter);
        if (Notes.BlocksPerEni is { } type && tooMany >= type.TooMany)
            NoteFullType(tooMany, why, now, jitter);
        eni.MostBlocks = (eni.MostBlocks ?? FoundLimit.By(tooMany)).Refused(tooMany).Held(eni.Blocks.Count);
        NoteLearned();
    }

    /// <summary>
    /// What two ENIs were refused holds for the type; and where it is known to be smaller than its figure, one ENI tells how much. EC2 has
    /// just told what is on this one.
    /// </summary>
    private void ConfirmFull(Eni eni, TimeSpan now, double jitter)
    {
        if (eni.MostBlocks is not { } found)
            return;
        NoteLearned();
        var others = _enis.Where(other => other != eni && other is { MostBlocks: not null, Doubt: null }).Select(static other => other.MostBlocks!.Value.TooMany).ToList();
        if (Notes.BlocksPerEni is null && others.Count == 0)
            return;
        var tooMany = Notes.BlocksPerEni is null ? Math.Max(found.TooMany, others.Min()) : found.TooMany;
        if (tooMany > MostHeld() && !(tooMany >= Notes.BlocksPerEni?.TooMany))
            NoteFullType(tooMany, $"{eni.Id} holds no more either", now, jitter);
    }

    private void NoteFullType(int tooMany, string why, TimeSpan now, double jitter)
    {
        if (Notes.BlocksPerEni is not { } known || tooMany >= known.TooMany)
            Holds.Put(_typeIsFull, Setback.EniFull, $"EC2 refuses the instance type's ENIs more addresses: {why}", now, jitter);
        var found = (Notes.BlocksPerEni ?? FoundLimit.By(tooMany)).Refused(tooMany);
        // What any ENI holds, all hold.
        Notes.BlocksPerEni = found.Held(Held().Where(blocks => blocks < found.TooMany).DefaultIfEmpty().Max());
        NoteLearned();
    }

    private void ForgetFull(Eni eni)
    {
        eni.MostBlocks = null;
        Holds.Lift(FullScope(eni));
        NoteLearned();
    }

    private void ForgetFullType()
    {
        Notes.BlocksPerEni = null;
        Holds.Lift(_typeIsFull);
        NoteLearned();
    }

    private IEnumerable<int> Held() => _enis.Where(IsAttached).Select(static eni => eni.Blocks.Count);

    private int MostHeld() => Held().DefaultIfEmpty().Max();

    private static bool IsAttached(Eni eni) => eni.State is >= EniState.Attached and <= EniState.Draining;

    private static HoldScope FullScope(Eni eni) => new(HoldKind.Full, eni.Id!.Value.Value);

    // Only EC2 tells an attachment: one that IMDS alone has shown so far may be left alone until EC2 was asked.
    internal IReadOnlyList<EniId> Apart() =>
        [.. from eni in _enis
            where eni.Id is not null
                && (eni.NoManage || (eni.Attachment is not null && eni.Role is EniRole.Trunk or EniRole.Efa or EniRole.LeftAlone))
            select eni.Id!.Value];

    internal IReadOnlyList<EniId> Ours() =>
        [.. from eni in _enis
            where eni is { Id: not null, Role: EniRole.Secondary, NoManage: false } && (eni.WasOurs || eni.Attachment is not null)
            select eni.Id!.Value];

    // A limit that was learned is written down with the next checkpoint.
    private void NoteLearned() => Version++;
}
