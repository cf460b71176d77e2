namespace AwsVpcCni.WarmPool.Model;

/// <summary>Takes each ENI one step further: created, attached, bound to its instance, routed; or detached, forgotten, deleted.</summary>
internal static class LifeCycle
{
    /// <summary>Links come within 5 s of the attach mostly, minutes after it at worst (ec2-facts.md §5). Below the time that an ADD waits.</summary>
    private static readonly TimeSpan _usualLinkTime = TimeSpan.FromSeconds(10);

    public static void Advance(PlanDraft draft)
    {
        foreach (var eni in draft.Pool.Enis)
        {
            if (eni is { Running: null, Role: EniRole.Primary or EniRole.Secondary } and ({ NoManage: false } or { State: EniState.Detaching or EniState.LinkSeen })
                && eni is { Doubt: null } or { Doubt.IsAttached: true } and ({ State: EniState.Attached or EniState.LinkSeen } or { State: EniState.Draining, Assigned: > 0 }))
                Step(draft, eni);
        }

        if (draft.Pool.AsksEc2)
            Look(draft);
    }

    /// <summary>What a late ENI was to bring is asked for elsewhere.</summary>
    public static void NoteLateLinks(PlanDraft draft)
    {
        foreach (var eni in draft.Pool.Enis)
        {
            if (eni is { State: EniState.Attached or EniState.LinkSeen, LinkIsLate: false, LinkSoughtAt: { } since } && draft.Due(since + _usualLinkTime))
                eni.LinkIsLate = true;
        }
    }

    /// <summary>The lowest index of the card that nothing sits at, as far as is known.</summary>
    public static int FreeIndex(Pool pool, int networkCard, TimeSpan now)
    {
        for (var index = 1; ; index++)
        {
            var here = (networkCard, index);
            if (pool.Notes.TakenIndices.TryGetValue(here, out var until) && until > now)
                continue;
            if (!pool.Enis.Any(eni => eni.NetworkCard == networkCard && eni.DeviceIndex == index))
                return index;
        }
    }

    private static void Step(PlanDraft draft, Eni eni)
    {
        var provisions = draft.Pool.Provisions;
        // No more pods come to it: it waits for those that are there.
        if (provisions && eni is { Role: EniRole.Secondary, State: EniState.Routed, SubnetExcluded: true })
            (eni.State, eni.NotBefore, eni.Setbacks) = (EniState.Draining, draft.Now, 0);
        switch (eni.State)
        {
            case EniState.Creating when provisions && draft.Due(eni.NotBefore):
                draft.Start(eni, new PoolAction.CreateEni(eni.Number, eni.Template!, eni.Ordered, eni.ClientToken!));
                break;
            case EniState.Created when provisions && draft.Due(eni.NotBefore):
                eni.DeviceIndex = FreeIndex(draft.Pool, eni.NetworkCard, draft.Now);
                eni.State = EniState.Attaching;
                draft.Start(eni, new PoolAction.AttachEni(eni.Number, eni.Id!.Value, eni.NetworkCard, eni.DeviceIndex.Value));
                break;
            case EniState.Attached when provisions && eni is { BindTried: false, Attachment: { } attachment, DeleteOnTermination: not true }:
                draft.Start(eni, new PoolAction.BindEni(eni.Number, eni.Id!.Value, attachment));
                break;
            case EniState.Attached or EniState.LinkSeen when Routable(eni) && !eni.LinkGone && draft.Due(eni.NotBefore):
                eni.State = EniState.LinkSeen;
                eni.LinkSoughtAt ??= draft.Now;
                draft.Start(eni, new PoolAction.RouteEni(eni.Number, eni.OnHost()));
                break;
            case EniState.Routed
                when provisions
                    && eni is { Role: EniRole.Secondary, DeleteOnTermination: false, Attachment: { } attachment }
                    && draft.Due(eni.BindNotBefore):
                draft.Start(eni, new PoolAction.BindEni(eni.Number, eni.Id!.Value, attachment));
                break;
            case EniState.Draining when Routable(eni) && eni is { Assigned: > 0, WasRouted: false, LinkGone: false } && draft.Due(eni.NotBefore):
                // Its last pods have their network again once its link is back.
                draft.Start(eni, new PoolAction.RouteEni(eni.Number, eni.OnHost()));
                break;
            case EniState.Draining
                when provisions && eni is { Idle: true, Attachment: { } attachment } && draft.Due(eni.NotBefore)
                    && !draft.Held(new HoldScope(HoldKind.Detach), out _):
                draft.Start(eni, new PoolAction.DetachEni(eni.Number, eni.Id!.Value, attachment));
                break;
            case EniState.Detaching when eni is { NoManage: false, Kept: false } && !Routable(eni) && provisions && draft.Due(eni.NotBefore):
                // The host never had it: nothing to forget.
                eni.State = EniState.Deleting;
                draft.Start(eni, new PoolAction.DeleteEni(eni.Number, eni.Id!.Value));
                break;
            case EniState.Detaching when Routable(eni) && draft.Due(eni.NotBefore):
                draft.Start(eni, new PoolAction.ForgetEni(eni.Number, eni.OnHost()));
                break;
            case EniState.Deleting when provisions && draft.Due(eni.NotBefore):
                draft.Start(eni, new PoolAction.DeleteEni(eni.Number, eni.Id!.Value));
                break;
            default:
                break;
        }
    }

    // One call for all of them: a start after an update would otherwise ask once per ENI.
    private static void Look(PlanDraft draft)
    {
        if (draft.Pool.Looking)
            return;
        var ids = new List<EniId>();
        foreach (var eni in draft.Pool.Enis)
        {
            if (eni is { Id: { } id, Running: null } && WantsLook(draft, eni))
                ids.Add(id);
        }

        if (ids.Count == 0 || draft.Held(new HoldScope(HoldKind.Look), out _))
            return;
        draft.Pool.Looking = true;
        draft.Actions.Add(new PoolAction.LookAtEnis(ids));
    }

    private static bool WantsLook(PlanDraft draft, Eni eni) =>
        eni.Doubt is { } doubt
            ? draft.Due(doubt.NextLook)
            : draft.Pool.Provisions && eni is { Role: EniRole.Secondary, NoManage: false }
              && ((eni.State == EniState.Draining && eni.Attachment is null)
                  || (eni.State == EniState.Routed && eni.DeleteOnTermination is null));

    private static bool Routable(Eni eni) =>
        eni is { MacAddress: not null, DeviceIndex: not null, PrimaryAddress: not null, SubnetCidr: not null };
}
