using System.Globalization;
using System.Net;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>How a lab is to be.</summary>
public sealed record LabOptions
{
    public const int MostNodes = 64;

    public string Name { get; init; } = "lab";

    /// <summary>1 to 64.</summary>
    public int Nodes { get; init; } = 2;

    /// <summary>As EC2 names them; decides how many ENIs and addresses a node can have.</summary>
    public string InstanceType { get; init; } = "m5.large";

    /// <summary>EC2's port on the machine's loopback; 0 takes a free one.</summary>
    public int Ec2Port { get; init; } = NodeEnvironment.Ec2Port;

    /// <summary>Subnets, one availability zone each; node i is in subnet i modulo their number. Null: two, or one for a single node.</summary>
    public int? Subnets { get; init; }

    /// <summary>Prefix length of the subnets, 16 (one subnet only) to 28, as EC2 allows.</summary>
    public int SubnetSize { get; init; } = 24;

    /// <summary>How slow EC2 is: instant, brisk, realistic or hostile.</summary>
    public string Profile { get; init; } = "brisk";

    /// <summary>Everything random in EC2 follows from it.</summary>
    public int Seed { get; init; } = 1;

    public static IPNetwork VpcCidr { get; } = IPNetwork.Parse("10.0.0.0/16");

    public int SubnetCount => Subnets ?? Math.Min(2, Nodes);

    /// <summary>The subnets' blocks, one after the other from the VPC's beginning.</summary>
    public IEnumerable<IPNetwork> SubnetCidrs() => Enumerable.Range(0, SubnetCount).Select(i => new IPNetwork(
        new IPAddress([10, 0, (byte)((i << (32 - SubnetSize)) >> 8), (byte)(i << (32 - SubnetSize))]), SubnetSize));

    /// <exception cref="LabException">Lists all that is wrong.</exception>
    public LabPaths Validate()
    {
        var paths = LabPaths.Of(Name);
        List<string> wrong = [];
        if (Nodes is < 1 or > MostNodes)
            wrong.Add($"--nodes is {Nodes}; allowed are 1 to {MostNodes}.");
        if (Ec2Port is < 0 or > 65535)
            wrong.Add($"--ec2-port is {Ec2Port}; allowed are 1 to 65535, and 0 for a free one.");
        if (SubnetSize is < 16 or > 28)
            wrong.Add($"--subnet-size is /{SubnetSize}; EC2 allows /16 to /28.");
        else if (SubnetCount < 1 || SubnetCount > 1L << (SubnetSize - VpcCidr.PrefixLength))
            wrong.Add($"--subnets is {SubnetCount}; with /{SubnetSize} subnets in {VpcCidr} allowed are 1 to {1L << (SubnetSize - VpcCidr.PrefixLength)}.");
        else if (SubnetCount > 26)
            wrong.Add($"--subnets is {SubnetCount}; each has an availability zone of its own, and those have one letter: at most 26.");
        return wrong.Count == 0 ? paths : throw new LabException(string.Join(Environment.NewLine + "vpclab: ", wrong));
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
        ];
        return options.Where(o => o.Value is not null).SelectMany(o => new[] { o.Option, o.Value! });
    }
}
