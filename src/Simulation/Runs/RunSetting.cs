using System.Globalization;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Simulation.Faults;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Runs;

/// <summary>What a seed stands for: the node, its settings, its pods and its troubles.</summary>
public sealed record RunSetting(
    int Seed, NodeSetup Node, FaultProfile Faults, WorkloadKind Workload, TimeSpan Duration, int MostPods, int SubnetPrefix, PluginHabits Habits)
{
    private static readonly string[] _types = ["t3.small", "t3.small", "t3.medium", "m5.large", "m5.large", "m5.xlarge"];

    /// <summary>The same for a seed in every process and for ever, as long as this method stays as it is.</summary>
    public static RunSetting Of(int seed)
    {
        var chance = new Random(seed);
        var type = InstanceTypes.Find(_types[chance.Next(_types.Length)])!;
        var faults = chance.Next(8) switch
        {
            0 or 1 => FaultProfile.Calm,
            2 or 3 or 4 => FaultProfile.Mild,
            5 or 6 => FaultProfile.Wild,
            _ => FaultProfile.Tampered,
        };
        var targets = Targets(chance);
        var most = type.Interfaces * (type.Ipv4AddressesPerInterface - 1);
        var maxPods = chance.Next(3) == 0 ? Math.Max(2, most * 2 / 3) : most + 2;
        var limits = new InstanceLimits([type.Interfaces], type.Ipv4AddressesPerInterface, maxPods);
        var calm = faults == FaultProfile.Calm;
        var tight = !calm && chance.Next(5) == 0;
        var capacity = Math.Min(maxPods, (targets.MaxEni is { } max ? Math.Min(max, type.Interfaces) : type.Interfaces) * (type.Ipv4AddressesPerInterface - 1));
        var pods = calm ? capacity : (int)(capacity * (0.5 + (chance.NextDouble() * 0.7)));
        return new RunSetting(
            seed,
            new NodeSetup("node", type.Name, limits, targets),
            faults,
            (WorkloadKind)chance.Next(6),
            TimeSpan.FromMinutes(6 + (chance.NextDouble() * 8)),
            Math.Max(1, pods),
            tight ? 27 : 24,
            calm ? CalmHabits(chance) : RoughHabits);
    }

    /// <summary>Pods that the node can serve once its capacity is there; each ENI takes an address for itself.</summary>
    public int Capacity => Math.Min(
        Math.Min(Node.Limits.MaxPods, Most(Node.Limits, Node.Targets) * Node.Limits.BlocksPerEni),
        (1 << (32 - SubnetPrefix)) - 5 - Most(Node.Limits, Node.Targets));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Node.InstanceType}, {Describe(Node.Targets)}, maxPods {Node.Limits.MaxPods}, /{SubnetPrefix}, {Workload} of {MostPods}, {Duration.TotalMinutes:F1} min, {Faults.Name}");

    private static int Most(InstanceLimits limits, WarmTargets targets) =>
        targets.MaxEni is > 0 and { } max ? Math.Min(max, limits.EnisPerCard[0]) : limits.EnisPerCard[0];

    private static string Describe(WarmTargets targets) => targets.CountsAddresses
        ? $"WARM_IP {targets.WarmIp} MINIMUM_IP {targets.MinimumIp} MAX_ENI {targets.MaxEni} cooldown {targets.Cooldown.TotalSeconds} s"
        : $"WARM_ENI {targets.WarmEni} MAX_ENI {targets.MaxEni} cooldown {targets.Cooldown.TotalSeconds} s";

    private static WarmTargets Targets(Random chance)
    {
        int? maxEni = chance.Next(4) == 0 ? 2 : null;
        var targets = chance.Next(6) switch
        {
            0 => new WarmTargets(WarmEni: 0, MaxEni: maxEni),
            1 or 2 => new WarmTargets(WarmEni: 1, MaxEni: maxEni),
            3 => new WarmTargets(WarmIp: 1 + chance.Next(5), MaxEni: maxEni),
            4 => new WarmTargets(WarmIp: 1 + chance.Next(3), MinimumIp: 3 + chance.Next(10), MaxEni: maxEni),
            _ => new WarmTargets(MinimumIp: 2 + chance.Next(12), MaxEni: maxEni),
        };
        return targets with { Cooldown = TimeSpan.FromSeconds(chance.Next(3) == 0 ? 10 : 30) };
    }

    // Nothing fails, but StatefulSets overlap and runtimes repeat themselves on good days too.
    private static PluginHabits CalmHabits(Random chance) => new()
    {
        DelTwice = chance.Next(2) == 0 ? 0.1 : 0,
    };

    private static PluginHabits RoughHabits { get; } = new()
    {
        Backoff = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12)),
        KilledInAdd = 0.03,
        SlowPlumbing = 0.03,
        ResultLost = 0.02,
        NoDelAfterFailure = 0.2,
        NoDelAtEnd = 0.03,
        DelTwice = 0.1,
        KilledInDel = 0.03,
        DelBesideAdd = 0.02,
        LateDel = 0.1,
    };
}
