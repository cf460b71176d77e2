using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Injection;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model;

/// <summary>Ready-made kinds of AWS, from the kindest to the worst.</summary>
public static class Profiles
{
    public static ImmutableArray<string> Names { get; } = ["instant", "brisk", "realistic", "hostile"];

    /// <summary>Null when there is none with this name.</summary>
    public static VpcOptions? Find(string name) => name switch
    {
        "instant" => VpcOptions.Instant,
        "brisk" => VpcOptions.Brisk,
        "realistic" => VpcOptions.Realistic,
        "hostile" => Hostile,
        _ => null,
    };

    /// <summary>
    /// Realistic, on a bad day: one attach per instance at a time, descriptions that lag, a neighbour in the account, and a few calls in a
    /// hundred that fail in each way in which EC2 fails. Every share is larger than in reality, so that an hour shows what a year would.
    /// </summary>
    public static VpcOptions Hostile { get; } = VpcOptions.Realistic with
    {
        AttachesAtOnce = 1,
        Latencies = VpcLatencies.Realistic with
        {
            DescribeLag = DurationRange.Milliseconds(0, 3000),
            NewInterface = DurationRange.Milliseconds(0, 1000),
            Attach = DurationRange.Milliseconds(1500, 10000),
            Detach = DurationRange.Milliseconds(1500, 20000),
        },
        Imds = ImdsOptions.Realistic,
        ShortPages = 0.2,
        EmptyPages = 0.05,
        Noise = VpcOptions.NoNoise.Add("AttachNetworkInterface", 2).Add("CreateNetworkInterface", 2),
        Faults =
        [
            new() { Action = FaultRule.AnyAction, Code = "InternalError", Probability = 0.01 },
            new() { Action = FaultRule.AnyAction, Code = "Unavailable", Probability = 0.01 },
            new() { Action = FaultRule.AnyAction, Code = "RequestLimitExceeded", Probability = 0.02 },
            new() { Action = FaultRule.AnyAction, Drop = true, Probability = 0.01 },
            new() { Action = "CreateNetworkInterface", AfterApplying = true, Probability = 0.03 },
            new() { Action = "AttachNetworkInterface", AfterApplying = true, Probability = 0.03 },
            new() { Action = "AssignPrivateIpAddresses", AfterApplying = true, Probability = 0.03 },
            new() { Action = "AssignPrivateIpAddresses", AfterApplying = true, Code = "InternalError", Probability = 0.01 },
            new() { Action = "UnassignPrivateIpAddresses", AfterApplying = true, Probability = 0.02 },
            new() { Action = "AttachNetworkInterface", Code = "InvalidNetworkInterfaceID.NotFound", Probability = 0.02 },
            new() { Action = "AssignPrivateIpAddresses", Code = "InsufficientCidrBlocks", Probability = 0.01 },
            new() { Action = "DescribeNetworkInterfaces", Delay = TimeSpan.FromSeconds(5), Probability = 0.02 },
        ],
    };
}
