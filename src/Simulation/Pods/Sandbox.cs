using System.Net;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Pods;

/// <summary>One sandbox: its ADD, its DEL, and what the plugin does in the kernel.</summary>
internal sealed class Sandbox(Kubelet kubelet, Pod pod, PodKey key)
{
    private static readonly TimeSpan _delPatience = TimeSpan.FromSeconds(5);

    private readonly string _veth = $"eni-{pod.Name}";
    private readonly int _boot = kubelet.Boot;
    private bool _overtaken;

    public PodKey Key { get; } = key;

    /// <summary>The machine has not booted since it was made: else nothing of it is left.</summary>
    public bool IsOfThisBoot => _boot == kubelet.Boot;

    private World World => kubelet.World;

    private Promises Book => kubelet.Book;

    /// <summary>True when the pod has its network.</summary>
    public async Task<bool> AddAsync()
    {
        using var killed = new CancellationTokenSource();
        if (kubelet.Draw(kubelet.Habits.KilledInAdd))
        {
            var after = kubelet.Between(TimeSpan.Zero, TimeSpan.FromSeconds(kubelet.Draw(0.5) ? 0.5 : 20));
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
        if (IsOfThisBoot)
            Book.Stopped(Key);
    }

    /// <summary>The namespace goes, and the veth with it.</summary>
    public void DropNamespace()
    {
        if (IsOfThisBoot)
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

            if (!IsOfThisBoot)
                return;
            await ReleaseAsync(CancellationToken.None);
            if (IsOfThisBoot)
                kubelet.Node.Kernel.Detach(_veth, Key);
        }
    }

    private async Task<IPAddress?> AskAsync(CancellationToken killed)
    {
        var until = World.Now + kubelet.Habits.Patience;
        for (var pause = TimeSpan.FromMilliseconds(100); ; pause = pause < TimeSpan.FromSeconds(2) ? pause * 2 : pause)
        {
            switch (await kubelet.Node.Socket.AddAsync(Key, pod.Name, killed))
            {
                case WireReply<AddReply>.Answered { Reply: AddReply.Assigned assigned }:
                    return assigned.Addresses[0].Address;
                case WireReply<AddReply>.Answered { Reply: AddReply.Refused refused }
                    when refused.Kind is not (AddRefusal.NotReady or AddRefusal.TryAgain) || World.Now >= until:
                    Fail($"{refused.Kind}: {refused.Reason}");
                    return null;
                case WireReply<AddReply>.Broken:
                    // Whatever it was told is of no use; the same sandbox asks again and gets the same.
                    Book.NeverUsed(Key);
                    kubelet.Count("connection broke");
                    break;
                default:
                    break;
            }

            if (World.Now >= until || !IsOfThisBoot || _overtaken)
            {
                Book.NeverUsed(Key);
                Fail("ipamd cannot be reached");
                return null;
            }

            await World.Main.SleepAsync(pause, killed);
        }
    }

    private async Task<bool> PlumbAsync(IPAddress address, CancellationToken killed)
    {
        var took = kubelet.Between(kubelet.Habits.Plumbing / 10, kubelet.Habits.Plumbing);
        if (kubelet.Draw(kubelet.Habits.SlowPlumbing))
        {
            kubelet.Count("slow plumbing");
            took = kubelet.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        }

        await World.Main.SleepAsync(took, killed);
        if (!IsOfThisBoot || _overtaken)
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
            if (await kubelet.Node.Socket.DelAsync(Key, killed) is WireReply<DelReply>.Answered { Reply: not DelReply.TryAgain })
                return;
            if (World.Now >= until)
                break;
            await World.Main.SleepAsync(pause, killed);
        }

        if (!IsOfThisBoot)
            return;
        kubelet.Count("DEL without the daemon");
        kubelet.Node.Note(Key);
    }

    private async Task DelBesideAsync()
    {
        await World.Main.SleepAsync(kubelet.Between(TimeSpan.Zero, TimeSpan.FromSeconds(2)));
        if (pod.Address is not null || !IsOfThisBoot)
            return;
        kubelet.Count("DEL beside the ADD");
        _overtaken = true;
        StopUsing();
        await ReleaseAsync(CancellationToken.None);
        // It may have been told an address while this DEL waited for the daemon; it makes no veth any more.
        if (IsOfThisBoot)
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
