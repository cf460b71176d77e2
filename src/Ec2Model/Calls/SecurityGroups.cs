using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>A security group of the VPC. It has no rules: they are not modelled.</summary>
public sealed record CreateSecurityGroupRequest : Ec2Request
{
    public override string Action => "CreateSecurityGroup";

    /// <summary>Up to 255 characters, one of its kind in the VPC, not beginning with <c>sg-</c>.</summary>
    public required string GroupName { get; init; }

    /// <summary>Up to 255 characters.</summary>
    public required string Description { get; init; }

    /// <summary>Null is the default VPC, and the account has none.</summary>
    public string? VpcId { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];
}

public sealed record CreateSecurityGroupReply(SecurityGroup Group) : Ec2Reply;

/// <summary>Only a group that no ENI has.</summary>
public sealed record DeleteSecurityGroupRequest : Ec2Request
{
    public override string Action => "DeleteSecurityGroup";

    public required string GroupId { get; init; }
}

public sealed record DeleteSecurityGroupReply(string GroupId) : Ec2Reply;
