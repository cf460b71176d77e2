using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>Lets things go wrong from time to time, one after another and several at once, until it is calmed.</summary>
public sealed class Chaos(
    World world, FaultProfile profile, Weather weather, Node node, Kubelet kubelet, Promises promises, People? people, Trace trace, Coverage coverage)
{
    /// <summary>What a role may lack; one of them at a time.</summary>
    public static IReadOnlyList<string> Deniable { get; } =
    [
        "CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute", "AssignPrivateIpAddresses",
        "UnassignPrivateIpAddresses", "DetachNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces",
        "CreateTags", "DescribeSubnets",
    ];

    private readonly Random _chance = world.NewRandom($"{node.Setup.Name} chaos");
    private bool _calm;
    private bool _off;

    /// <summary>Faults that were let happen, windows counted once.</summary>
    public int Events { get; private set; }

    public void Begin()
    {
        node.Socket.LostReplies = profile.LostPluginReplies;
        node.Kernel.FailureRate = profile.HostFailures;
        node.Kernel.InvisibleRate = profile.InvisibleLinks;
        node.DiesAt = _ => !_calm && profile.CrashesAtMoments > 0 && _chance.NextDouble() < profile.CrashesAtMoments;
        node.RestartsAfter = () => _calm ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(Math.Pow(10, (_chance.NextDouble() * 2.5) - 1));
        if (profile.MeanBetweenEvents is { } mean)
            world.Main.Start(() => RunAsync(mean));
    }

    /// <summary>From now on everything works, and stays so.</summary>
    public void Calm()
    {
        _calm = true;
        weather.Bad = false;
        node.Socket.LostReplies = 0;
        node.Kernel.FailureRate = node.Kernel.InvisibleRate = 0;
        node.Kernel.Deaf = null;
        node.Disk.Broken = null;
        node.Disk.Latency = TimeSpan.FromMilliseconds(1);
        node.Cordon(false);
        node.KnowTemplate(true);
        kubelet.Habits = new PluginHabits();
        trace.Add("chaos", "is over");
        if (!_off && !node.Running)
            node.Start();
    }

    private async Task RunAsync(TimeSpan mean)
    {
        while (!_calm)
        {
            await world.Main.SleepAsync(Math.Min(-Math.Log(1 - _chance.NextDouble()), 5) * mean);
            if (_calm)
                return;
            Events++;
            Happen();
        }
    }

    private void Happen()
    {
        if (people is not null && _chance.Next(2) == 0)
        {
            people.DoSomething();
            return;
        }

        switch (_chance.Next(15))
        {
            case 0 or 1:
                node.Crash("at any time");
                break;
            case 2:
                Say("SIGTERM");
                node.Stop();
                break;
            case 3:
                LosePower();
                break;
            case 4:
                Window("EC2 outage", 5, 120, on => weather.Outage = on);
                break;
            case 5:
                Window("throttling", 5, 90, on => weather.Throttled = on);
                break;
            case 6:
                var action = Deniable[_chance.Next(Deniable.Count)];
                Window($"{action} denied", 10, 60, on => weather.Denied = on ? action : null);
                break;
            case 7:
                Window("IMDS gap", 5, 120, on => weather.ImdsAway = on);
                break;
            case 8:
                Window("disk full", 2, 30, on => node.Disk.Broken = on ? "No space left on device" : null);
                break;
            case 9:
                Window("slow disk", 5, 30, on => node.Disk.Latency = TimeSpan.FromMilliseconds(on ? 300 : 1));
                break;
            case 10:
                Window("kernel deaf", 5, 60, on => node.Kernel.Deaf = on ? "netlink: No buffer space available" : null);
                break;
            case 11:
                Window("cordoned", 10, 120, node.Cordon);
                break;
            case 12:
                Window("template unknown", 10, 60, on => node.KnowTemplate(!on));
                break;
            case 13:
                DestroyCheckpoint();
                break;
            default:
                node.WallError += TimeSpan.FromHours((_chance.NextDouble() * 20) - 10);
                Say("wall clock jumps");
                break;
        }
    }

    private void LosePower()
    {
        if (_off)
            return;
        _off = true;
        var wipes = _chance.Next(2) == 0;
        Say(wipes ? "power lost, checkpoint on tmpfs" : "power lost");
        var away = TimeSpan.FromSeconds(40 + (_chance.NextDouble() * 50));
        node.LosePower(away, wipes);
        kubelet.Reboot();
        if (wipes)
            promises.ForgetRests();
        world.After(away, () => _off = false);
    }

    // With a sandbox that was told its address and has no veth yet, nobody could know of it: no daemon could keep its promise.
    private void DestroyCheckpoint()
    {
        var linked = node.Kernel.Veths.Select(static link => link.Key).ToHashSet();
        if (!promises.Users.Values.All(user => linked.Contains(user)))
            return;
        node.Crash("with its checkpoint cut off");
        node.TearCheckpoint();
        promises.ForgetRests();
    }

    private void Window(string what, double least, double most, Action<bool> set)
    {
        Say(what);
        set(true);
        world.After(TimeSpan.FromSeconds(least + (_chance.NextDouble() * (most - least))), () =>
        {
            if (_calm)
                return;
            trace.Add("chaos", $"{what} ends");
            set(false);
        });
    }

    private void Say(string what)
    {
        trace.Add("chaos", what);
        coverage.Count("fault", what);
    }
}
