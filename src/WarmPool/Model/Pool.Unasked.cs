namespace AwsVpcCni.WarmPool.Model;

/// <summary>What became of an attach whose reply was lost, where the node's role may not ask EC2: IMDS and the kernel tell.</summary>
public sealed partial class Pool
{
    /// <summary>
    /// What IMDS lists is attached, as we made it a moment ago and nobody has detached it; the kernel is the second witness, as it is
    /// routed only when its link is there. What IMDS has not listed for longer than a link takes is attached anew: EC2 refuses what is
    /// attached already.
    /// </summary>
    /// <param name="seen">All that IMDS lists.</param>
    /// <param name="halfVisible">MACs that it lists without all of their ENI.</param>
    internal void SettleAttaches(IReadOnlyList<KnownEni> seen, IReadOnlySet<string> halfVisible, TimeSpan now)
    {
        if (Holds.Of(HoldKind.Look).All(static look => look.Hold.Kind != Setback.Denied))
            return;
        foreach (var eni in _enis)
        {
            if (eni is not { State: EniState.Attaching, Running: null, Doubt: not null, Id: { } id })
                continue;
            if (seen.FirstOrDefault(known => known.Id == id) is { DeviceIndex: not null } known)
                (eni.State, eni.DeviceIndex, eni.AttachedAt, eni.ChangedAt) = (EniState.Attached, known.DeviceIndex, now, now);
            else if (now - eni.StartedAt >= LinkPatience && !halfVisible.Contains(eni.MacAddress ?? ""))
                (eni.State, eni.DeviceIndex) = (EniState.Created, null);
            else
                continue;
            (eni.Doubt, eni.NotBefore, eni.Setbacks) = (null, now, 0);
        }
    }
}
