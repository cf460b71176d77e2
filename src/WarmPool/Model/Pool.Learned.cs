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
        if (learned.BlocksPerEni is { } most)
            // What was taken below that shows on the ENIs.
            Notes.BlocksPerEni = new FoundLimit(_enis.Select(static eni => eni.Blocks.Count).Where(blocks => blocks <= most).DefaultIfEmpty().Max(), most + 1);
        foreach (var (id, blocks) in learned.FullEnis)
        {
            if (ById(id) is { Role: EniRole.Primary or EniRole.Secondary } eni && eni.Blocks.Count <= blocks)
                eni.MostBlocks = new FoundLimit(eni.Blocks.Count, blocks + 1);
        }

        if (learned.RefusedAttaches > 0)
            Holds.Resume(
                _cardIsFull, Setback.CardFull, "the instance holds no more ENIs (EC2 told an earlier run)", learned.RefusedAttaches, learned.AttachesAgainAt,
                now, jitter);
    }

    // Only EC2 tells an attachment: one that IMDS alone has shown so far may be left alone until EC2 was asked.
    internal IReadOnlyList<EniId> Apart() =>
        [.. from eni in _enis
            where eni.Id is not null
                && (eni.NoManage || (eni.Attachment is not null && eni.Role is EniRole.Trunk or EniRole.Efa or EniRole.LeftAlone))
            select eni.Id!.Value];

    internal IReadOnlyList<EniId> Ours() =>
        [.. from eni in _enis
            where eni is { Id: not null, Role: EniRole.Secondary, NoManage: false } && (eni.WasOurs || !eni.Undescribed)
            select eni.Id!.Value];

    // A limit that was learned is written down with the next checkpoint.
    private void NoteLearned() => Version++;
}
