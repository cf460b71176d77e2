using System.Collections.Immutable;

namespace AwsVpcCni.Ec2Model.Resources;

/// <summary>A security group; its rules are not modelled.</summary>
public sealed record SecurityGroup(
    string Id,
    string Name,
    string Description,
    string VpcId,
    string OwnerId,
    ImmutableSortedDictionary<string, string> Tags);
