using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Limits;

namespace AwsVpcCni.Ec2Model.Resources;

/// <summary>An instance as it is at one moment.</summary>
public sealed record Instance
{
    /// <summary><c>i-</c> and 17 hex digits.</summary>
    public required string Id { get; init; }

    public required InstanceType Type { get; init; }

    public required string SubnetId { get; init; }

    public required string VpcId { get; init; }

    public required string AvailabilityZone { get; init; }

    public required string ReservationId { get; init; }

    public required string ImageId { get; init; }

    /// <summary>Within its reservation, from 0.</summary>
    public int LaunchIndex { get; init; }

    /// <summary>Of the call that launched it; null if it had none.</summary>
    public string? ClientToken { get; init; }

    /// <summary>The ENI that came with the instance: card 0, device 0, and it goes with the instance.</summary>
    public required string PrimaryInterfaceId { get; init; }

    /// <summary>The primary ENI's address and MAC; kept after the ENI is gone.</summary>
    public required IPAddress PrivateAddress { get; init; }

    public required string MacAddress { get; init; }

    public InstanceState State { get; init; }

    public required DateTimeOffset LaunchTime { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ResourceTags.None;
}

/// <summary>The value is EC2's state code.</summary>
public enum InstanceState
{
    Pending = 0,
    Running = 16,
    ShuttingDown = 32,
    Terminated = 48,
    Stopping = 64,
    Stopped = 80,
}
