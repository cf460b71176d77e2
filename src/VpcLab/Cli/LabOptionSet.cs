using System.CommandLine;
using System.Globalization;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>The options of a new lab, the same for <c>up</c> and <c>serve</c>.</summary>
internal sealed class LabOptionSet
{
    private static readonly LabOptions _defaults = new();

    private readonly Option<string> _name = LabNameOption.Create();
    private readonly Option<int> _nodes = new("--nodes", "-n") { Description = $"How many nodes, 1 to {LabOptions.MostNodes}.", DefaultValueFactory = _ => _defaults.Nodes };
    private readonly Option<string> _instanceType = new("--instance-type", "-t") { Description = "The nodes' EC2 instance type.", DefaultValueFactory = _ => _defaults.InstanceType };
    private readonly Option<int> _ec2Port = new("--ec2-port") { Description = "EC2's port on this machine's loopback; 0 takes a free one.", DefaultValueFactory = _ => _defaults.Ec2Port };
    private readonly Option<int?> _subnets = new("--subnets") { Description = "How many subnets, an availability zone each (default: 2, or 1 for one node)." };

    private readonly Option<int> _subnetSize = new("--subnet-size")
    {
        Description = "The subnets' prefix length, /16 to /28.",
        DefaultValueFactory = _ => _defaults.SubnetSize,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value.TrimStart('/'), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                return length;
            result.AddError($"--subnet-size is '{result.Tokens[0].Value}'; it must be a prefix length such as /28.");
            return 0;
        },
    };

    private readonly Option<string> _profile = new("--profile") { Description = "How slow EC2 is, and how unkind.", DefaultValueFactory = _ => _defaults.Profile };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of all that is random in EC2.", DefaultValueFactory = _ => _defaults.Seed };

    internal LabOptionSet() => _profile.AcceptOnlyFromAmong([.. Profiles.Names]);

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _name, _nodes, _instanceType, _ec2Port, _subnets, _subnetSize, _profile, _seed })
            command.Add(option);
    }

    internal LabOptions Read(ParseResult result) => new()
    {
        Name = result.GetRequiredValue(_name),
        Nodes = result.GetRequiredValue(_nodes),
        InstanceType = result.GetRequiredValue(_instanceType),
        Ec2Port = result.GetRequiredValue(_ec2Port),
        Subnets = result.GetValue(_subnets),
        SubnetSize = result.GetRequiredValue(_subnetSize),
        Profile = result.GetRequiredValue(_profile),
        Seed = result.GetRequiredValue(_seed),
    };
}
