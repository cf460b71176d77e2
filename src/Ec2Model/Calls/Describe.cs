using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Calls;

public sealed record DescribeNetworkInterfacesRequest : DescribeRequest
{
    public override string Action => "DescribeNetworkInterfaces";

    /// <summary>One unknown id fails the whole call. Not together with MaxResults.</summary>
    public IReadOnlyList<string> NetworkInterfaceIds { get; init; } = [];
}

public sealed record DescribeNetworkInterfacesReply(ImmutableArray<EniView> Items, string? NextToken)
    : DescribeReply<EniView>(Items, NextToken);

public sealed record DescribeInstancesRequest : DescribeRequest
{
    public override string Action => "DescribeInstances";

    /// <summary>One unknown id fails the whole call. Not together with MaxResults.</summary>
    public IReadOnlyList<string> InstanceIds { get; init; } = [];
}

public sealed record DescribeInstancesReply(ImmutableArray<InstanceView> Items, string? NextToken)
    : DescribeReply<InstanceView>(Items, NextToken);

/// <summary>An instance with its ENIs, the primary one first.</summary>
public sealed record InstanceView(Instance Instance, string OwnerId, ImmutableArray<EniView> NetworkInterfaces);

public sealed record DescribeInstanceTypesRequest : DescribeRequest
{
    public override string Action => "DescribeInstanceTypes";

    public IReadOnlyList<string> InstanceTypes { get; init; } = [];
}

public sealed record DescribeInstanceTypesReply(ImmutableArray<InstanceType> Items, string? NextToken)
    : DescribeReply<InstanceType>(Items, NextToken);

public sealed record DescribeSubnetsRequest : DescribeRequest
{
    public override string Action => "DescribeSubnets";

    public IReadOnlyList<string> SubnetIds { get; init; } = [];
}

public sealed record DescribeSubnetsReply(ImmutableArray<Subnet> Items, string? NextToken) : DescribeReply<Subnet>(Items, NextToken);

public sealed record DescribeSecurityGroupsRequest : DescribeRequest
{
    public override string Action => "DescribeSecurityGroups";

    public IReadOnlyList<string> GroupIds { get; init; } = [];

    public IReadOnlyList<string> GroupNames { get; init; } = [];
}

public sealed record DescribeSecurityGroupsReply(ImmutableArray<SecurityGroup> Items, string? NextToken)
    : DescribeReply<SecurityGroup>(Items, NextToken);

public sealed record DescribeVpcsRequest : DescribeRequest
{
    public override string Action => "DescribeVpcs";

    public IReadOnlyList<string> VpcIds { get; init; } = [];
}

public sealed record DescribeVpcsReply(ImmutableArray<VpcView> Items, string? NextToken) : DescribeReply<VpcView>(Items, NextToken);

/// <summary>The VPC: there is one, and it is nobody's default.</summary>
/// <param name="Cidrs">The primary block first.</param>
public sealed record VpcView(
    string Id, string OwnerId, ImmutableArray<IPNetwork> Cidrs, IPNetwork? Ipv6Cidr, ImmutableSortedDictionary<string, string> Tags);

/// <summary>Without pages: MaxResults and NextToken are not EC2's here.</summary>
public sealed record DescribeAvailabilityZonesRequest : DescribeRequest
{
    public override string Action => "DescribeAvailabilityZones";

    public IReadOnlyList<string> ZoneNames { get; init; } = [];

    public IReadOnlyList<string> ZoneIds { get; init; } = [];
}

public sealed record DescribeAvailabilityZonesReply(ImmutableArray<ZoneView> Items, string? NextToken) : DescribeReply<ZoneView>(Items, NextToken);

/// <summary>A zone in which the VPC has a subnet.</summary>
public sealed record ZoneView(string Name, string Id, string Region);

public sealed record DescribeNetworkInterfaceAttributeRequest : Ec2Request
{
    public override string Action => "DescribeNetworkInterfaceAttribute";

    public required string NetworkInterfaceId { get; init; }

    /// <summary>description, groupSet, sourceDestCheck or attachment.</summary>
    public required string Attribute { get; init; }
}

public sealed record DescribeNetworkInterfaceAttributeReply(EniView NetworkInterface, string Attribute) : Ec2Reply;

public sealed record DescribeTagsRequest : DescribeRequest
{
    public override string Action => "DescribeTags";
}

public sealed record DescribeTagsReply(ImmutableArray<TagDescription> Items, string? NextToken)
    : DescribeReply<TagDescription>(Items, NextToken);

/// <summary>One tag of one resource.</summary>
/// <param name="ResourceType">instance, network-interface, route-table, security-group, subnet, subnet-cidr-reservation or vpc.</param>
public sealed record TagDescription(string ResourceId, string ResourceType, string Key, string Value);
