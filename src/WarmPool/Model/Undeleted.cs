namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// ENIs that EC2 refuses to delete, mostly as the node's role may not. Each counts as one of those that the node may have, so that they
/// do not become more with each that is made and given up; and one that is as good as a new one is attached again instead.
/// </summary>
internal static class Undeleted
{
    public static bool Any(Pool pool) => pool.Enis.Any(static eni => eni.CannotDelete is not null);

    /// <summary>It could be attached again.</summary>
    public static bool IsUsable(Pool pool, Eni eni, InstanceLimits limits) =>
        eni is { State: EniState.Deleting, CannotDelete: not null, DeviceIndex: null, NetworkCard: 0, Doubt: null, GivesAddresses: true, NoManage: false, Free: > 0 }
        && eni.Blocks.Count <= Headroom.BlocksOfNewEni(pool, limits)
        && pool.Template?.Choices().Any(choice => choice.SubnetId == eni.SubnetId) == true;

    /// <summary>Takes those that help.</summary>
    /// <returns>What is needed beside them.</returns>
    public static int Take(PlanDraft draft, int need)
    {
        // Others may have been made before it was known: then each has its place taken.
        var fits = Headroom.Taken(draft.Pool) <= Headroom.MostEnis(draft.Limits, draft.Targets);
        foreach (var eni in draft.Pool.Enis)
        {
            if (need <= 0)
                break;
            if (eni is not { CannotDelete: { } why, Running: null })
                continue;
            if (fits && IsUsable(draft.Pool, eni, draft.Limits))
            {
                eni.ComeAgain(draft.Now);
                need -= eni.Free;
            }
            else
            {
                draft.Pool.Notes.CannotGrow ??= $"cannot grow: {eni.Id} takes a slot and cannot be deleted: {why}";
            }
        }

        return need;
    }
}
