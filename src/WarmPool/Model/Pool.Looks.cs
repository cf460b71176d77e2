namespace AwsVpcCni.WarmPool.Model;

public sealed partial class Pool
{
    private List<string> ApplyLook(PoolAction.LookAtEnis look, ActionResult result, TimeSpan now, double jitter)
    {
        Looking = false;
        var drift = new List<string>();
        if (result is not ActionResult.Seen seen)
        {
            var refused = result as ActionResult.Refused;
            // Nobody can tell what came of their calls, and growth must not wait for an answer that may never come.
            foreach (var eni in _enis.Where(static eni => eni.Doubt is not null))
            {
                eni.Ordered = default;
                if (!eni.Doubt!.FromOutside)
                    continue;
                // The next look at IMDS raises it again, until EC2 answers, and what IMDS lacks is given to nobody meanwhile. Where EC2
                // may not be asked it would be so for ever, and IMDS alone is no proof.
                eni.Doubt = null;
                if (refused?.Kind == Setback.Denied)
                    Vouch(eni, Showing.Missing);
            }

            Holds.Put(
                new HoldScope(HoldKind.Look), refused?.Kind ?? Setback.InUse,
                $"cannot ask EC2 about ENIs: {refused?.Code ?? "no reply"}", now, jitter);
            return drift;
        }

        Holds.Lift(new HoldScope(HoldKind.Look));
        foreach (var id in look.Ids)
        {
            if (ById(id) is not { } eni)
                continue;
            var facts = seen.Enis.FirstOrDefault(facts => facts.Id == id);
            if (eni.Doubt is { } doubt)
            {
                // Asked while the doubt was not there yet, or its call still ran: says nothing.
                if (eni.Running is null && doubt.NextLook <= now)
                    Compare(eni, doubt, facts, now, jitter, drift);
            }
            else if (facts is null)
            {
                Wonder(eni, "EC2 does not list it", now);
            }
            else if (facts.Attachment is { Elsewhere: false } attachment && eni.State is > EniState.Attaching and < EniState.Detaching)
            {
                Describe(eni, attachment);
                Recognise(eni, facts, drift);
            }
            else
            {
                Wonder(eni, "EC2 does not call it attached", now);
            }
        }

        return drift;
    }

    private void Compare(Eni eni, Doubt doubt, EniFacts? facts, TimeSpan now, double jitter, List<string> drift)
    {
        var print = facts is null ? "absent" : Print(facts);
        if (doubt.LastSeen is { } last && last.Print == print && now - last.At >= DescribeLag)
            Settle(eni, facts, now, jitter, drift);
        else
            eni.Doubt = doubt with { NextLook = now + DescribeLag, LastSeen = new Sighting(now, print) };
    }

