namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Limits below the instance type's figures, as EC2's refusals have taught them. They outlive the daemon: a new run would be refused the
/// same once more each. They do not outlive the boot: an instance changes its type only while it is stopped.
/// </summary>
public sealed partial class Pool
{
    /// <summary>More of them make no pause longer.</summary>
    private const int MostRefusals = 16;

    private static readonly HoldScope _cardIsFull = new(HoldKind.Card, "0");

    /// <summary>Null when there is nothing to remember.</summary>
    internal CheckpointLimits? Learned()
    {
        var full = _enis.Where(static eni => eni is { Id: not null, MostBlocks: not null }).Select(static eni => (eni.Id!.Value, eni.MostBlocks!.Value)).ToList();
        var refused = Holds.Of(HoldKind.Card).Where(static card => card.Where == _cardIsFull.Where).Sum(static card => card.Hold.Attempts);
        return Notes.BlocksPerEni is null && full.Count == 0 && refused == 0 ? null : new CheckpointLimits(Notes.BlocksPerEni, full, Math.Min(refused, MostRefusals));
    }

    /// <param name="jitter">0 to 1.</param>
    internal void KeepLearned(CheckpointLimits learned, TimeSpan now, double jitter)
    {
        Notes.BlocksPerEni = learned.BlocksPerEni;
        foreach (var (id, blocks) in learned.FullEnis)
        {
            if (ById(id) is { Role: EniRole.Primary or EniRole.Secondary } eni)
                eni.MostBlocks = blocks;
        }

        if (learned.RefusedAttaches > 0)
            Holds.Resume(
                _cardIsFull, Setback.CardFull, "the instance holds no more ENIs (EC2 told an earlier run)", learned.RefusedAttaches, now, jitter);
    }

    // A limit that was learned is written down with the next checkpoint.
    private void NoteLearned() => Version++;
}
