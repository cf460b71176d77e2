using System.Globalization;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Faults;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Runs;

/// <summary>What a seed stands for: the node, its settings, its pods and its troubles.</summary>
public sealed record RunSetting(
    int Seed, NodeSetup Node, FaultProfile Faults, WorkloadKind Workload, TimeSpan Duration, int MostPods, int SubnetPrefix, PluginHabits Habits)
{
    /// <summary>Prefixes make nodes for hundreds of pods; what can go wrong shows with fewer.</summary>
    internal const int MostPodsOnPrefixes = 48;

    /// <summary>Leftovers that stay (<see cref="Invariants.Leftovers"/>), and one that is found late.</summary>
    private const int LeftByOthers = 3;

    private static readonly string[] _types = ["t3.small", "t3.small", "t3.medium", "m5.large", "m5.large", "m5.xlarge"];

    /// <summary>The settings that the daemon is restarted with half-way, with or without prefixes: the node is mixed then. Null: none.</summary>
    public WarmTargets? Later { get; init; }

    /// <summary>Addresses that others bring at first where the daemon may not (<see cref="NodeSetup.Provisions"/>). 0: it makes its own.</summary>
    public int Brought { get; init; }

    /// <summary>They come as /28 prefixes.</summary>
    public bool BroughtAsPrefixes { get; init; }

    /// <summary>Single addresses all over the subnet that others have: few whole /28 are left.</summary>
    public int Fragments { get; init; }

    /// <summary>Half of the ENIs that are detached stay <c>detaching</c> for minutes, some for an hour.</summary>
    public bool DetachesHang { get; init; }

    /// <summary>Half of the ENIs that somebody else attaches get their links minutes later.</summary>
    public bool LinksAreLate { get; init; }

    /// <summary>IMDS lacks some addresses for minutes.</summary>
    public bool ImdsHides { get; init; }

    /// <summary>Links of secondary ENIs go and are back within seconds.</summary>
    public bool LinksReset { get; init; }

    /// <summary>Between two looks of the slow clock: often enough to meet each fault in a run of some minutes.</summary>
    private static readonly TimeSpan _slowClock = TimeSpan.FromMinutes(3);

    /// <summary>The same for a seed in every process and for ever, as long as this method and those below stay as they are.</summary>
    public static RunSetting Of(int seed) => RareFaults.Draw(NodeKinds.Draw(Ordinary(seed)));

    /// <summary>What the seed stood for before there were kinds of nodes; for four of five it still does.</summary>
    public static RunSetting Ordinary(int seed)
    {
        var setting = WithPrefixes(Plain(seed), new Random(~seed));
        var chance = new Random(seed ^ 0x5eed);
        var discovers = chance.Next(4) == 0;
        var robbed = chance.Next(2) == 0;
        return setting with
        {
            Faults = setting.Faults == FaultProfile.Tampered && robbed ? FaultProfile.Robbed : setting.Faults,
            Node = setting.Node with
            {
                Discovers = discovers,
                Upkeep = (instance, subnet) => new Upkeep(instance)
                {
                    ClusterName = Ec2Seam.Cluster,
                    DiscoverFrom = discovers ? subnet : null,
                    Every = _slowClock,
                    LeaksEvery = _slowClock,
                    SubnetsEvery = _slowClock,
                },
            },
        };
    }

    /// <summary>What its node is or has that others have not; null for an ordinary one.</summary>
    public string? Kind => NodeKinds.NameOf(Node);

    /// <summary>Blocks for pods that all its ENIs hold.</summary>
    public int Slots => (Most(Node.Limits, Node.Targets) - (Node.PrimaryGives ? 0 : 1) - (Node.Guest is null ? 0 : 1)) * Node.Limits.BlocksPerEni;

    /// <summary>Pods that the node can serve once its capacity is there; each ENI takes an address for itself.</summary>
    public int Capacity
    {
        get
        {
            var enis = Most(Node.Limits, Node.Targets);
            var inSubnet = (1 << (32 - SubnetPrefix)) - 5 - enis - Fragments - LeftByOthers;
            var slots = Slots;
            // A slot that a pod keeps for its single address holds no prefix, and single addresses are all that a fragmented subnet has.
            var whole = Node.Targets.Prefixes && Later is null && Fragments == 0;
            // Each ENI's own address, and each that was taken singly once, may have broken a /28.
            var prefixes = Math.Min(slots, ((1 << (28 - SubnetPrefix)) - 2) / 2) * Block.PrefixSize;
            return Math.Min(Node.Limits.MaxPods, Math.Min(Math.Max(slots, whole ? prefixes : 0), inSubnet));
        }
    }

    private static RunSetting Plain(int seed)
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

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Node.InstanceType}, {Describe(Node.Targets)}, maxPods {Node.Limits.MaxPods}, /{SubnetPrefix}{(Node.Discovers ? " and others" : "")}{(Fragments > 0 ? $" with {Fragments} taken" : "")}, {Workload} of {MostPods}, {Duration.TotalMinutes:F1} min, {Faults.Name}{(Later is null ? "" : $", then {Describe(Later)}")}{NodeKinds.Describe(this)}{RareFaults.Describe(this)}");

    private static int Most(InstanceLimits limits, WarmTargets targets) =>
        targets.MaxEni is > 0 and { } max ? Math.Min(max, limits.EnisPerCard[0]) : limits.EnisPerCard[0];

    private static string Describe(WarmTargets targets)
    {
        var warm = targets.CountsAddresses ? $"WARM_IP {targets.WarmIp} MINIMUM_IP {targets.MinimumIp}"
            : targets.Prefixes ? $"WARM_PREFIX {targets.WarmPrefix}" : $"WARM_ENI {targets.WarmEni}";
        return $"{(targets.Prefixes ? "prefixes, " : "")}{warm} MAX_ENI {targets.MaxEni} cooldown {targets.Cooldown.TotalSeconds} s";
    }

    // Drawn from chance of its own: what a seed without prefixes stood for once, it still stands for.
    private static RunSetting WithPrefixes(RunSetting plain, Random chance)
    {
        var calm = plain.Faults == FaultProfile.Calm;
        var kind = chance.Next(10);
        if (kind > 3)
            return plain;
        var targets = plain.Node.Targets;
        var prefixes = chance.Next(4) switch
        {
            0 => new WarmTargets { WarmPrefix = 1 },
            1 => new WarmTargets { WarmPrefix = 2 },
            2 => new WarmTargets(WarmIp: 1 + chance.Next(20)),
            _ => new WarmTargets(WarmIp: 1 + chance.Next(8), MinimumIp: 10 + chance.Next(40)),
        };
        prefixes = prefixes with { Prefixes = true, MaxEni = targets.MaxEni, Cooldown = targets.Cooldown };
        var slots = Most(plain.Node.Limits, targets) * plain.Node.Limits.BlocksPerEni;
        if (kind == 3 && !calm)
        {
            // Half of them lose the setting, half of them get it.
            var gets = chance.Next(2) == 0;
            return (gets ? plain : plain with { Node = plain.Node with { Targets = prefixes } }) with { Later = gets ? prefixes : targets };
        }

        var maxPods = Math.Min(110, chance.Next(3) == 0 ? (slots * 2) + chance.Next(8) : slots * Block.PrefixSize);
        var subnet = calm ? 22 : plain.SubnetPrefix;
        var setting = plain with
        {
            Node = plain.Node with { Targets = prefixes, Limits = plain.Node.Limits with { MaxPods = maxPods } },
            SubnetPrefix = subnet,
            Fragments = !calm && chance.Next(3) == 0 ? (1 << (32 - subnet)) / 8 : 0,
        };
        var share = calm ? 1 : 0.5 + (chance.NextDouble() * 0.7);
        return setting with { MostPods = Math.Clamp((int)(setting.Capacity * share), 1, MostPodsOnPrefixes) };
    }

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
