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
    private int _boot;

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
        _boot++;
        foreach (var pod in _pods)
        {
            if (pod.Sandbox is { } sandbox)
                promises.Stopped(sandbox);
            pod.Wakes?.TrySetResult();
        }
    }

    private async Task LiveAsync(Pod pod)
    {
        while (!pod.IsDeleted)
        {
            var sandbox = new Sandbox(this, pod, NewKey(), _boot);
            pod.Sandbox = sandbox.Key;
            if (await sandbox.AddAsync())
            {
                if (pod.UpAt is null)
                {
                    pod.UpAt = world.Now;
                    PodUp?.Invoke(pod);
                }

                if (!pod.IsDeleted && sandbox.Boot == _boot)
                    await UntilItEndsAsync(pod);
            }
            else if (sandbox.Boot == _boot)
            {
                pod.FailedAdds++;
                FailedAdds++;
            }

            pod.Sandbox = null;
            pod.Address = null;
            if (sandbox.Boot != _boot)
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

    private bool Draw(double rate) => rate > 0 && _chance.NextDouble() < rate;

    private TimeSpan Between(TimeSpan least, TimeSpan most) => least + ((most - least) * _chance.NextDouble());

    /// <summary>One sandbox: its ADD, its DEL, and what the plugin does in the kernel.</summary>
    private sealed class Sandbox(Kubelet kubelet, Pod pod, PodKey key, int boot)
    {
        private static readonly TimeSpan _delPatience = TimeSpan.FromSeconds(5);

        private readonly string _veth = $"eni-{pod.Name}";
        private bool _overtaken;

        public PodKey Key { get; } = key;

        public int Boot { get; } = boot;

        private World World => kubelet.World;

        private Promises Book => kubelet.Book;

        /// <summary>True when the pod has its network.</summary>
        public async Task<bool> AddAsync()
        {
            using var killed = new CancellationTokenSource();
            if (kubelet.Draw(kubelet.Habits.KilledInAdd))
            {
                var after = kubelet.Between(TimeSpan.Zero, TimeSpan.FromSeconds(kubelet._chance.NextDouble() < 0.5 ? 0.5 : 20));
                World.After(after, () => Kill(killed));
            }

            if (kubelet.Draw(kubelet.Habits.DelBesideAdd))
                _ = DelBesideAsync();
            try
            {
                await World.Main.SleepAsync(TimeSpan.FromMilliseconds(5), killed.Token);
                return await AskAsync(killed.Token) is { } address && await PlumbAsync(address, killed.Token);
            }
            catch (OperationCanceledException)
            {
                kubelet.Count("killed in ADD");
                Book.NeverUsed(Key);
                return Fail("the plugin was killed");
            }
        }

        /// <summary>Its processes have ended, its veth is of no use any more.</summary>
        public void StopUsing()
        {
            if (Boot == kubelet._boot)
                Book.Stopped(Key);
        }

        /// <summary>The namespace goes, and the veth with it.</summary>
        public void DropNamespace()
        {
            if (Boot == kubelet._boot)
                kubelet.Node.Kernel.DropVeth(_veth, Key);
        }

        public async Task DelAsync()
        {
            var times = kubelet.Draw(kubelet.Habits.DelTwice) ? 2 : 1;
            for (var time = 0; time < times; time++)
            {
                if (kubelet.Draw(kubelet.Habits.KilledInDel))
                {
                    kubelet.Count("killed in DEL");
                    using var killed = new CancellationTokenSource();
                    World.After(kubelet.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(5)), () => Kill(killed));
                    try
                    {
                        await ReleaseAsync(killed.Token);
                    }
                    catch (OperationCanceledException)
                    {
                        await World.Main.SleepAsync(TimeSpan.FromSeconds(1));
                    }
                }

                if (Boot != kubelet._boot)
                    return;
                await ReleaseAsync(CancellationToken.None);
                if (Boot == kubelet._boot)
                    kubelet.Node.Kernel.Detach(_veth, Key);
            }
        }

        private async Task<System.Net.IPAddress?> AskAsync(CancellationToken killed)
        {
            var until = World.Now + kubelet.Habits.Patience;
            for (var pause = TimeSpan.FromMilliseconds(100); ; pause = pause < TimeSpan.FromSeconds(2) ? pause * 2 : pause)
            {
                switch (await kubelet.Node.AddAsync(Key, pod.Name, killed))
                {
                    case WireReply<WarmPool.Engine.AddReply>.Answered { Reply: WarmPool.Engine.AddReply.Assigned assigned }:
                        return assigned.Addresses[0].Address;
                    case WireReply<WarmPool.Engine.AddReply>.Answered { Reply: WarmPool.Engine.AddReply.Refused refused }
                        when refused.Kind is not (WarmPool.Engine.AddRefusal.NotReady or WarmPool.Engine.AddRefusal.TryAgain) || World.Now >= until:
                        Fail($"{refused.Kind}: {refused.Reason}");
                        return null;
                    case WireReply<WarmPool.Engine.AddReply>.Broken:
                        // Whatever it was told is of no use; the same sandbox asks again and gets the same.
                        Book.NeverUsed(Key);
                        kubelet.Count("connection broke");
                        break;
                    default:
                        break;
                }

                if (World.Now >= until || Boot != kubelet._boot || _overtaken)
                {
                    Book.NeverUsed(Key);
                    Fail("ipamd cannot be reached");
                    return null;
                }

                await World.Main.SleepAsync(pause, killed);
            }
        }

        private async Task<bool> PlumbAsync(System.Net.IPAddress address, CancellationToken killed)
        {
            var took = kubelet.Between(kubelet.Habits.Plumbing / 10, kubelet.Habits.Plumbing);
            if (kubelet.Draw(kubelet.Habits.SlowPlumbing))
            {
                kubelet.Count("slow plumbing");
                took = kubelet.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
            }

            await World.Main.SleepAsync(took, killed);
            if (Boot != kubelet._boot || _overtaken)
            {
                Book.NeverUsed(Key);
                return Fail("its namespace is gone");
            }

            if (kubelet.Node.Kernel.AddVeth(_veth, Key, address) is { } replaced && replaced != Key)
            {
                kubelet.Count("a veth of the same name is replaced");
                Book.Stopped(replaced);
            }

            if (kubelet.Draw(kubelet.Habits.ResultLost))
            {
                kubelet.Count("result lost after plumbing");
                return Fail("the runtime never saw the result");
            }

            pod.Address = address;
            kubelet.Count("pod up");
            return true;
        }

        private async Task ReleaseAsync(CancellationToken killed)
        {
            var until = World.Now + _delPatience;
            for (var pause = TimeSpan.FromMilliseconds(100); ; pause *= 2)
            {
                if (await kubelet.Node.DelAsync(Key, killed) is WireReply<WarmPool.Engine.DelReply>.Answered { Reply: not WarmPool.Engine.DelReply.TryAgain })
                    return;
                if (World.Now >= until)
                    break;
                await World.Main.SleepAsync(pause, killed);
            }

            if (Boot != kubelet._boot)
                return;
            kubelet.Count("DEL without the daemon");
            kubelet.Node.Note(Key);
        }

        private async Task DelBesideAsync()
        {
            await World.Main.SleepAsync(kubelet.Between(TimeSpan.Zero, TimeSpan.FromSeconds(2)));
            if (pod.Address is not null || Boot != kubelet._boot)
                return;
            kubelet.Count("DEL beside the ADD");
            _overtaken = true;
            StopUsing();
            await ReleaseAsync(CancellationToken.None);
            // It may have been told an address while this DEL waited for the daemon; it makes no veth any more.
            if (Boot == kubelet._boot)
                Book.NeverUsed(Key);
        }

        private bool Fail(string why)
        {
            kubelet.Failed(pod, why);
            return false;
        }

        private static void Kill(CancellationTokenSource killed)
        {
            try
            {
                killed.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It was through before.
            }
        }
    }

    private World World => world;

    private Node Node => node;

    private Promises Book => promises;

    private void Count(string what) => coverage.Count("plugin", what);

    private void Failed(Pod pod, string why)
    {
        trace.Add(node.Setup.Name, $"ADD of {pod.Sandbox?.ContainerId} for {pod.Name} failed: {why}");
        AddFailed?.Invoke(pod, why);
    }
}
