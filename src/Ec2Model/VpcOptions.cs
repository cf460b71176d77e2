using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Injection;
using AwsVpcCni.Ec2Model.Throttling;

namespace AwsVpcCni.Ec2Model;

/// <summary>What kind of AWS this is: its size, its speed, its quotas, and how it behaves where AWS does not say.</summary>
public sealed record VpcOptions
{
    /// <summary>Everything random (addresses, ids, MACs, latencies) follows from it: the same calls at the same times give the same answers.</summary>
    public int Seed { get; init; } = 1;

    public string Region { get; init; } = "us-west-2";

    /// <summary>12 digits.</summary>
    public string AccountId { get; init; } = "111122223333";

    /// <summary>The VPC's IPv4 blocks, the primary one first; /16 to /28 each.</summary>
    public IReadOnlyList<IPNetwork> Cidrs { get; init; } = [new(new([10, 0, 0, 0]), 16)];

    /// <summary>The VPC's IPv6 block, a /56; null for a VPC without IPv6.</summary>
    public IPNetwork? Ipv6Cidr { get; init; }

    /// <summary>The blocks of VPCs that this one is peered with, at most 256.</summary>
    public IReadOnlyList<IPNetwork> Peers { get; init; } = [];

    public VpcLatencies Latencies { get; init; } = VpcLatencies.None;

    public ImdsOptions Imds { get; init; } = new();

    /// <summary>Who may call, and how credentials are given out.</summary>
    public AccessOptions Access { get; init; } = new();

    /// <summary>EC2's token buckets per action, shared by every caller of the account and region (ec2-facts.md §1).</summary>
    public bool Throttling { get; init; }

    /// <summary>
    /// Buckets of another size than EC2's, by action; <c>DescribeNetworkInterfaces.unfiltered</c> is the bucket of descriptions of everything.
    /// </summary>
    public ImmutableSortedDictionary<string, BucketSize> Buckets { get; init; } =
        ImmutableSortedDictionary.Create<string, BucketSize>(StringComparer.Ordinal);

    /// <summary>What somebody else in the account takes out of a bucket, in calls per second, by the bucket's name.</summary>
    public ImmutableSortedDictionary<string, double> Noise { get; init; } = NoNoise;

    internal static ImmutableSortedDictionary<string, double> NoNoise { get; } =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <summary>How many attaches of one instance are under way at a time; null for any number.</summary>
    public int? AttachesAtOnce { get; init; }

    /// <summary>How many of the pages asked for with MaxResults are shorter than they could be, with a token for the rest: 0 to 1.</summary>
    public double ShortPages { get; init; }

    /// <summary>How many of them are empty, with a token: 0 to 1.</summary>
    public double EmptyPages { get; init; }

    /// <summary>The faults that are in force from the beginning.</summary>
    public ImmutableArray<FaultRule> Faults { get; init; } = [];

    /// <summary>Network interfaces in the region; quota L-DF5E4CA3.</summary>
    public int NetworkInterfaceQuota { get; init; } = 5000;

    /// <summary>1 to 16; AWS's default is 5.</summary>
    public int SecurityGroupsPerInterface { get; init; } = 5;

    /// <summary>AWS's limit for any resource.</summary>
    public int TagsPerResource { get; init; } = 50;

    /// <summary>AWS's figure depends on the instance type and is in no API; 120 is the largest (ec2-facts.md §8).</summary>
    public int BranchesPerTrunk { get; init; } = 120;

    public UnknownBehaviour Unknown { get; init; } = new();

    /// <summary>Everything takes no time: an attach is done by the next call.</summary>
    public static VpcOptions Instant { get; } = new();

    /// <summary>The order of events and the lags of EC2, about ten times faster than it: for demos and tests.</summary>
    public static VpcOptions Brisk { get; } = new() { Latencies = VpcLatencies.Brisk, Imds = ImdsOptions.Brisk };

    /// <summary>As slow as EC2 and as strict with callers.</summary>
    public static VpcOptions Realistic { get; } =
        new() { Latencies = VpcLatencies.Realistic, Imds = ImdsOptions.Realistic, Throttling = true };
}

/// <summary>Switches for what ec2-facts.md lists as unknown.</summary>
public sealed record UnknownBehaviour
{
    /// <summary>
    /// Both forms of "the subnet is full" were seen in the wild: the code InsufficientFreeAddressesInSubnet, and an
    /// InvalidParameterValue that is known only by its text. True answers with the second.
    /// </summary>
    public bool ExhaustionOnlyByText { get; init; }

    /// <summary>A second detach of the same attachment: true succeeds, false is IncorrectState.</summary>
    public bool SecondDetachSucceeds { get; init; } = true;

    /// <summary>Single addresses that EC2 picks are never out of a reservation, as the VPC guide says; cni#3087 saw otherwise.</summary>
    public bool SinglesAvoidReservations { get; init; } = true;

    /// <summary>When the prefix reservations are full: true picks prefixes elsewhere in the subnet, false is InsufficientCidrBlocks.</summary>
    public bool PrefixesLeaveReservations { get; init; }

    /// <summary>A forced detach "may" leave the device index blocked until the instance stops (API reference); true: it does.</summary>
    public bool ForcedDetachBlocks { get; init; }
}
