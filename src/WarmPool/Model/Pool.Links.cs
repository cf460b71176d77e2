namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Links that vanish under routed ENIs. The hypervisor unplugs what EC2 detaches, by whomever; a driver's reset looks the same for a
/// moment. So it is no proof, but reason enough to give no more of its addresses until EC2, IMDS or the link itself has settled it.
/// </summary>
public sealed partial class Pool
{
    /// <summary>Some ENI's link has vanished, and nobody has told yet what that means.</summary>
    internal bool MissesLinks => _enis.Exists(static eni => eni.LinkGone);

    /// <summary>The host saw the link of an ENI that it had routed go, or come back.</summary>
    /// <returns>A line for people; null when it is no news.</returns>
    internal string? NoteLink(EniId id, bool present, TimeSpan now)
    {
        if (ById(id) is not { Role: EniRole.Primary or EniRole.Secondary, State: < EniState.Detaching } eni)
            return null;
        eni.HasLink = present;
        if (eni.LinkGone == !present)
            return null;
        return present ? LinkIsBack(eni, now) : LinkIsGone(eni, now);
    }

    private string? LinkIsGone(Eni eni, TimeSpan now)
    {
        (eni.LinkGone, eni.WasRouted) = (true, false);
        // Our own detach may be faster than its reply.
        if (eni is { Running: PoolAction.DetachEni, Parked: false })
            return null;
        if (eni.State == EniState.Routed)
            (eni.State, eni.LinkIsLate, eni.LinkSoughtAt) = (EniState.LinkSeen, true, null);
        if (AsksEc2)
            eni.Doubt = eni.Doubt is { } doubt
                ? doubt with { FromOutside = false, IsAttached = false }
                : new Doubt("its link vanished", now, null) { OfLink = true };
        var pods = eni.Assigned == 0 ? "" : $", {eni.Assigned} pods on it have no network meanwhile";
        return $"the link of {eni.Id} vanished: no new pod gets an address of it before that is settled{pods}";
    }

    private string LinkIsBack(Eni eni, TimeSpan now)
    {
        eni.LinkGone = false;
        (eni.LinkIsLate, eni.LinkSoughtAt, eni.AttachedAt) = (false, null, now);
        (eni.NotBefore, eni.Setbacks) = (now, 0);
        // What is plugged is attached. It may be another attachment than before: EC2 is asked, and nobody waits for the answer.
        // Where EC2 may not be asked it never tells, and nothing but the link spoke against it.
        if (eni.Doubt is { OfLink: true } && MayNotLook)
            eni.Doubt = null;
        else if (eni.Doubt is { } doubt)
            eni.Doubt = doubt with { IsAttached = true, FromOutside = doubt.FromOutside || doubt.OfLink };
        return $"the link of {eni.Id} is back: it is routed anew";
    }
}
