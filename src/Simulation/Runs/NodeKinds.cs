using System.Globalization;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Simulation.Faults;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Runs;

/// <summary>A fifth of the seeds have a node that is unlike the others: one whose daemon may not do everything, or that holds something else.</summary>
internal static class NodeKinds
{
    /// <summary>With it, the seeds that docs/simulation.md names stand for what they stood for before there were kinds.</summary>
    private const int Salt = 0x1c50;

    /// <summary>As above, for a kind that came later.</summary>
    private const int TableSalt = 0x7ab1e;

    private const string WithEfa = "c5n.9xlarge";

    private const string ImdsOnly = "ENABLE_IMDS_ONLY_MODE";
    private const string Provisioned = "DISABLE_NETWORK_RESOURCE_PROVISIONING";
    private const string CustomNetworking = "its primary ENI gives no addresses";
    private const string UnknownType = "of a type that is not built in";
    private const string OverstatedType = "of a type that holds less than the table says";

    public static RunSetting Draw(RunSetting plain)
    {
        var chance = new Random(plain.Seed ^ Salt);
        if (chance.Next(5) != 0)
            return Overstated(plain, new Random(plain.Seed ^ TableSalt));
        return chance.Next(8) switch
        {
            0 or 1 => Provided(plain, chance, asksEc2: true),
            2 or 3 => Provided(plain, chance, asksEc2: false),
            4 => Fit(plain with
            {
                Node = plain.Node with { PrimaryGives = false, Discovers = false, Upkeep = WithoutDiscovery(plain.Node) },
            }),
            5 => Fit(plain with { Node = plain.Node with { Guest = chance.Next(2) == 0 ? GuestEni.Trunk : GuestEni.NoManage } }),
            6 => WithEfaEni(plain),
            _ => plain with { Node = plain.Node with { TypeIsBuiltIn = false } },
        };
    }

    /// <summary>For the first line of a story; empty for an ordinary node.</summary>
    public static string Describe(RunSetting setting)
    {
        var node = setting.Node;
        return (node.Provisions ? "" : string.Create(CultureInfo.InvariantCulture,
                $", others bring {setting.Brought} addresses{(setting.BroughtAsPrefixes ? " as prefixes" : "")}"))
            + (node.AsksEc2 ? "" : ", IMDS only")
            + (node.PrimaryGives ? "" : ", custom networking")
            + (node.Guest is { } guest ? $", {Beside(guest)}" : "")
            + (node.TypeIsBuiltIn ? "" : ", type not built in")
            + (node.Overstated == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {node.Overstated} addresses too many in the table"));
    }

    /// <summary>For the coverage; null for an ordinary node.</summary>
    public static string? NameOf(NodeSetup node) =>
        !node.AsksEc2 ? ImdsOnly
        : !node.Provisions ? Provisioned
        : !node.PrimaryGives ? CustomNetworking
        : node.Guest is { } guest ? Beside(guest)
        : !node.TypeIsBuiltIn ? UnknownType
        : node.Overstated > 0 ? OverstatedType
        : null;

    /// <summary>All that <see cref="NameOf"/> tells.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [ImdsOnly, Provisioned, CustomNetworking, .. Enum.GetValues<GuestEni>().Select(Beside), UnknownType, OverstatedType];

    private static string Beside(GuestEni guest) => $"beside an ENI of kind {guest}";

    private static RunSetting Provided(RunSetting plain, Random chance, bool asksEc2)
    {
        var calm = plain.Faults == FaultProfile.Calm;
        var limits = plain.Node.Limits;
        var prefixes = chance.Next(3) == 0;
        var blocks = prefixes ? 1 + chance.Next(4) : 2 + chance.Next(Math.Max(1, (limits.EnisPerCard[0] * limits.BlocksPerEni) - 2));
        var brought = prefixes ? blocks * Block.PrefixSize : blocks;
        var share = calm ? 1 : 0.5 + (chance.NextDouble() * 0.7);
        return plain with
        {
            Node = plain.Node with
            {
                Provisions = false,
                AsksEc2 = asksEc2,
                Discovers = false,
                Upkeep = WithoutDiscovery(plain.Node),
                Limits = limits with { MaxPods = Math.Max(limits.MaxPods, brought) },
            },
            Later = null,
            Fragments = 0,
            // Room for whatever they bring.
            SubnetPrefix = prefixes ? 22 : 24,
            Brought = brought,
            BroughtAsPrefixes = prefixes,
            MostPods = Math.Clamp((int)(brought * share), 1, RunSetting.MostPodsOnPrefixes),
        };
    }

    // Where targets count whole ENIs, how many a node at rest has depends on how far it has found out.
    private static RunSetting Overstated(RunSetting plain, Random chance) =>
        chance.Next(20) != 0 || plain.Faults == FaultProfile.Calm || !plain.Node.Targets.CountsAddresses || plain.Later is not null
            ? plain
            : plain with { Node = plain.Node with { Overstated = 1 + chance.Next(plain.Node.Limits.AddressesPerEni) } };

    private static RunSetting WithEfaEni(RunSetting plain)
    {
        var type = InstanceTypes.Find(WithEfa)!;
        return Fit(plain with
        {
            Node = plain.Node with
            {
                InstanceType = type.Name,
                Limits = new InstanceLimits([type.Interfaces], type.Ipv4AddressesPerInterface, plain.Node.Limits.MaxPods),
                Guest = GuestEni.Efa,
            },
            SubnetPrefix = Math.Min(plain.SubnetPrefix, 22),
        });
    }

    private static RunSetting Fit(RunSetting setting) => setting with { MostPods = Math.Clamp(setting.MostPods, 1, setting.Capacity) };

    private static Func<string, string, Upkeep>? WithoutDiscovery(NodeSetup node) =>
        node.Upkeep is { } upkeep ? (instance, subnet) => upkeep(instance, subnet) with { DiscoverFrom = null } : null;
}
