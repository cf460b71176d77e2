using System.Globalization;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Pods;

/// <summary>
/// kubelet and container runtime of one node: makes sandboxes until a pod is up, tears them down, retries with back-off. Runs in the
/// world's main process; the daemon's death is only a broken connection to it.
/// </summary>
public sealed class Kubelet(World world, Node node, PluginHabits habits, Promises promises, Trace trace, Coverage coverage)
{
    private readonly Random _chance = world.NewRandom($"{node.Setup.Name} kubelet");
    private readonly List<Pod> _pods = [];
    private int _lastSandbox;

    public PluginHabits Habits { get; set; } = habits;

    /// <summary>Pods that are wanted or still being torn down, in the order in which they came.</summary>
    public IReadOnlyList<Pod> Pods => _pods;

    /// <summary>Pods that were started.</summary>
    public int Started { get; private set; }

    /// <summary>ADDs that ended without an address.</summary>
    public int FailedAdds { get; private set; }

    /// <summary>Why an ADD failed, as it fails.</summary>
    public event Action<Pod, string>? AddFailed;

    /// <summary>A pod has its network, for the first time.</summary>
    public event Action<Pod>? PodUp;

    internal World World => world;

    internal Node Node => node;

    internal Promises Book => promises;

    /// <summary>Boots of the machine so far, but the first.</summary>
    internal int Boot { get; private set; }

    /// <summary>A pod is to run here; it is deleted by <see cref="Delete"/>.</summary>
    public Pod Create(PodName name)
    {
        var pod = new Pod(name, world.Now);
        _pods.Add(pod);
        Started++;
        world.Main.Start(() => LiveAsync(pod));
        return pod;
    }

    public void Delete(Pod pod)
    {
        if (pod.IsDeleted)
            return;
        trace.Add(node.Setup.Name, $"pod {pod.Name} is deleted");
        pod.IsDeleted = true;
        pod.Wakes?.TrySetResult();
    }

    /// <summary>The machine boots: no sandbox is left, and each pod gets a new one.</summary>
    public void Reboot()
    {
        Boot++;
        foreach (var pod in _pods)
        {
            if (pod.Sandbox is { } sandbox)
                promises.Stopped(sandbox);
            pod.Wakes?.TrySetResult();
        }
    }

    internal bool Draw(double rate) => rate > 0 && _chance.NextDouble() < rate;

    internal TimeSpan Between(TimeSpan least, TimeSpan most) => least + ((most - least) * _chance.NextDouble());

    internal void Count(string what) => coverage.Count("plugin", what);

    internal void Failed(Pod pod, string why)
    {
        trace.Add(node.Setup.Name, $"ADD of {pod.Sandbox?.ContainerId} for {pod.Name} failed: {why}");
        AddFailed?.Invoke(pod, why);
    }

    private async Task LiveAsync(Pod pod)
    {
        while (!pod.IsDeleted)
        {
            var sandbox = new Sandbox(this, pod, NewKey());
            pod.Sandbox = sandbox.Key;
            if (await sandbox.AddAsync())
            {
                if (pod.UpAt is null)
                {
                    pod.UpAt = world.Now;
                    PodUp?.Invoke(pod);
                }

                if (!pod.IsDeleted && sandbox.IsOfThisBoot)
                    await UntilItEndsAsync(pod);
            }
            else if (sandbox.IsOfThisBoot)
            {
                pod.FailedAdds++;
                FailedAdds++;
            }

            pod.Sandbox = null;
            pod.Address = null;
            if (!sandbox.IsOfThisBoot)
                continue;
            await EndAsync(pod, sandbox);
            if (!pod.IsDeleted)
                await world.Main.SleepAsync(Between(Habits.Backoff.Least, Habits.Backoff.Most));
        }

        _pods.Remove(pod);
    }

    // Deleted, or its sandbox is lost. Task.WhenAny would leave the world: a task whose continuations run asynchronously hands its
    // completion actions to the thread pool, whatever the context.
    private static async Task UntilItEndsAsync(Pod pod)
    {
        pod.Wakes = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await pod.Wakes.Task;
        pod.Wakes = null;
    }

    private async Task EndAsync(Pod pod, Sandbox sandbox)
    {
        var failed = pod.UpAt is null;
        sandbox.StopUsing();
        if (Draw(failed ? Habits.NoDelAfterFailure : Habits.NoDelAtEnd))
        {
            coverage.Count("plugin", failed ? "no DEL after a failed ADD" : "no DEL at the end");
            sandbox.DropNamespace();
            return;
        }

        // A StatefulSet's next pod may have its ADD first: same name, same veth, another sandbox.
        if (!failed && Draw(Habits.LateDel))
        {
            coverage.Count("plugin", "DEL later than the next pod");
            await world.Main.SleepAsync(TimeSpan.FromSeconds(_chance.NextDouble() * 3));
        }

        await sandbox.DelAsync();
    }

    private PodKey NewKey() => new(
        "aws-cni", string.Create(CultureInfo.InvariantCulture, $"{node.Setup.Name}-s{++_lastSandbox}"), "eth0");
}
