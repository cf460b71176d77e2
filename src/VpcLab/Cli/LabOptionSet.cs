using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
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

    private readonly Option<SubnetPlan[]> _subnet = new("--subnet")
    {
        Description = "A subnet: CIDR[,ZONE][,KEY=VALUE…], such as 10.0.1.0/24,b,kubernetes.io/role/cni=1. Repeat it for each; replaces --subnets.",
        HelpName = "SUBNET",
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => ParseAll<SubnetPlan>(result, SubnetPlan.TryParse, "--subnet", "CIDR[,ZONE][,KEY=VALUE…], such as 10.0.1.0/24,b"),
    };

    private readonly Option<IPNetwork[]> _secondaryCidr = new("--secondary-cidr")
    {
        Description = "A further block of the VPC, such as 100.64.0.0/16, with a subnet in each zone; repeatable.",
        HelpName = "CIDR",
        CustomParser = result => ParseAll<IPNetwork>(result, Block.TryParse, "--secondary-cidr", "a block such as 100.64.0.0/16"),
    };

    private readonly Option<IPNetwork> _peerCidr = new("--peer-cidr")
    {
        Description = "The peer VPC's block; its one host has the tenth address.",
        HelpName = "CIDR",
        DefaultValueFactory = _ => _defaults.PeerCidr,
        CustomParser = result => ParseAll<IPNetwork>(result, Block.TryParse, "--peer-cidr", "a block such as 192.168.0.0/16").FirstOrDefault(),
    };

    private readonly Option<int> _modelNodes = new("--model-nodes")
    {
        Description = $"Instances that only EC2 and IMDS know, each with an endpoint on the machine's loopback; up to {LabOptions.MostModelNodes}.",
        DefaultValueFactory = _ => _defaults.ModelNodes,
    };

    private readonly Option<string> _profile = new("--profile") { Description = "How slow EC2 is, and how unkind.", DefaultValueFactory = _ => _defaults.Profile };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of all that is random in EC2.", DefaultValueFactory = _ => _defaults.Seed };

    private readonly Option<bool> _ipv6 = new("--ipv6") { Description = "Give the VPC an IPv6 block and each subnet a /64 of it (in EC2; there are no IPv6 packets)." };
    private readonly Option<bool> _authorize = new("--authorize") { Description = "Check signatures and take only credentials that this lab gave out (vpclab access shows its own user's)." };
    private readonly Option<string[]> _deny = new("--deny") { Description = AccessCommand.DenyDescription };

    internal LabOptionSet() => _profile.AcceptOnlyFromAmong([.. Profiles.Names]);

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _name, _nodes, _instanceType, _ec2Port, _subnets, _subnetSize, _subnet, _secondaryCidr, _peerCidr, _modelNodes, _profile, _seed, _ipv6, _authorize, _deny })
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
        ModelNodes = result.GetRequiredValue(_modelNodes),
        PeerCidr = result.GetRequiredValue(_peerCidr),
        SecondaryCidrs = result.GetValue(_secondaryCidr) ?? [],
        SubnetPlans = result.GetValue(_subnet) ?? [],
        Ipv6 = result.GetValue(_ipv6),
        Authorize = result.GetValue(_authorize),
        Deny = result.GetValue(_deny) ?? [],
    };

    private delegate bool Parser<T>(string text, [MaybeNullWhen(false)] out T value);

    private static T[] ParseAll<T>(ArgumentResult result, Parser<T> parse, string option, string form)
    {
        List<T> all = [];
        foreach (var token in result.Tokens)
        {
            if (parse(token.Value, out var value))
                all.Add(value);
            else
                result.AddError($"{option} is '{token.Value}'; it must be {form}.");
        }

        return [.. all];
    }
}
