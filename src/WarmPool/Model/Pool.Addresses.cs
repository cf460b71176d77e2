namespace AwsVpcCni.WarmPool.Model;

/// <summary>Addresses that EC2 gives an ENI and takes back, or does not.</summary>
public sealed partial class Pool
{
    private void ApplyAssign(Eni eni, ActionResult result, BlockOrder ordered, TimeSpan now, double jitter)
    {
        switch (result)
        {
            case ActionResult.Assigned { Blocks: var networks }:
                foreach (var network in networks)
                    AddBlock(eni, network, now);
                if (!eni.Blocks.Any(block => networks.Contains(block.Network)))
                {
                    // Asking again at once would be a loop.
                    Holds.Put(new HoldScope(HoldKind.Assign), Setback.Other, $"EC2 gave {eni.Id} none of the {ordered}", now, jitter);
                    break;
                }

                NoteHeld(eni);
                Holds.Lift(AssignScope(eni));
                Holds.Lift(new HoldScope(HoldKind.Assign));
                Gave(eni.SubnetId, ordered);
                break;
            case ActionResult.Refused { Kind: Setback.EniFull or Setback.Gone } refused:
                // It holds fewer than the type's figure says: half of what was too much is tried next, once EC2 has told what is there.
                if (refused.Kind == Setback.EniFull)
                    NoteFull(eni, eni.Blocks.Count + ordered.Blocks, $"{refused.Code}: {refused.Message}", now, jitter);
                else
                    Holds.Put(AssignScope(eni), refused.Kind, $"{eni.Id} gets no addresses: {refused.Code}: {refused.Message}", now, jitter);
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
        else
            Holds.Lift(new HoldScope(HoldKind.Shrink));
    }

    private static HoldScope AssignScope(Eni eni) => new(HoldKind.Assign, eni.Id!.Value.Value);

    // Giving back is optional: without it the node works, and holds more than it should.
    private void KeepAfterAll(Eni eni, ActionResult.Refused refused, TimeSpan now, double jitter)
    {
        // One that was given up because its link never appeared is no more routed than before, and one that may not be used stays out of use.
        if (eni is { State: EniState.Draining, SubnetExcluded: false })
            eni.State = eni.WasRouted ? EniState.Routed : EniState.LinkSeen;
        Holds.Put(new HoldScope(HoldKind.Shrink), refused.Kind, $"cannot give back: {refused.Code}: {refused.Message}", now, jitter);
    }
}
