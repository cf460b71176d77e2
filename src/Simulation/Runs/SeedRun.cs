using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Faults;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Runs;

/// <summary>One seed from the first start to quiescence: the shipped engine in a world of its own.</summary>
public sealed class SeedRun
{
    /// <summary>A refused action is tried again after 10 minutes at the latest (Holds), an ENI without link is given up after 3.</summary>
    private static readonly TimeSpan _settlesWithin = TimeSpan.FromMinutes(45);

    /// <summary>Cooldown, patience and batching of a surplus: less than 2 minutes; then the ENI has to go.</summary>
    private static readonly TimeSpan _settlesWithinWhenCalm = TimeSpan.FromMinutes(5);

    private readonly RunSetting _setting;
    private readonly World _world;
    private readonly Trace _trace;
    private readonly Coverage _coverage = new();
    private RunFigures _figures = RunFigures.None;

    private SeedRun(RunSetting setting)
    {
        _setting = setting;
        _world = new World(setting.Seed);
        _trace = new Trace(_world);
    }

    /// <summary>Runs it to its end. Does not throw for what it finds.</summary>
    public static RunReport Of(int seed) => Of(RunSetting.Of(seed));

    /// <summary>Runs a setting of one's own.</summary>
    public static RunReport Of(RunSetting setting)
    {
        var run = new SeedRun(setting);
        string? violation = null;
        try
        {
            run._world.Run(_ => run.MainAsync());
        }
        catch (Exception e) when (e is BrokenPromiseException or DeadlockException)
        {
            violation = e.Message;
        }
        catch (InvalidOperationException e)
        {
            violation = e.ToString();
        }

        return new RunReport(
            setting, violation, run._trace.Hash, run._trace, run._coverage, run._world.Now - TimeSpan.FromHours(1), run._world.Steps, run._figures);
    }

    private async Task MainAsync()
    {
        _trace.Add("seed", $"{_setting.Seed}: {_setting}");
        var region = new Region(_world, VpcOptions.Realistic with { Seed = _setting.Seed });
        var subnet = region.Vpc.AddSubnet(new IPNetwork(IPAddress.Parse("10.0.0.0"), _setting.SubnetPrefix), "us-west-2a");
        var promises = new Promises(_world, _trace, _coverage);
        var weather = new Weather(_setting.Faults, _world.NewRandom("weather"));
        var node = new Node(_world, region, subnet, _setting.Node, weather, promises, _trace, _coverage);
        await WaitForAsync(() => region.Vpc.Instances[0].State == Ec2Model.Resources.InstanceState.Running);
        var kubelet = new Kubelet(_world, node, _setting.Habits, promises, _trace, _coverage);
        var people = _setting.Faults.People
            ? new People(_world, region, node, _setting.Faults.PeopleTakeAway, _trace, _coverage)
            : null;
        if (people is not null)
            node.IsTampered = people.Tampered;
        var calm = _setting.Faults == FaultProfile.Calm;
        var limits = new LimitsWatch(region, node, promises) { Lenient = people is not null };
        var answers = new AnswerWatch(_world, node, kubelet, promises) { Strict = calm };
        // What a daemon made before it was killed is not its next run's doing.
        node.Noticed += _ => limits.Lenient |= node.Runs > 1;
        var workload = new Workload(
            _world, kubelet, _setting.Workload, _setting.MostPods, calm ? _setting.Node.Targets.Cooldown + TimeSpan.FromSeconds(2) : TimeSpan.Zero);
        var chaos = new Chaos(_world, _setting.Faults, weather, node, kubelet, promises, people, _trace, _coverage);
        node.Start();
        chaos.Begin();
        await _world.Main.SleepAsync(TimeSpan.FromSeconds(calm ? 30 : 1));
        answers.Begin();
        await workload.RunAsync(_setting.Duration);
        chaos.Calm();
        workload.Shrink(Math.Max(0, Math.Min(_setting.Capacity, _setting.MostPods) - Lost(region, node, people)));
        var settled = await SettleAsync(new Quiescence(region, node, kubelet, tampered: people is not null), promises, calm);
        answers.End();
        Budget(node, chaos, kubelet, promises);
        _figures = new RunFigures(
            kubelet.Started, kubelet.FailedAdds, node.Calls.Values.Sum(), node.Mutations.Count, node.Runs, chaos.Events, settled.After, settled.Orphans);
    }

    private async Task<(TimeSpan After, int Orphans)> SettleAsync(Quiescence quiescence, Promises promises, bool calm)
    {
        var began = _world.Now;
        var bound = calm ? _settlesWithinWhenCalm : _settlesWithin;
        while (true)
        {
            await _world.Main.SleepAsync(TimeSpan.FromSeconds(20));
            if (await quiescence.ProblemAsync() is not { } problem)
                break;
            if (_world.Now - began < bound)
                continue;
            promises.Break($"{bound.TotalMinutes:F0} minutes after everything worked again: {problem}");
            break;
        }

        // Once right, it stays right: nothing is taken that the next plan would give back.
        var settled = _world.Now - began;
        await _world.Main.SleepAsync(TimeSpan.FromMinutes(2));
        if (await quiescence.ProblemAsync() is { } later)
            promises.Break($"all was well, and 2 minutes later: {later}");
        if (quiescence.Orphans > 0)
            _coverage.Count("pool", "an ENI orphaned by a kill stays");
        return (settled, quiescence.Orphans);
    }

    /// <summary>Pods that the node cannot have: what people attached takes an ENI's slot, what killed daemons left takes addresses.</summary>
    private static int Lost(Region region, Node node, People? people) =>
        ((people?.Attached ?? 0) * (node.Limits.BlocksPerEni + 2))
        + region.Vpc.NetworkInterfaces.Where(static eni => eni.Attachment is null).Sum(static eni => 1 + eni.Blocks.Length);

    // Loops show as calls without end: each pod may cost a call or two, each fault and each run of the daemon some more.
    private static void Budget(Node node, Chaos chaos, Kubelet kubelet, Promises promises)
    {
        var budget = 30 + (2 * kubelet.Started) + (12 * chaos.Events) + (10 * node.Runs);
        if (node.Mutations.Count > budget)
            promises.Break($"{node.Mutations.Count} mutating EC2 calls for {kubelet.Started} pods and {chaos.Events} faults; {budget} would do");
    }

    private async Task WaitForAsync(Func<bool> condition)
    {
        // The model's own boot time; nothing tells of it but its state.
        while (!condition())
        {
            await _world.Main.SleepAsync(TimeSpan.FromSeconds(1));
        }
    }
}
