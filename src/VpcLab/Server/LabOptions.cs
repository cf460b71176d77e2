using System.Globalization;
using System.Net;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>How a lab is to be.</summary>
public sealed record LabOptions
{
    public const int MostNodes = 64;

    public const int MostModelNodes = 500;

    public string Name { get; init; } = "lab";

    /// <summary>With namespaces: 1 to 64, or none when there are model nodes.</summary>
    public int Nodes { get; init; } = 2;

    /// <summary>Instances that EC2 and IMDS know and that have no namespaces: 0 to 500.</summary>
    public int ModelNodes { get; init; }

    /// <summary>As EC2 names them; decides how many ENIs and addresses a node can have.</summary>
    public string InstanceType { get; init; } = "m5.large";

    /// <summary>EC2's port on the machine's loopback; 0 takes a free one.</summary>
    public int Ec2Port { get; init; } = NodeEnvironment.Ec2Port;

    /// <summary>Subnets, one availability zone each; node i is in subnet i modulo their number. Null: two, or one for a single node.</summary>
    public int? Subnets { get; init; }

    /// <summary>Prefix length of the subnets, 16 (one subnet only) to 28, as EC2 allows.</summary>
    public int SubnetSize { get; init; } = 24;

    /// <summary>Further blocks of the VPC, each with as many subnets as the first, in the same zones. No node starts in them.</summary>
    public IReadOnlyList<IPNetwork> SecondaryCidrs { get; init; } = [];

    /// <summary>The subnets one by one, instead of <see cref="Subnets"/> and <see cref="SubnetSize"/>.</summary>
    public IReadOnlyList<SubnetPlan> SubnetPlans { get; init; } = [];

    /// <summary>Whether the VPC has an IPv6 block and each subnet a /64 of it: in EC2 and in instance metadata, not on the wire.</summary>
    public bool Ipv6 { get; init; }

    /// <summary>The peer VPC's block.</summary>
    public IPNetwork PeerCidr { get; init; } = OutsideHost.DefaultPeerBlock;

    /// <summary>How slow EC2 is: instant, brisk, realistic or hostile.</summary>
    public string Profile { get; init; } = "brisk";

    /// <summary>Everything random in EC2 follows from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Check signatures; else any credentials pass.</summary>
    public bool Authorize { get; init; }

    /// <summary>Actions that are refused: <c>ACTION</c> or <c>ACTION@CALLER</c>, where the caller is a node or a principal's ARN.</summary>
    public IReadOnlyList<string> Deny { get; init; } = [];

    public static IPNetwork VpcCidr { get; } = IPNetwork.Parse("10.0.0.0/16");

    /// <summary>A /56, as EC2 gives them: 256 subnets.</summary>
    public static IPNetwork Ipv6VpcCidr { get; } = IPNetwork.Parse("2600:1f14:a:b00::/56");

    /// <summary>The /64 of the subnet with this number, from 0; null in a VPC without IPv6.</summary>
    public IPNetwork? Ipv6Of(int subnet)
    {
        if (!Ipv6)
            return null;

        var bytes = Ipv6VpcCidr.BaseAddress.GetAddressBytes();
        bytes[7] = (byte)subnet;
        return new IPNetwork(new IPAddress(bytes), 64);
    }

    public int SubnetCount => Subnets ?? Math.Clamp(Nodes + ModelNodes, 1, 2);

    /// <summary>All blocks of the VPC, the primary one first.</summary>
    public IReadOnlyList<IPNetwork> Cidrs => [VpcCidr, .. SecondaryCidrs];

    /// <summary>The subnets as they are to be: those asked for, or in each block one after the other from its beginning, a zone each.</summary>
    public IReadOnlyList<SubnetPlan> AllSubnets() => SubnetPlans.Count > 0
        ? SubnetPlans
        : [.. Cidrs.SelectMany(SubnetsOf)];

