namespace AwsVpcCni.WarmPool.Model;

/// <summary>How an ENI comes: created, attached, routed, or not.</summary>
public sealed partial class Pool
{
    /// <summary>So many refusals in a row of a create that may have happened, for reasons unheard of; then what it made is left to the clean-up.</summary>
    private const int CreatePatience = 5;

    /// <summary>So many taken indices in a row are passed over at once; more of them would be a lie.</summary>
    private const int IndexPatience = 3;

    /// <summary>How long an index that EC2 called taken is passed over.</summary>
    private static readonly TimeSpan _indexBelief = TimeSpan.FromMinutes(5);

    /// <summary>A link that has not appeared this long after the attach will not: the ENI is given up.</summary>
    internal static readonly TimeSpan LinkPatience = TimeSpan.FromMinutes(3);

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
                eni.Refused = null;
                foreach (var network in facts.Blocks)
                    AddBlock(eni, network, now);
                // The next run may have nobody else to tell whose it is.
                NoteLearned();
                Holds.Lift(new HoldScope(HoldKind.Create));
                Holds.Lift(new HoldScope(HoldKind.CreateIn, eni.SubnetId));
                Gave(eni.SubnetId, ordered);
                break;
            case ActionResult.Refused { Kind: Setback.Throttled } when eni.MayExist:
                eni.Ordered = ordered;
                break;
            case ActionResult.Refused { Kind: Setback.Denied or Setback.Other } refused when eni.MayExist && eni.Setbacks < CreatePatience:
                // Says as little about the attempt whose reply was lost, but it may be refused so for ever.
                eni.Ordered = ordered;
                eni.Refused = $"{refused.Code}: {refused.Message}";
                break;
            case ActionResult.Refused refused:
                Drop(eni);
                RefuseCreate(refused, create.Template.SubnetId, ordered, now, jitter);
                break;
            default:
                // The same token again makes no second ENI, so this wish stays, and stays counted.
                eni.Ordered = ordered;
                eni.MayExist = true;
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
                eni.Refused = null;
                NoteHeld(eni);
                Holds.Lift(new HoldScope(HoldKind.Card, $"{eni.NetworkCard}"));
                break;
            case ActionResult.Refused { Kind: Setback.IndexTaken } taken:
                Notes.TakenIndices[(attach.NetworkCard, attach.DeviceIndex)] = now + _indexBelief;
                (eni.State, eni.DeviceIndex, eni.NotBefore) = (EniState.Created, null, now);
                if (eni.Setbacks > IndexPatience)
                    RefuseAttach(eni, taken, eni.Setbacks - IndexPatience, now, jitter);
                break;
            case ActionResult.Refused { Kind: Setback.Throttled }:
                (eni.State, eni.DeviceIndex) = (EniState.Created, null);
                break;
            case ActionResult.Refused { Kind: Setback.Gone } gone:
                // Whoever deletes what we make deletes the next one too.
                Drop(eni);
                Refuse(gone, HoldKind.Arrival, $"{eni.NetworkCard}", default, now, jitter);
                break;
            case ActionResult.Refused { Kind: Setback.InUse } refused:
                RefuseAttach(eni, refused, eni.Setbacks, now, jitter);
                Wonder(eni, $"attach: {refused.Code}", now);
                break;
            case ActionResult.Refused { Kind: Setback.EniFull } refused:
                // This type holds fewer addresses per ENI than its table says (EC2 checks at the attach, and no view of it can be stale).
                NoteFullType(eni.Blocks.Count, $"{refused.Code}: {refused.Message}", now, jitter);
                (eni.State, eni.DeviceIndex, eni.NotBefore, eni.Setbacks) = (EniState.Deleting, null, now, 0);
                if (eni.Blocks.Count <= 1)
                    Refuse(refused, HoldKind.Arrival, eni.SubnetId, default, now, jitter);
                break;
            case ActionResult.Refused refused:
                // Attached to nothing it serves nobody: deleted, and no new one before the hold is over.
                (eni.State, eni.DeviceIndex, eni.NotBefore, eni.Setbacks) = (EniState.Deleting, null, now, 0);
                Refuse(refused, refused.Kind == Setback.CardFull ? HoldKind.Card : HoldKind.Arrival, $"{eni.NetworkCard}", default, now, jitter);
                break;
            default:
                Wonder(eni, "attach: no reply", now);
                break;
        }
    }

    // It is kept, and whoever waits for it is told why it does not come.
    private static void RefuseAttach(Eni eni, ActionResult.Refused refused, int times, TimeSpan now, double jitter)
    {
        eni.NotBefore = now + Holds.Pause(Setback.Other, times, jitter);
        eni.Refused = $"{eni.Id} is not attached: {refused.Code}: {refused.Message}";
    }

    private void ApplyRoute(Eni eni, ActionResult result, TimeSpan now, double jitter)
    {
        if (result is ActionResult.Done)
        {
            // The link went while the news of its route was on its way.
            if (eni.LinkGone)
                return;
            (eni.WasRouted, eni.HasLink) = (true, true);
            if (eni.State == EniState.Draining)
                return;
            (eni.State, eni.LinkIsLate) = (EniState.Routed, false);
            if (eni.Role == EniRole.Secondary)
                Holds.Lift(new HoldScope(HoldKind.Arrival));
            return;
        }

        // Never seen, nobody on it, and not the one the node stands on: another ENI may fare better. Where nobody here makes another, it may still come.
        if (Provisions && eni is { Role: EniRole.Secondary, NoManage: false, Idle: true, State: < EniState.Draining } && now - eni.AttachedAt > LinkPatience)
        {
            (eni.State, eni.NotBefore, eni.Setbacks) = (EniState.Draining, now, 0);
            Notes.TakenIndices[(eni.NetworkCard, eni.DeviceIndex!.Value)] = now + LinkPatience + _indexBelief;
            var why = result is ActionResult.HostFailed failed ? failed.Reason : result.ToString();
            Holds.Put(new HoldScope(HoldKind.Arrival), Setback.Other, $"{eni.Id} was attached and never became usable: {why}", now, jitter);
        }
    }
}
