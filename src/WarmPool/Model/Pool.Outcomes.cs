namespace AwsVpcCni.WarmPool.Model;

public sealed partial class Pool
{
    /// <summary>So many refusals in a row of a create that may have happened, for reasons unheard of; then what it made is left to the clean-up.</summary>
    private const int CreatePatience = 5;

    /// <summary>After so many refusals to delete it, an ENI may have been attached after all: EC2 is asked.</summary>
    private const int DetachPatience = 4;

    /// <summary>How long an index that EC2 called taken is passed over.</summary>
    private static readonly TimeSpan _indexBelief = TimeSpan.FromMinutes(5);

    /// <summary>After a subnet was exhausted the others are looked at within this, however many calls it refuses.</summary>
    private static readonly TimeSpan _subnetPatience = TimeSpan.FromSeconds(10);

    /// <summary>A link that has not appeared this long after the attach will not: the ENI is given up.</summary>
    private static readonly TimeSpan _linkPatience = TimeSpan.FromMinutes(3);

    /// <summary>Records how an action ended. The planner decides what follows.</summary>
    /// <param name="jitter">0 to 1, drawn by the caller: spreads retries.</param>
    /// <returns>Lines for people about what was not as expected.</returns>
    public IReadOnlyList<string> Apply(PoolAction action, ActionResult result, TimeSpan now, double jitter) =>
        Apply(action, result, new PoolTime(now, DateTimeOffset.MinValue), jitter);

    /// <summary>Records how an action ended. The planner decides what follows.</summary>
    /// <param name="time">The wall clock tells how old an ENI is by its tag.</param>
    /// <param name="jitter">0 to 1, drawn by the caller: spreads retries.</param>
    /// <returns>Lines for people about what was not as expected.</returns>
    public IReadOnlyList<string> Apply(PoolAction action, ActionResult result, PoolTime time, double jitter)
    {
        var now = time.Monotonic;
        if (action is PoolAction.LookAtEnis look)
            return ApplyLook(look, result, now, jitter);
        if (action is not PoolAction.OnEni on)
            return ApplySlow(action, result, time, jitter);

        // An ENI that a look found gone meanwhile is not here any more, and neither is what was asked of it.
        if (ByNumber(on.Eni) is not { } eni || !ReferenceEquals(eni.Running, on))
            return [];

        (eni.Running, eni.Parked) = (null, false);
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
            case PoolAction.SetGroups or PoolAction.TagEni when result is ActionResult.Refused { Kind: Setback.Gone } gone:
                Wonder(eni, $"EC2 does not know it: {gone.Code}", now);
                break;
            case PoolAction.SetGroups set:
                if (result is ActionResult.Done)
                    eni.SecurityGroupIds = set.SecurityGroupIds;
                Mind(new HoldScope(HoldKind.Groups, set.Id.Value), result, $"{set.Id} keeps other security groups", now, jitter);
                break;
            case PoolAction.TagEni tag:
                eni.LostTags = result is not ActionResult.Done;
                Mind(new HoldScope(HoldKind.Tags), result, $"{tag.Id} is not tagged", now, jitter);
                break;
            case PoolAction.DetachEni:
                if (result is ActionResult.Done)
                    eni.State = EniState.Detaching;
                else if (result is ActionResult.Refused { Kind: Setback.Denied } denied)
                    KeepAfterAll(eni, denied, now, jitter);
                else if (result is ActionResult.Unknown)
                    // It may be through: pods that come now must not have it back.
                    Wonder(eni, "detach: no reply", now);
                break;
            case PoolAction.ForgetEni:
                if (result is ActionResult.Done && (eni.Kept || eni.NoManage))
                    Drop(eni, forGood: false);
                else if (result is ActionResult.Done)
                    eni.State = EniState.Deleting;
                break;
            case PoolAction.DeleteEni:
                if (result is ActionResult.Done)
                    Drop(eni);
                else if (result is ActionResult.Refused { Kind: not (Setback.InUse or Setback.Throttled) })
                    eni.DeviceIndex = null;
                else if (result is ActionResult.Refused { Kind: Setback.InUse } && eni.Setbacks >= DetachPatience)
                    Wonder(eni, "delete: still in use", now);
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
                Holds.Lift(new HoldScope(HoldKind.CreateIn, eni.SubnetId));
                Gave(eni.SubnetId, ordered);
                break;
            case ActionResult.Refused { Kind: Setback.Throttled or Setback.Denied } when eni.MayExist:
                eni.Ordered = ordered;
                break;
            case ActionResult.Refused { Kind: Setback.Other } when eni.MayExist && eni.Setbacks < CreatePatience:
                // Says as little about the attempt whose reply was lost, but it may be refused so for ever.
                eni.Ordered = ordered;
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
            case ActionResult.Refused { Kind: Setback.EniFull } refused:
                // This type holds fewer addresses per ENI than its table says (EC2 checks at the attach): half of it, next time.
                Notes.BlocksPerEni = Math.Max(1, eni.Blocks.Count / 2);
                (eni.State, eni.DeviceIndex, eni.NotBefore, eni.Setbacks) = (EniState.Deleting, null, now, 0);
                if (eni.Blocks.Count <= 1)
                    Refuse(refused, HoldKind.Create, eni.SubnetId, default, now, jitter);
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
            // The link went while the news of its route was on its way.
            if (eni.LinkGone)
                return;
            (eni.State, eni.LinkIsLate) = (EniState.Routed, false);
            eni.WasRouted = true;
            return;
        }