    /// <exception cref="LabException">Lists all that is wrong.</exception>
    public LabPaths Validate()
    {
        var paths = LabPaths.Of(Name);
        List<string> wrong = [];
        if (Nodes > MostNodes || Nodes < (ModelNodes > 0 ? 0 : 1))
            wrong.Add($"--nodes is {Nodes}; allowed are 1 to {MostNodes}, and 0 with --model-nodes.");
        if (ModelNodes is < 0 or > MostModelNodes)
            wrong.Add($"--model-nodes is {ModelNodes}; allowed are 0 to {MostModelNodes}.");
        if (Ec2Port is < 0 or > 65535)
            wrong.Add($"--ec2-port is {Ec2Port}; allowed are 1 to 65535, and 0 for a free one.");
        if (SubnetSize is < 16 or > 28)
            wrong.Add($"--subnet-size is /{SubnetSize}; EC2 allows /16 to /28.");
        else if (SubnetCount < 1 || SubnetCount > 1L << (SubnetSize - VpcCidr.PrefixLength))
            wrong.Add($"--subnets is {SubnetCount}; with /{SubnetSize} subnets in {VpcCidr} allowed are 1 to {1L << (SubnetSize - VpcCidr.PrefixLength)}.");
        else if (SubnetCount > 26)
            wrong.Add($"--subnets is {SubnetCount}; each has an availability zone of its own, and those have one letter: at most 26.");
        if (wrong.Count == 0)
            wrong.AddRange(WrongBlocks());
        return wrong.Count == 0 ? paths : throw new LabException(string.Join(Environment.NewLine + "vpclab: ", wrong));
    }

    private IEnumerable<SubnetPlan> SubnetsOf(IPNetwork block)
    {
        var size = Math.Max(SubnetSize, block.PrefixLength);
        return Enumerable.Range(0, Math.Min(SubnetCount, 1 << (size - block.PrefixLength)))
            .Select(i => new SubnetPlan(SubnetPlan.Nth(block, size, i), (char)('a' + i), []));
    }

    private IEnumerable<string> WrongBlocks()
    {
        foreach (var block in SecondaryCidrs.Where(block => block.PrefixLength is < 16 or > 28))
            yield return $"--secondary-cidr is {block}; EC2 allows /16 to /28.";
        if (PeerCidr.PrefixLength > 27)
            yield return $"--peer-cidr is {PeerCidr}; it must be /27 or greater.";
        IReadOnlyList<(string Option, IPNetwork Block)> blocks = [("the VPC", VpcCidr), .. SecondaryCidrs.Select(block => ("--secondary-cidr", block)), ("--peer-cidr", PeerCidr)];
        for (var i = 1; i < blocks.Count; i++)
        {
            foreach (var other in blocks.Take(i).Where(other => Block.Overlap(other.Block, blocks[i].Block)))
                yield return $"{blocks[i].Option} {blocks[i].Block} overlaps {other.Option} {other.Block}.";
        }

        var subnets = AllSubnets();
        foreach (var subnet in subnets.Where(s => !Cidrs.Any(block => block.PrefixLength <= s.Cidr.PrefixLength && block.Contains(s.Cidr.BaseAddress))))
            yield return $"Subnet {subnet.Cidr} is outside the VPC ({string.Join(", ", Cidrs)}); add its block with --secondary-cidr.";
        foreach (var (subnet, i) in subnets.Select((subnet, i) => (subnet, i)))
        {
            if (subnets.Take(i).FirstOrDefault(other => Block.Overlap(other.Cidr, subnet.Cidr)) is { } other)
                yield return $"Subnet {subnet.Cidr} overlaps subnet {other.Cidr}.";
        }

        if (Ipv6 && subnets.Count > 256)
            yield return $"There are {subnets.Count} subnets; with --ipv6 allowed are 256, a /64 each of {Ipv6VpcCidr}.";
        if (!subnets.Any(subnet => VpcCidr.Contains(subnet.Cidr.BaseAddress)))
            yield return $"No subnet is in {VpcCidr}, where nodes start; add one with --subnet.";
    }

    /// <summary>The options as the command line writes them.</summary>
    internal IEnumerable<string> ToArguments()
    {
        List<(string Option, string? Value)> options =
        [
            ("--name", Name),
            ("--nodes", Nodes.ToString(CultureInfo.InvariantCulture)),
            ("--instance-type", InstanceType),
            ("--ec2-port", Ec2Port.ToString(CultureInfo.InvariantCulture)),
            ("--subnets", Subnets?.ToString(CultureInfo.InvariantCulture)),
            ("--subnet-size", SubnetSize.ToString(CultureInfo.InvariantCulture)),
            ("--profile", Profile),
            ("--seed", Seed.ToString(CultureInfo.InvariantCulture)),
            ("--authorize", Authorize ? "true" : null),
            ("--ipv6", Ipv6 ? "true" : null),
            ("--model-nodes", ModelNodes.ToString(CultureInfo.InvariantCulture)),
            ("--peer-cidr", PeerCidr.ToString()),
            .. SecondaryCidrs.Select(block => ("--secondary-cidr", (string?)block.ToString())),
            .. SubnetPlans.Select(subnet => ("--subnet", (string?)subnet.ToString())),
            .. Deny.Select(rule => ("--deny", (string?)rule)),
        ];
        return options.Where(o => o.Value is not null).SelectMany(o => new[] { o.Option, o.Value! });
    }
}
