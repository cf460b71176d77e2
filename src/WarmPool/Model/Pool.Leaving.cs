using System.Net;

namespace AwsVpcCni.WarmPool.Model;

public sealed partial class Pool
{
    /// <summary>What goes back to EC2 must be on the disk first: the checkpoint has changed.</summary>
    internal void NoteGivingBack() => Version++;

    /// <summary>It waits for the disk, and is not asked of EC2 before <see cref="Unpark"/>.</summary>
    internal void Park(PoolAction.OnEni action)
    {
        if (ByNumber(action.Eni) is { } eni && ReferenceEquals(eni.Running, action))
            eni.Parked = true;
    }

    /// <summary>False: it was called off meanwhile.</summary>
    internal bool Unpark(PoolAction.OnEni action)
    {
        if (ByNumber(action.Eni) is not { } eni || !ReferenceEquals(eni.Running, action))
            return false;
        eni.Parked = false;
        return true;
    }

    /// <summary>Pods have come: what was to go back, and EC2 was not asked to take yet, stays.</summary>
    internal void CallOff(Eni eni)
    {
        if (eni.Running is PoolAction.UnassignBlocks unassign)
        {
            foreach (var block in eni.Blocks.Where(block => unassign.Blocks.Contains(block.Network)))
                eni.SetLeaving(block, false);
        }

        (eni.Running, eni.Parked) = (null, false);
        NoteGivingBack();
    }

    /// <summary>It was to go, and EC2 has not been asked to take it.</summary>
    internal static bool MayStay(Eni eni) =>
        eni is { State: EniState.Draining, GivesAddresses: true, NetworkCard: 0, LinkIsLate: false, Doubt: null }
            and ({ Running: null } or { Running: PoolAction.DetachEni, Parked: true });

    /// <summary>What was to go serves at once, or once it is routed.</summary>
    internal void Stay(Eni eni, TimeSpan now)
    {
        if (eni.Running is not null)
            CallOff(eni);
        (eni.State, eni.NotBefore, eni.Setbacks) = (eni.WasRouted ? EniState.Routed : EniState.Attached, now, 0);
    }

    /// <summary>
    /// What EC2 was asked to take, or is about to be, and what it took while IMDS may still show it: a run that starts now, from IMDS,
    /// must not give it to a pod.
    /// </summary>
    internal IReadOnlyList<CheckpointLeaving> Leaving()
    {
        var leaving = new List<CheckpointLeaving>();
        foreach (var eni in _enis)
        {
            if (eni is { Id: not null, Running: PoolAction.DetachEni } or { Id: not null, State: EniState.Detaching })
                leaving.Add(new CheckpointLeaving(null, eni.Id));
            foreach (var block in eni.Blocks)
            {
                if (block.Leaving)
                    leaving.Add(new CheckpointLeaving(block.Network, null));
            }

            foreach (var network in eni.Gone)
            {
                // EC2 may have given it again since, to another ENI.
                if (BlockOf(network.BaseAddress) is not { } block || block.Network != network)
                    leaving.Add(new CheckpointLeaving(network, null));
            }
        }

        return leaving;
    }

    /// <summary>Keeps from pods what the run before was giving back, until EC2 was asked, or IMDS has caught up.</summary>
    internal void KeepLeaving(IReadOnlyList<CheckpointLeaving> leaving, TimeSpan now)
    {
        var networks = leaving.Where(static item => item.Block is not null).Select(static item => item.Block!.Value).ToHashSet();
        var whole = leaving.Where(static item => item.Eni is not null).Select(static item => item.Eni!.Value).ToHashSet();
        foreach (var eni in _enis.Where(static eni => eni.Id is not null && eni.Role is EniRole.Primary or EniRole.Secondary))
        {
            if (eni.Role == EniRole.Secondary && whole.Contains(eni.Id!.Value) && eni.State < EniState.Detaching)
            {
                // Its link may go at any moment: only EC2 can tell, and nobody waits for that longer than for a link.
                eni.LinkSoughtAt = now;
                if (AsksEc2)
                    eni.Doubt ??= new Doubt("it was being detached when the daemon ended", now, null) { OfDetach = true };
                continue;
            }

            foreach (var block in eni.Blocks.Where(block => block.Assigned == 0 && networks.Contains(block.Network)))
            {
                eni.SetLeaving(block, true);
                eni.TrimmedAt = now;
                if (AsksEc2)
                    eni.Doubt ??= new Doubt("addresses were being given back when the daemon ended", now, null) { IsAttached = true };
            }
        }
    }

    /// <summary>IMDS has had the time to catch up, and still shows it: EC2 never took it.</summary>
    internal static void TakeBackWhatStayed(Eni eni, IReadOnlyList<IPNetwork> networks)
    {
        if (eni.Running is PoolAction.UnassignBlocks || eni.Doubt is { IsAttached: false })
            return;
        foreach (var block in eni.Blocks.Where(block => block.Leaving && networks.Contains(block.Network)))
            eni.SetLeaving(block, false);
    }
}
