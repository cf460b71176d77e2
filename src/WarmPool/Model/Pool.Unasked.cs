namespace AwsVpcCni.WarmPool.Model;

/// <summary>What became of calls that left a doubt, where the node's role may not ask EC2: IMDS and the kernel tell.</summary>
public sealed partial class Pool
{
    /// <summary>No detach hangs for longer, as a rule.</summary>
    private static readonly TimeSpan _pastDetach = TimeSpan.FromHours(1);

    /// <summary>The role may not describe ENIs. An outage or too many calls end by themselves, and then EC2 knows better.</summary>
    internal bool MayNotLook => Holds.Of(HoldKind.Look).Any(static look => look.Hold.Kind == Setback.Denied);

    /// <summary>Ends what EC2 would have to be asked about and never will be: an ENI in doubt is frozen.</summary>
    /// <param name="seen">All that IMDS lists.</param>
    /// <param name="halfVisible">MACs that it lists without all of their ENI.</param>
    /// <returns>Lines for people about ENIs that are gone.</returns>
    internal IReadOnlyList<string> SettleUnasked(IReadOnlyList<KnownEni> seen, IReadOnlySet<string> halfVisible, TimeSpan now)
    {
        var drift = new List<string>();
        if (!MayNotLook)
            return drift;
        foreach (var eni in _enis)
        {
            if (eni is not { Doubt: { FromOutside: false } doubt, Running: null, Id: { } id } || halfVisible.Contains(eni.MacAddress ?? ""))
                continue;
            var known = seen.FirstOrDefault(known => known.Id == id);
            if (eni.State is EniState.Created or EniState.Attaching)
                SettleAttach(eni, known, now);
            else if (!IsProven(eni, doubt, known, now))
                continue;
            else if (eni.State >= EniState.Detaching)
                SettleDelete(eni, known, now);
            else if (known is null && doubt is { OfDetach: true } or { TimesDetaching: > 0 } && !eni.HasLink)
                Reconcile.Forget(this, eni, $"{id} is detached, says IMDS", now, drift);
            // While only one of the two witnesses sees it, nothing is known; of one that was to be detached that may be its beginning.
            else if (known is not null && !eni.LinkGone && (doubt.TimesDetaching == 0 || eni.Doubt?.InImds?.Looks.Proves(now, _pastDetach) == true))
                SettleAddresses(eni, known, now);
        }

        return drift;
    }

    /// <summary>
    /// What IMDS lists is attached, as we made it a moment ago and nobody has detached it; the kernel is the second witness, as it is
    /// routed only when its link is there. What IMDS has not listed for longer than a link takes is attached anew: EC2 refuses what is
    /// attached already.
    /// </summary>
    private static void SettleAttach(Eni eni, KnownEni? known, TimeSpan now)
    {
        if (known is { DeviceIndex: not null })
            (eni.State, eni.DeviceIndex, eni.AttachedAt, eni.ChangedAt) = (EniState.Attached, known.DeviceIndex, now, now);
        else if (known is null && now - eni.StartedAt >= LinkPatience)
            (eni.State, eni.DeviceIndex) = (EniState.Created, null);
        else
            return;
        (eni.Doubt, eni.NotBefore, eni.Setbacks) = (null, now, 0);
    }

    // Whatever IMDS may say, EC2 deletes nothing that is attached: trying again does no harm.
    private static void SettleDelete(Eni eni, KnownEni? known, TimeSpan now)
    {
        eni.Doubt = null;
        if (known is { DeviceIndex: { } index })
            eni.IsAttachedAfterAll(index, now);
    }

    /// <summary>
    /// It is attached as before. What it was to give back and IMDS shows was never taken, and what IMDS does not show is gone; what the
    /// lost call has brought is there. What else IMDS lacks stays: it forgets, and nobody was asked to take that.
    /// </summary>
    private void SettleAddresses(Eni eni, KnownEni known, TimeSpan now)
    {
        (eni.Doubt, eni.Ordered) = (null, default);
        var before = eni.Blocks.Count;
        SetBlocks(
            eni,
            [.. eni.Blocks.Where(block => !block.Leaving || known.Blocks.Contains(block.Network)).Select(static block => block.Network),
                .. known.Blocks.Where(network => !eni.Gone.Contains(network))],
            now);
        // It was full of what we did not know of, not smaller than its type says.
        if (eni.Blocks.Count > before)
            ForgetFull(eni);
        NoteHeld(eni, eni.Blocks.Count(block => known.Blocks.Contains(block.Network)));
    }

    // Not before IMDS has had the time to catch up with the call.
    private static bool IsProven(Eni eni, Doubt doubt, KnownEni? known, TimeSpan now)
    {
        if (now - doubt.NextLook < Reconcile.ImdsLag || now - eni.TrimmedAt < Reconcile.ImdsLag)
            return false;
        var print = known is null
            ? "absent"
            : $"{eni.LinkGone} {string.Join(' ', known.Blocks.Select(static block => block.ToString()).Order(StringComparer.Ordinal))}";
        var looks = (doubt.InImds is { } last && last.Print == print ? last.Looks : default).Again(now);
        eni.Doubt = doubt with { InImds = (print, looks) };
        return looks.Proves(now);
    }
}
