using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Faults;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Runs;

/// <summary>One seed from the first start to quiescence: the shipped engine in a world of its own.</summary>
public sealed class SeedRun
{
    /// <summary>A refused action is tried again after 10 minutes at the latest (Holds), an ENI without link is given up after 3.</summary>
    private static readonly TimeSpan _settlesWithin = TimeSpan.FromMinutes(45);

    /// <summary>Cooldown, patience and batching of a surplus: less than 2 minutes; then the ENI has to go.</summary>
    private static readonly TimeSpan _settlesWithinWhenCalm = TimeSpan.FromMinutes(5);

    /// <summary>Until IMDS shows for certain what EC2 has attached.</summary>
    private static readonly TimeSpan _imdsShows = TimeSpan.FromSeconds(30);

    private const int MostTries = 20;

    /// <summary>Calls that give something back. (Prefixes that a fragmented subnet refused are tried again by their own clock.)</summary>
    private static readonly HashSet<string> _givingBack = ["UnassignPrivateIpAddresses", "DetachNetworkInterface"];

    private readonly RunSetting _setting;
    private readonly World _world;
    private readonly Trace _trace;
    private readonly Coverage _coverage = new();
    private string _excluded = "";
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
        var podSubnet = _setting.Node.PrimaryGives
            ? null
            : region.Vpc.AddSubnet(new IPNetwork(IPAddress.Parse("10.0.16.0"), _setting.SubnetPrefix), "us-west-2a");
        Fragment(region, (podSubnet ?? subnet).Id);
        if (_setting.Node.Discovers)
        {
            region.Vpc.AddSubnet(IPNetwork.Parse("10.0.8.0/26"), "us-west-2a", Tags((SubnetDiscovery.RoleTag, "1")));
            _excluded = region.Vpc.AddSubnet(IPNetwork.Parse("10.0.9.0/24"), "us-west-2a", Tags((SubnetDiscovery.RoleTag, "0"))).Id;
            _excluded += region.Vpc.AddSubnet(
                IPNetwork.Parse("10.0.10.0/24"), "us-west-2a", Tags((SubnetDiscovery.RoleTag, "1"), (SubnetDiscovery.ClusterTag + "other", "shared"))).Id;
        }

