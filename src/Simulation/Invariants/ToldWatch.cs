using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>
/// What a node's daemon tells plugins: an address is durable before anybody hears of it, and sits on an ENI of the node's own that has it
/// and carries it; a DEL that was noted is carried out before anybody is served.
/// </summary>
internal sealed class ToldWatch(World world, Region region, Node node, Wire wire, Promises promises, Trace trace, Coverage coverage)
{
    /// <summary>
    /// A daemon that was killed while it gave addresses back has left a note of that in the checkpoint. Where that was destroyed, a
    /// start may read them from IMDS, and until a slow look finds it a pod can get one: counted as a weakness, not as a broken promise.
    /// </summary>
    private static readonly TimeSpan _repairedWithin = TimeSpan.FromMinutes(10);

    /// <summary>From a link's end to the last reply that was on its way: a slow disk's write, twice.</summary>
    private static readonly TimeSpan _unplugged = TimeSpan.FromSeconds(10);

    private readonly Dictionary<PodKey, TimeSpan> _lastTold = [];
    private int _guestKnownTo;

    /// <summary>EC2 has told the present run of the daemon what kind of ENI the guest is.</summary>
    public void GuestIsKnown() => _guestKnownTo = node.Runs;

    /// <summary>In the moment in which the daemon says it; what the plugin makes of it comes later.</summary>
    public void Check(PodKey key, AddReply.Assigned assigned)
    {
        foreach (var place in assigned.Addresses)
        {
            trace.Add(node.Setup.Name, $"{key.ContainerId} is told {place.Address} on {place.Eni?.Id}");
            // It has had it since before this run, told or not.
            var again = _lastTold.ContainsKey(key) || Names(node.FoundCheckpoint, key);
            if (!_lastTold.ContainsKey(key) && place.Eni is { } carrier && node.Kernel.VanishedAt(carrier.Id.Value) is { } at && world.Now - at > _unplugged)
                promises.Break($"{key} was told {place.Address} {(world.Now - at).TotalSeconds:F0} s after the link of {carrier.Id} had vanished");
            _lastTold[key] = world.Now;
            promises.Told(key, place, node.Targets.Cooldown);
            if (!Names(node.Disk.Synced, key))
                promises.Break($"{key} was told {place.Address} before it was on the disk");
            CheckCarrier(key, place, again);
        }
    }

    /// <summary>A note was carried out before anybody was served: the sandbox has no address any more. By a clock that jumped nobody can tell.</summary>
    public async Task CheckCarriedOutAsync(WarmPoolEngine engine, DelNote note)
    {
        if (node.WallJumped || !_lastTold.TryGetValue(note.Key, out var told) || told >= note.At)
            return;
        try
        {
            if (await engine.FindAsync(note.Key, CancellationToken.None) is { Count: > 0 } kept)
                promises.Break($"{note.Key} still has {kept[0].Address} after its noted DEL was carried out");
        }
        catch (InvalidOperationException)
        {
            // It was stopped in the same moment, and tells nothing any more.
        }
    }

    /// <param name="again">It had the address before, and keeps it while its ENI is routed anew after a reset.</param>
    private void CheckCarrier(PodKey key, AssignedAddress place, bool again)
    {
        var eni = place.Eni is { } carrier ? region.Eni(carrier.Id.Value) : null;
        var problem =
            eni?.Attachment?.InstanceId != node.Instance.Id ? $"its ENI {place.Eni?.Id} is not on this instance"
            : !eni.Blocks.Any(block => block.Contains(place.Address)) ? $"{eni.Id} does not have it"
            : !node.Kernel.IsRouted(eni.Id) && !IsReset(eni.Id, again) ? $"{eni.Id} is not routed"
            : eni.Id == node.GuestId && _guestKnownTo == node.Runs ? $"{eni.Id} is to be left alone"
            : eni.Id == node.Instance.PrimaryInterfaceId && !node.Setup.PrimaryGives ? "the primary ENI gives no addresses here"
            : null;
        // What IMDS shows is all that a daemon knows whose EC2 does not answer: pods must start all the same, and EC2 has the address.
        if (problem is null && eni?.Id == node.GuestId)
            coverage.Count("weak", "a pod on an ENI that is to be left alone, before EC2 had told so");
        if (problem is null || node.IsTampered(place))
            return;
        if (wire.GaveBack(place, world.Now - _repairedWithin, node.CheckpointLostAt))
            coverage.Count("weak", "an address that was being given back when the checkpoint was destroyed");
        else
            promises.Break($"{key} was told {place.Address}, and {problem}");
    }

    private static bool Names(ReadOnlyMemory<byte>? checkpoint, PodKey key) =>
        checkpoint is { } content && content.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes($"\"{key.ContainerId}\"")) >= 0;

    private bool IsReset(string eni, bool again) => node.Kernel.ResetAt(eni) is { } at && (again || world.Now - at <= _unplugged);
}