    private void Settle(Eni eni, EniFacts? facts, TimeSpan now, double jitter, List<string> drift)
    {
        var times = (eni.Doubt?.TimesDetaching ?? 0) + 1;
        var ofDetach = eni.Doubt is { OfDetach: true };
        eni.Doubt = null;
        eni.Ordered = default;
        // Where EC2 calls it attached the host is asked for its link again.
        eni.LinkGone = false;
        (eni.ChangedAt, eni.TrimmedAt) = (now, now);
        // What was refused and is as it was will be refused again: its pause goes on, and so does the count that makes it longer.
        if (!IsAsBefore(eni, facts))
            (eni.NotBefore, eni.Setbacks) = (now, 0);
        // The node stands on its primary ENI: whoever answers that it is gone knows nothing of this node.
        if (eni.Role == EniRole.Primary && facts is not { Attachment.Elsewhere: false })
        {
            drift.Add($"EC2 does not list the primary ENI {eni.Id} as this instance's; it stays as it is");
            return;
        }

        if (facts is null || facts.Attachment is { Elsewhere: true })
        {
            drift.Add(Lose(eni, facts is null ? $"{eni.Id} is gone: EC2 does not know it any more" : $"{eni.Id} is attached to another instance"));
            // The host may still have its table and rules: its index is free when they are not there any more.
            if (eni.State is >= EniState.Attached and <= EniState.Detaching && eni.DeviceIndex is not null)
                (eni.State, eni.Kept, eni.Vanished) = (EniState.Detaching, true, true);
            else
                Drop(eni);
            return;
        }

        var before = eni.Blocks.Where(static block => block.Assigned > 0).ToList();
        // It was full of what we did not know of, not smaller than its type says.
        if (facts.Blocks.Count(Block.IsOne) > eni.Blocks.Count)
            ForgetFull(eni);
        SetBlocks(eni, facts.Blocks, now);
        Vouch(eni, Showing.Missing, Showing.Unlisted);
        ConfirmFull(eni, now, jitter);

        foreach (var block in before.Where(static block => block.Removed))
        {
            LostAddresses += block.Assigned;
            drift.Add($"{block.Network} is not on {eni.Id} any more; its pod keeps it from others");
        }

        switch (facts.Attachment)
        {
            case { Leaving: false } attachment:
                Describe(eni, attachment);
                eni.DeviceIndex = attachment.DeviceIndex;
                eni.CannotDelete = null;
                eni.Refused = null;
                if (eni.State is EniState.Created or EniState.Attaching)
                    (eni.State, eni.AttachedAt) = (EniState.Attached, now);
                // EC2 has failed to detach it: it has its time to be routed as when it came.
                else if ((times > 1 || ofDetach) && eni.State is EniState.Attached or EniState.LinkSeen)
                    eni.AttachedAt = now;
                else if (eni.State is EniState.Detaching or EniState.Deleting)
                    eni.IsAttachedAfterAll(attachment.DeviceIndex, now);
                NoteHeld(eni);
                Recognise(eni, facts, drift);
                break;
            case null when eni.State == EniState.Attaching:
                (eni.State, eni.DeviceIndex) = (EniState.Created, null);
                break;
            // With pods on it, it was nobody of ours.
            case null when eni is { State: EniState.Draining, Assigned: 0 }:
                eni.State = EniState.Detaching;
                break;
            case null when eni.State is EniState.Attached or EniState.LinkSeen or EniState.Routed or EniState.Draining:
                drift.Add(Lose(eni, $"{eni.Id} was detached by somebody else"));
                // The host still has its table and rules, and left unattached it would keep its addresses for ever; what somebody else made is his.
                (eni.State, eni.Kept) = (EniState.Detaching, !Provisions || eni.NoManage || !Leftovers.IsOurs(facts));
                break;
            case { Leaving: true }:
                // On its way out or in: look until it has arrived, which may take hours. Its link may go at any moment.
                if (eni is { State: EniState.Routed, Role: EniRole.Secondary })
                {
                    (eni.State, eni.LinkIsLate, eni.LinkSoughtAt) = (EniState.LinkSeen, true, null);
                    drift.Add($"{eni.Id} is being detached by somebody else: no new pod gets an address of it");
                }

                eni.Doubt = new Doubt("detaching", now + Holds.Pause(Setback.Other, times, jitter), null) { TimesDetaching = times, OfDetach = ofDetach };
                break;
            default:
                break;
        }
    }

    // That goes for EC2's part of an ENI's way. What the host failed to do it does once EC2 calls the ENI attached.
    private static bool IsAsBefore(Eni eni, EniFacts? facts) => eni.State switch
    {
        EniState.Created or EniState.Attaching or EniState.Deleting => facts is { Attachment: null },
        EniState.Draining => facts?.Attachment is { Leaving: false, Elsewhere: false } attachment && attachment.Id == eni.Attachment,
        _ => false,
    };

    /// <param name="what">Of its addresses; what EC2 has said not to have only EC2 vouches for.</param>
    internal static void Vouch(Eni eni, params ReadOnlySpan<Showing> what)
    {
        if (eni.Showing == Showing.Missing)
            eni.Showing = Showing.Vouched;
        foreach (var block in eni.Blocks)
        {
            if (what.Contains(block.Showing))
                eni.SetShowing(block, Showing.Vouched);
        }
    }

    private static string Print(EniFacts facts)
    {
        var blocks = facts.Blocks.Select(static block => block.ToString()).Order(StringComparer.Ordinal);
        return $"{facts.Attachment?.Id}/{facts.Attachment?.Leaving}/{facts.Attachment?.Elsewhere} {string.Join(' ', blocks)}";
    }

    internal string Lose(Eni eni, string what)
    {
        if (eni.Assigned == 0)
            return what;
        LostEnis++;
        LostAddresses += eni.Assigned;
        return $"{what}; {eni.Assigned} pods on it have lost their network";
    }
}
