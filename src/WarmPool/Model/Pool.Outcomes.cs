namespace AwsVpcCni.WarmPool.Model;

public sealed partial class Pool
{
    /// <summary>How long an index that EC2 called taken is passed over.</summary>
    private static readonly TimeSpan _indexBelief = TimeSpan.FromMinutes(5);

    /// <summary>A link that has not appeared this long after the attach will not: the ENI is given up.</summary>
    private static readonly TimeSpan _linkPatience = TimeSpan.FromMinutes(3);

    /// <summary>Records how an action ended. The planner decides what follows.</summary>
    /// <param name="jitter">0 to 1, drawn by the caller: spreads retries.</param>
    /// <returns>Lines for people about what was not as expected.</returns>
    public IReadOnlyList<string> Apply(PoolAction action, ActionResult result, TimeSpan now, double jitter)
    {
        if (action is PoolAction.LookAtEnis look)
            return ApplyLook(look, result, now, jitter);

        var on = (PoolAction.OnEni)action;
        // An ENI that a look found gone meanwhile is not here any more, and neither is what was asked of it.
        if (ByNumber(on.Eni) is not { } eni || !ReferenceEquals(eni.Running, on))
            return [];

        eni.Running = null;
        var ordered = eni.Ordered;
        eni.Ordered = default;
        if (result is ActionResult.Unknown or ActionResult.HostFailed or ActionResult.Refused)
        {
            eni.Setbacks++;
            eni.NotBefore = now + Holds.Pause(PauseOf(result), eni.Setbacks, jitter);
        }
        else
        {
            eni.Setbacks = 0;
            eni.NotBefore = now;
            if (action is not PoolAction.RouteEni)
                eni.ChangedAt = now;
        }

        switch (on)
        {
            case PoolAction.CreateEni create:
                ApplyCreate(eni, create, result, ordered, now, jitter);
                break;
            case PoolAction.AttachEni attach:
                ApplyAttach(eni, attach, result, now, jitter);
                break;
            case PoolAction.BindEni:
                eni.DeleteOnTermination = result is ActionResult.Done;
                eni.BindTried = true;
                eni.BindNotBefore = eni.NotBefore;
                (eni.NotBefore, eni.Setbacks) = (now, eni.State == EniState.Attached ? 0 : eni.Setbacks);
                break;
            case PoolAction.RouteEni:
                ApplyRoute(eni, result, now, jitter);
                break;
            case PoolAction.AssignBlocks:
                ApplyAssign(eni, result, ordered, now, jitter);
                break;
            case PoolAction.UnassignBlocks unassign:
                ApplyUnassign(eni, unassign, result, now, jitter);
                break;
            case PoolAction.DetachEni:
                if (result is ActionResult.Done)
                    eni.State = EniState.Detaching;
                else if (result is ActionResult.Refused { Kind: Setback.Denied } denied)
                    KeepAfterAll(eni, denied, now, jitter);
                break;
            case PoolAction.ForgetEni:
                if (result is ActionResult.Done)
                    eni.State = EniState.Deleting;
                break;
            case PoolAction.DeleteEni:
                if (result is ActionResult.Done)
                    Drop(eni);
                else if (result is ActionResult.Refused { Kind: not (Setback.InUse or Setback.Throttled) })
                    eni.DeviceIndex = null;
                break;
            default:
                throw new InvalidOperationException($"no rule for {on.GetType().Name}");
        }

        return [];
    }

    private static Setback PauseOf(ActionResult result) => result switch
    {
        ActionResult.Refused refused => refused.Kind,
        _ => Setback.InUse,
    };

    private void ApplyCreate(
        Eni eni, PoolAction.CreateEni create, ActionResult result, BlockOrder ordered, TimeSpan now, double jitter)
    {
        switch (result)
        {
            case ActionResult.Created { Eni: var facts }:
                eni.State = EniState.Created;
                eni.Id = facts.Id;
                eni.MacAddress = facts.MacAddress;
                eni.PrimaryAddress = facts.PrimaryAddress;
                foreach (var network in facts.Blocks)
                    AddBlock(eni, network);
                Holds.Lift(new HoldScope(HoldKind.Create));
                Gave(eni.SubnetId);
                break;
            case ActionResult.Refused refused:
                Drop(eni);
                Refuse(refused, HoldKind.Create, create.Template.SubnetId, ordered, now, jitter);
                break;
            default:
                // The same token again makes no second ENI, so this wish stays, and stays counted.
                eni.Ordered = ordered;
                break;
        }
    }

    private void ApplyAttach(Eni eni, PoolAction.AttachEni attach, ActionResult result, TimeSpan now, double jitter)
    {
        switch (result)
        {
            case ActionResult.Attached { Attachment: var attachment }:
                eni.State = EniState.Attached;
                eni.Attachment = attachment;
                eni.DeleteOnTermination = false;
                eni.AttachedAt = now;
                Holds.Lift(new HoldScope(HoldKind.Card, $"{eni.NetworkCard}"));
                break;
            case ActionResult.Refused { Kind: Setback.IndexTaken }:
                Notes.TakenIndices[(attach.NetworkCard, attach.DeviceIndex)] = now + _indexBelief;
                (eni.State, eni.DeviceIndex, eni.NotBefore) = (EniState.Created, null, now);
                break;
            case ActionResult.Refused { Kind: Setback.Throttled }:
                (eni.State, eni.DeviceIndex) = (EniState.Created, null);
                break;
            case ActionResult.Refused { Kind: Setback.Gone }:
                Drop(eni);
                break;
            case ActionResult.Refused { Kind: Setback.InUse } refused:
                Wonder(eni, $"attach: {refused.Code}", now);
                break;
            case ActionResult.Refused refused:
                // Attached to nothing it serves nobody: deleted, and no new one before the hold is over.
                (eni.State, eni.DeviceIndex, eni.NotBefore, eni.Setbacks) = (EniState.Deleting, null, now, 0);
                Refuse(refused, refused.Kind == Setback.CardFull ? HoldKind.Card : HoldKind.Create, $"{eni.NetworkCard}", default, now, jitter);
                break;
            default:
                Wonder(eni, "attach: no reply", now);
                break;
        }
    }