        // Never seen, nobody on it, and not the one the node stands on: another ENI may fare better.
        if (eni is { Role: EniRole.Secondary, Idle: true } && now - eni.AttachedAt > _linkPatience)
        {
            (eni.State, eni.NotBefore, eni.Setbacks) = (EniState.Draining, now, 0);
            Notes.TakenIndices[(eni.NetworkCard, eni.DeviceIndex!.Value)] = now + _linkPatience + _indexBelief;
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
                Gave(eni.SubnetId, ordered);
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

    // What the node works without is tried again, ever less often.
    private void Mind(HoldScope scope, ActionResult result, string what, TimeSpan now, double jitter)
    {
        if (result is ActionResult.Done)
            Holds.Lift(scope);
        else if (result is ActionResult.Refused refused)
            Holds.Put(scope, refused.Kind, $"{what}: {refused.Code}: {refused.Message}", now, jitter);
        else
            Holds.Put(scope, Setback.Other, $"{what}: no reply", now, jitter);
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
            case Setback.SubnetFull or Setback.Fragmented when asked.Blocks > 1:
                // Fewer may fit: half of it, at once.
                Cap(where, asked, asked.Blocks / 2);
                break;
            case Setback.SubnetFull or Setback.Fragmented when asked.Prefixes > 0:
                Cap(where, asked, 1);
                HoldPrefixes(refused, where, now, jitter);
                break;
            case Setback.SubnetFull or Setback.Fragmented:
                Cap(where, asked, 1);
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

    // Another subnet is a better answer than less of this one.
    private void RefuseCreate(ActionResult.Refused refused, string subnet, BlockOrder asked, TimeSpan now, double jitter)
    {
        if (refused.Kind is Setback.SubnetFull or Setback.Fragmented or Setback.Other && Slow.NextSubnetLook > now + _subnetPatience)
            Slow.NextSubnetLook = now + _subnetPatience;
        var elsewhere = Template?.Choices().Any(choice => choice.SubnetId != subnet && Headroom.Usable(this, choice.SubnetId, now)) == true;
        if (elsewhere && refused.Kind == Setback.Fragmented)
            HoldPrefixes(refused, subnet, now, jitter);
        else if (elsewhere && refused.Kind is Setback.SubnetFull or Setback.Other)
            Holds.Put(new HoldScope(HoldKind.CreateIn, subnet), refused.Kind, WhyNotIn(refused, subnet), now, jitter);
        else
            Refuse(refused, HoldKind.Create, subnet, asked, now, jitter);
    }

    private static string WhyNotIn(ActionResult.Refused refused, string subnet) => refused.Kind == Setback.SubnetFull
        ? $"{subnet} has no free addresses ({refused.Code})"
        : $"{refused.Code}: {refused.Message}";

    private void HoldPrefixes(ActionResult.Refused refused, string subnet, TimeSpan now, double jitter) => Holds.Put(
        new HoldScope(HoldKind.Prefixes, subnet), Setback.Fragmented,
        $"{subnet} has no free /28 prefix ({refused.Code}): single addresses are taken until it has", now, jitter);

    private void Cap(string subnet, BlockOrder asked, int cap)
    {
        var key = (subnet, asked.Prefixes > 0);
        Notes.SubnetCaps[key] = Notes.SubnetCaps.TryGetValue(key, out var known) ? Math.Min(known, cap) : cap;
    }

    private void Gave(string subnet, BlockOrder asked)
    {
        Holds.Lift(new HoldScope(HoldKind.Subnet, subnet));
        if (asked.Prefixes > 0)
            Holds.Lift(new HoldScope(HoldKind.Prefixes, subnet));
        var key = (subnet, asked.Prefixes > 0);
        if (!Notes.SubnetCaps.TryGetValue(key, out var cap))
            return;
        if (cap >= 64)
            Notes.SubnetCaps.Remove(key);
        else
            Notes.SubnetCaps[key] = cap * 2;
    }

    internal static void Wonder(Eni eni, string why, TimeSpan now) => eni.Doubt = new Doubt(why, now, null);
}
