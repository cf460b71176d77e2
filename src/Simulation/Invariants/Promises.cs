using System.Net;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>
/// The book of who uses which address, kept by the world and not by the pool: whatever crashes, no two pods use one address at a
/// time, and none is used again before it has rested.
/// </summary>
public sealed class Promises(World world, Trace trace, Coverage coverage)
{
    private readonly Dictionary<PodKey, IPAddress> _holders = [];
    private readonly Dictionary<IPAddress, PodKey> _users = [];
    private readonly Dictionary<IPAddress, (PodKey Key, TimeSpan At)> _lastUsed = [];

    /// <summary>Every address that a pod uses, or is about to, and whose it is.</summary>
    public IReadOnlyDictionary<IPAddress, PodKey> Users => _users;

    /// <summary>Addresses that pods stopped using, and when.</summary>
    public IReadOnlyDictionary<IPAddress, (PodKey Key, TimeSpan At)> LastUsed => _lastUsed;

    /// <summary>A daemon told a sandbox its address: from now on the sandbox may use it.</summary>
    /// <param name="cooldown">How long it must have rested if it was another sandbox's.</param>
    public void Told(PodKey key, AssignedAddress place, TimeSpan cooldown)
    {
        var address = place.Address;
        if (_holders.TryGetValue(key, out var had) && !had.Equals(address))
            Break($"{key} was given {address} and has {had}");
        if (_users.TryGetValue(address, out var other) && other != key)
            Break($"{address} was given to {key} while {other} has it");
        if (_lastUsed.TryGetValue(address, out var last) && last.Key != key && world.Now - last.At < cooldown)
            Break($"{address} was given to {key} {(world.Now - last.At).TotalSeconds:F3} s after {last.Key} used it, it rests {cooldown.TotalSeconds:F0} s");
        if (last.Key != default && last.Key != key)
            coverage.Count("pod", "gets an address that another one had");
        _holders[key] = address;
        _users[address] = key;
    }

    /// <summary>The sandbox never used its address: the reply was lost, or the plugin died before it made the veth.</summary>
    public void NeverUsed(PodKey key)
    {
        if (_holders.Remove(key, out var address))
            _users.Remove(address);
    }

    /// <summary>The sandbox uses its address no more, from now on.</summary>
    public void Stopped(PodKey key)
    {
        if (!_holders.Remove(key, out var address))
            return;
        _users.Remove(address);
        _lastUsed[address] = (key, world.Now);
    }

    /// <summary>The checkpoint was destroyed: nobody can know any more what rested.</summary>
    public void ForgetRests() => _lastUsed.Clear();

    /// <summary>The checkpoint was destroyed, and these addresses have left the node since they were used: a start finds them nowhere.</summary>
    public void ForgetRests(Func<IPAddress, bool> left)
    {
        foreach (var address in _lastUsed.Keys.Where(left).ToList())
            _lastUsed.Remove(address);
    }

    /// <summary>Ends the run: this must never happen.</summary>
    public void Break(string what)
    {
        trace.Add("BROKEN", what);
        world.Fail(new BrokenPromiseException(what));
    }
}
