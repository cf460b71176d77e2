namespace AwsVpcCni.WarmPool.Model;

/// <summary>Writes down for people what keeps the pool from growing as it should.</summary>
internal static class Explaining
{
    /// <summary>ENIs that EC2 may have made, and now refuses to make or to attach: what they bring is counted, and whoever waits for it is told what keeps it.</summary>
    public static void Wishes(PlanDraft draft)
    {
        foreach (var eni in draft.Pool.Enis)
        {
            if (eni is { State: <= EniState.Attaching, Refused: { } refused })
                Held(draft, new Hold(refused, eni.NotBefore, eni.Setbacks, Setback.Other));
        }
    }

    /// <summary>Why no prefixes are asked for.</summary>
    public static void Singles(PlanDraft draft)
    {
        foreach (var eni in draft.Pool.Enis)
        {
            if (eni.GivesAddresses && draft.Held(new HoldScope(HoldKind.Prefixes, eni.SubnetId), out var hold))
                draft.Pool.Notes.SinglesInstead ??= hold.Text;
        }

        foreach (var choice in draft.Pool.Template?.Choices() ?? [])
        {
            if (draft.Held(new HoldScope(HoldKind.Prefixes, choice.SubnetId), out var hold))
                draft.Pool.Notes.SinglesInstead ??= hold.Text;
        }
    }

    /// <summary>A hold that keeps the pool from growing, beside the others that do.</summary>
    public static void Held(PlanDraft draft, Hold hold)
    {
        var notes = draft.Pool.Notes;
        if (notes.CannotGrow is null)
            notes.CannotGrow = $"cannot grow: {hold.Text}";
        else if (!notes.CannotGrow.Contains(hold.Text, StringComparison.Ordinal))
            notes.CannotGrow += $"; {hold.Text}";
        if (notes.CannotGrowUntil < hold.Until)
            notes.CannotGrowUntil = hold.Until;
    }
}