    private void ApplyRoute(Eni eni, ActionResult result, TimeSpan now, double jitter)
    {
        if (result is ActionResult.Done)
        {
            (eni.State, eni.LinkIsLate) = (EniState.Routed, false);
            eni.WasRouted = true;
            return;
        }

        // Never seen, nobody on it, and not the one the node stands on: another ENI may fare better.
        if (eni is { Role: EniRole.Secondary, Idle: true } && now - eni.AttachedAt > _linkPatience)
        {
            (eni.State, eni.NotBefore, eni.Setbacks) = (EniState.Draining, now, 0);
            var why = result is ActionResult.HostFailed failed ? failed.Reason : result.ToString();
            Holds.Put(new HoldScope(HoldKind.Create), Setback.Other, $"{eni.Id} was attached and never became usable: {why}", now, jitter);
        }
    }

    private void ApplyAssign(Eni eni, ActionResult result, BlockOrder ordered, TimeSpan now, double jitter)
    {
        switch (result)
        {
            case ActionResult.Assigned { Blocks: var networks }:
                foreach (var network in networks)
                    AddBlock(eni, network);
                if (!eni.Blocks.Any(block => networks.Contains(block.Network)))
                {
                    // Asking again at once would be a loop.
                    Holds.Put(new HoldScope(HoldKind.Assign), Setback.Other, $"EC2 gave {eni.Id} none of the {ordered}", now, jitter);
                    break;
                }

                Holds.Lift(new HoldScope(HoldKind.Assign));
                Gave(eni.SubnetId);
                break;
            case ActionResult.Refused { Kind: Setback.EniFull or Setback.Gone } refused:
                // It holds fewer than the type's limit says: half of what was too much is tried next, once EC2 has told what is there.
                if (refused.Kind == Setback.EniFull)
                    eni.MostBlocks = eni.Blocks.Count + (ordered.Blocks / 2);
                Wonder(eni, $"assign: {refused.Code}", now);
                break;
            case ActionResult.Refused refused:
                Refuse(refused, HoldKind.Assign, eni.SubnetId, ordered, now, jitter);
                eni.NotBefore = now;
                break;
            default:
                // What it may have given counts as coming until EC2 was asked.
                eni.Ordered = ordered;
                Wonder(eni, "assign: no reply", now);
                break;
        }
    }

    private void ApplyUnassign(Eni eni, PoolAction.UnassignBlocks unassign, ActionResult result, TimeSpan now, double jitter)
    {
        if (result is ActionResult.Done or ActionResult.Unknown)
            eni.TrimmedAt = now;
        if (result is ActionResult.Unknown)
        {
            Wonder(eni, "unassign: no reply", now);
            return;
        }

        foreach (var block in eni.Blocks.Where(block => unassign.Blocks.Contains(block.Network)).ToList())
        {
            if (result is ActionResult.Done)
                RemoveBlock(block);
            else
                eni.SetLeaving(block, false);
        }

        if (result is ActionResult.Refused refused)
            KeepAfterAll(eni, refused, now, jitter);
    }

    // Giving back is optional: without it the node works, and holds more than it should.
    private void KeepAfterAll(Eni eni, ActionResult.Refused refused, TimeSpan now, double jitter)
    {
        // One that was given up because its link never appeared is no more routed than before.
        if (eni.State == EniState.Draining)
            eni.State = eni.WasRouted ? EniState.Routed : EniState.LinkSeen;
        Holds.Put(new HoldScope(HoldKind.Shrink), refused.Kind, $"cannot give back: {refused.Code}: {refused.Message}", now, jitter);
    }

    private void Refuse(ActionResult.Refused refused, HoldKind kind, string where, BlockOrder asked, TimeSpan now, double jitter)
    {
        switch (refused.Kind)
        {
            case Setback.SubnetFull when asked.Blocks > 1:
                // Fewer may fit: half of it, at once.
                var cap = asked.Blocks / 2;
                Notes.SubnetCaps[where] = Notes.SubnetCaps.TryGetValue(where, out var known) ? Math.Min(known, cap) : cap;
                break;
            case Setback.SubnetFull:
                Notes.SubnetCaps[where] = 1;
                Holds.Put(
                    new HoldScope(HoldKind.Subnet, where), refused.Kind, $"{where} has no free addresses ({refused.Code})", now, jitter);
                break;
            case Setback.CardFull:
                Holds.Put(
                    new HoldScope(HoldKind.Card, where), refused.Kind,
                    $"the instance holds no more ENIs ({refused.Code}: {refused.Message})", now, jitter);
                break;
            default:
                Holds.Put(new HoldScope(kind), refused.Kind, $"{refused.Code}: {refused.Message}", now, jitter);
                break;
        }
    }

    private void Gave(string subnet)
    {
        Holds.Lift(new HoldScope(HoldKind.Subnet, subnet));
        if (!Notes.SubnetCaps.TryGetValue(subnet, out var cap))
            return;
        if (cap >= 64)
            Notes.SubnetCaps.Remove(subnet);
        else
            Notes.SubnetCaps[subnet] = cap * 2;
    }

    internal static void Wonder(Eni eni, string why, TimeSpan now) => eni.Doubt = new Doubt(why, now, null);
}