        var leftovers = new Leftovers(_world, region, subnet.Id);
        leftovers.Leave();
        var promises = new Promises(_world, _trace, _coverage);
        var weather = new Weather(_setting.Faults, _world.NewRandom("weather"));
        var node = new Node(_world, region, subnet, _setting.Node, weather, promises, _trace, _coverage) { PodSubnet = podSubnet };
        if (_setting.Kind is { } kind)
            _coverage.Count("node", kind);
        await WaitForAsync(() => region.Vpc.Instances[0].State == Ec2Model.Resources.InstanceState.Running);
        var kubelet = new Kubelet(_world, node, _setting.Habits, promises, _trace, _coverage);
        var people = _setting.Faults.People
            ? new People(_world, region, node, _setting.Faults.PeopleTakeAway, _trace, _coverage)
            {
                Patient = _setting.DetachesHang,
                GoodFaith = _setting.ImdsHides ? People.Grace + (2 * HiddenFromImds.Longest) : People.Grace,
            }
            : null;
        if (people is not null)
            node.IsTampered = people.Tampered;
        var calm = _setting.Faults == FaultProfile.Calm;
        region.EniChanged += (before, after) =>
        {
            if (before is null && after is not null && _excluded.Contains(after.SubnetId, StringComparison.Ordinal))
                promises.Break($"{after.Id} was made in {after.SubnetId}, whose tags exclude it");
        };
        var limits = new LimitsWatch(region, node, promises, _coverage) { Lenient = people is not null || !_setting.Node.Provisions, Strict = calm };
        var answers = new AnswerWatch(_world, node, kubelet, promises) { Strict = calm };
        // What a daemon made before it was killed is not its next run's doing.
        node.Noticed += _ => limits.Lenient |= node.Runs > 1;
        var questions = new QuestionWatch(node.SlowClock);
        node.Asks += questions.Sent;
        node.Answered += questions.Answered;
        var workload = new Workload(
            _world, kubelet, _setting.Workload, _setting.MostPods, calm ? _setting.Node.Targets.Cooldown + TimeSpan.FromSeconds(2) : TimeSpan.Zero);
        var detaches = _setting.DetachesHang ? new HangingDetaches(_world, region, node, _trace, _coverage) : null;
        var links = _setting.LinksAreLate ? new LateLinks(_world, node) : null;
        var chaos = new Chaos(_world, _setting.Faults, weather, node, kubelet, promises, people, _trace, _coverage);
        if (_setting.Node.Guest is { } guest)
            await Guests.SeatAsync(_world, region, node, guest);
        var provider = _setting.Node.Provisions ? null : new Provider(_world, region, node, _setting.BroughtAsPrefixes, _trace, _coverage);
        if (provider is not null)
            await ProvideAsync(provider, calm);
        var hidden = _setting.ImdsHides ? new HiddenFromImds(_world, region, node, _trace, _coverage) : null;
        if (hidden is not null)
            _world.Main.Start(hidden.GoOnAsync);
        var resets = _setting.LinksReset ? new LinkResets(_world, region, node) : null;
        if (resets is not null)
            _world.Main.Start(resets.GoOnAsync);
        var began = _world.Now;
        node.Start();
        chaos.Begin();
        await _world.Main.SleepAsync(TimeSpan.FromSeconds(calm ? 30 : 1));
        answers.Begin();
        if (_setting.Later is { } later)
            _world.After(_setting.Duration / 2, () => Change(node, later));
        await workload.RunAsync(_setting.Duration);
        chaos.Calm();
        provider?.Stop();
        detaches?.Calm();
        links?.Calm();
        hidden?.Calm();
        resets?.Calm();
        var last = _setting with { Node = _setting.Node with { Targets = node.Targets } };
        // Singles were all that EC2 gave for a while, and pods keep them: their slots hold no prefixes.
        var capacity = node.Targets.Prefixes ? Math.Min(last.Capacity, (last.Slots * Block.PrefixSize) - (Singles(region, node) * (Block.PrefixSize - 1))) : last.Capacity;
        workload.Shrink(provider is not null
            ? Math.Min(provider.Supply, _setting.MostPods)
            : Math.Max(0, Math.Min(capacity, _setting.MostPods) - Lost(region, node, people)));
        var settled = await SettleAsync(node, new Quiescence(region, node, kubelet, leftovers) { Mixed = _setting.Later is not null }, promises, calm, detaches?.End ?? links?.End ?? TimeSpan.Zero);
        answers.End();
        Budget(node, chaos, kubelet, promises);
        var happened = new WorldEvents(_world.Now - began, node.Runs, chaos.Events, people?.GroupChanges ?? 0, provider?.Times ?? 0)
        {
            DaemonsBesideHanging = detaches?.Daemons ?? 0,
            HungFor = detaches?.Lasted ?? TimeSpan.Zero,
            LinkResets = resets?.Times ?? 0,
        };
        if (questions.Problem(happened) is { } many)
            promises.Break(many);
        _figures = new RunFigures(
            kubelet.Started, kubelet.FailedAdds, node.Calls.Values.Sum(), node.Mutations.Count, node.Runs, chaos.Events, settled);
    }

    // Where nothing fails, all of it is there when the daemon starts; else it comes while the daemon runs.
    private async Task ProvideAsync(Provider provider, bool calm)
    {
        var brings = provider.BringAsync(_setting.Brought);
        if (calm)
        {
            await brings;
            await _world.Main.SleepAsync(_imdsShows);
        }

        _world.Main.Start(provider.GoOnAsync);
    }

    private static int Singles(Region region, Node node) => region.Vpc.NetworkInterfaces
        .Where(eni => eni.Attachment?.InstanceId == node.Instance.Id)
        .Sum(static eni => eni.Blocks.Count(static block => block.PrefixLength == 32));

    private async Task<TimeSpan> SettleAsync(Node node, Quiescence quiescence, Promises promises, bool calm, TimeSpan troubleEnds)
    {
        var began = _world.Now > troubleEnds ? _world.Now : troubleEnds;
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
        var calls = node.Mutations.Count;
        await _world.Main.SleepAsync(TimeSpan.FromMinutes(2));
        // (Where plugins die, the sweep of their rules keeps addresses back for a moment, and others are asked for.)
        if (calm && _setting is { Later: null, Node.Targets.Prefixes: false }
            && node.Mutations.Skip(calls).Where(static call => _givingBack.Contains(call.Action)).Select(static call => call.Action).ToList() is { Count: > 0 } moves)
            promises.Break($"all was well, and in the next 2 minutes something went back: {string.Join(", ", moves)}");
        var later = await quiescence.ProblemAsync();
        for (var tries = 0; later is not null && tries < MostTries; tries++)
        {
            // A look may be under way, or a prefix has just taken the place of single addresses, which go back once they were too many for a while.
            await _world.Main.SleepAsync(TimeSpan.FromSeconds(5));
            later = await quiescence.ProblemAsync();
        }

        if (later is not null)
            promises.Break($"all was well, and 2 minutes later: {later}");
        return settled;
    }

    private static SortedDictionary<string, string> Tags(params IEnumerable<(string Key, string Value)> tags)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
            sorted[key] = value;
        return sorted;
    }

    // Another instance's ENIs, as they would be after years: their addresses lie all over the subnet.
    private void Fragment(Region region, string subnet)
    {
        for (var left = _setting.Fragments; left > 0; left -= 8)
        {
            int? secondary = Math.Min(left, 8) - 1 is > 0 and var more ? more : null;
            region.Call(new CreateNetworkInterfaceRequest { SubnetId = subnet, Description = "another's", SecondaryPrivateIpAddressCount = secondary }, null);
        }
    }

    // A DaemonSet's roll-out: SIGTERM, and the next one has other settings.
    private void Change(Node node, WarmTargets later)
    {
        _trace.Add("people", $"roll out other settings: prefixes {later.Prefixes}");
        _coverage.Count("people", later.Prefixes ? "turn ENABLE_PREFIX_DELEGATION on" : "turn ENABLE_PREFIX_DELEGATION off");
        node.Targets = later;
        node.Stop();
    }

    /// <summary>Pods that the node cannot have: what people attached takes an ENI's slot, what killed daemons left takes addresses.</summary>
    private static int Lost(Region region, Node node, People? people) =>
        ((people?.Attached ?? 0) * (node.Limits.BlocksPerEni + 2))
        + region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment is null && eni.Tags.GetValueOrDefault(EniMarks.InstanceIdKey) == node.Instance.Id)
            .Sum(static eni => 1 + eni.Blocks.Sum(LimitsWatch.AddressesOf));

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
