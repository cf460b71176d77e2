using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>Every ADD is answered within its bound; where nothing goes wrong, with an address.</summary>
public sealed class AnswerWatch
{
    /// <summary>A slow disk's write, and the turn that begins it.</summary>
    private static readonly TimeSpan _disk = TimeSpan.FromSeconds(2);

    /// <summary>One ADD that waits in vain while an ENI that was just given back makes room, kubelet's back-off, and another ADD.</summary>
    private static readonly TimeSpan _strictly = TimeSpan.FromSeconds(45);

    private readonly Promises _promises;
    private readonly Node _node;
    private bool _watching;

    public AnswerWatch(World world, Node node, Kubelet kubelet, Promises promises)
    {
        (_node, _promises) = (node, promises);
        node.Noticed += notice =>
        {
            if (notice is not PoolNotice.AddEnded ended)
                return;
            if (ended.Waited > node.Setup.AddBound + _disk)
                promises.Break($"{ended.Key} was answered after {ended.Waited.TotalSeconds:F1} s");
            if (_watching && Strict && ended.Reply is AddReply.Refused refused && ended.Waited < node.Setup.AddBound)
                promises.Break($"{ended.Name} could be served within the bound and was refused: {refused.Reason}");
        };
        // A waiter that is forgotten never ends: looked for from outside.
        world.Main.Start(() => LookAsync(world, kubelet));
    }

    /// <summary>No ADD may be refused before its bound, and every pod is up soon.</summary>
    public bool Strict { get; init; }

    public void Begin() => _watching = true;

    public void End() => _watching = false;

    private async Task LookAsync(World world, Kubelet kubelet)
    {
        var asking = new Dictionary<WarmPool.Model.PodKey, TimeSpan>();
        while (true)
        {
            await world.Main.SleepAsync(TimeSpan.FromSeconds(10));
            foreach (var pod in kubelet.Pods)
            {
                if (_watching && Strict && pod.UpAt is null && !pod.IsDeleted && world.Now - pod.WantedAt > _strictly)
                    _promises.Break($"{pod.Name} could be served and is not up {(world.Now - pod.WantedAt).TotalSeconds:F0} s after it was wanted");
                if (pod.Sandbox is not { } key || pod.Address is not null)
                    continue;
                if (!asking.TryGetValue(key, out var since))
                    asking[key] = world.Now;
                else if (world.Now - since > _node.Setup.AddBound + TimeSpan.FromSeconds(70))
                    _promises.Break($"the ADD of {key} is under way since {(world.Now - since).TotalSeconds:F0} s");
            }
        }
    }
}
