using System.Collections.Immutable;
using System.Net;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Launches instances: as many as there are addresses for, at most <see cref="MaxCount"/>, and none if not <see cref="MinCount"/>.</summary>
public sealed record RunInstancesRequest : Ec2Request
{
    public override string Action => "RunInstances";

    /// <summary>Any image: there are none here to look it up in.</summary>
    public required string ImageId { get; init; }

    /// <summary>m1.small if null, as EC2's reference says.</summary>
    public string? InstanceType { get; init; }

    public required int MinCount { get; init; }

    public required int MaxCount { get; init; }

    /// <summary>The primary ENI's; null where <see cref="NetworkInterfaces"/> say it.</summary>
    public string? SubnetId { get; init; }

    /// <summary>The primary ENI's; the VPC's default group if empty.</summary>
    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    /// <summary>The primary ENI's own address; drawn if null.</summary>
    public IPAddress? PrivateIpAddress { get; init; }

    /// <summary>The ENIs one by one, instead of the three above. Every instance gets all of them.</summary>
    public IReadOnlyList<LaunchInterface> NetworkInterfaces { get; init; } = [];

    /// <summary>Of the resource type instance.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Of the resource type network-interface: of every ENI that comes with an instance.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> InterfaceTags { get; init; } = [];

    /// <summary>At most 64 ASCII characters. Repeating a call with its token gives the first call's reply.</summary>
    public string? ClientToken { get; init; }
}

/// <summary>An ENI to make with an instance.</summary>
/// <param name="DeviceIndex">On its network card.</param>
/// <param name="DeleteOnTermination">True for the primary ENI and false for others, if null.</param>
/// <param name="Create">As CreateNetworkInterface makes it; its tags and token are the launch's.</param>
public sealed record LaunchInterface(int? DeviceIndex, int? NetworkCardIndex, bool? DeleteOnTermination, CreateNetworkInterfaceRequest Create);

/// <summary>The new instances, still pending, in one reservation.</summary>
public sealed record RunInstancesReply(ImmutableArray<InstanceView> Instances) : Ec2Reply;
