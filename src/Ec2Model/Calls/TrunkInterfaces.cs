using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Puts a branch ENI, which is a plain one until then, on a trunk ENI.</summary>
public sealed record AssociateTrunkInterfaceRequest : Ec2Request
{
    public override string Action => "AssociateTrunkInterface";

    public required string BranchInterfaceId { get; init; }

    public required string TrunkInterfaceId { get; init; }

    /// <summary>1 to 4094; exactly one of it and <see cref="GreKey"/>.</summary>
    public int? VlanId { get; init; }

    public int? GreKey { get; init; }

    /// <summary>At most 64 ASCII characters. Repeating a call with its token gives the first call's reply.</summary>
    public string? ClientToken { get; init; }
}

public sealed record AssociateTrunkInterfaceReply(TrunkAssociation Association, string? ClientToken) : Ec2Reply;

/// <summary>Takes a branch ENI off its trunk; it is a plain one again.</summary>
public sealed record DisassociateTrunkInterfaceRequest : Ec2Request
{
    public override string Action => "DisassociateTrunkInterface";

    public required string AssociationId { get; init; }

    public string? ClientToken { get; init; }
}

public sealed record DisassociateTrunkInterfaceReply(string? ClientToken) : Ec2Reply;

public sealed record DescribeTrunkInterfaceAssociationsRequest : DescribeRequest
{
    public override string Action => "DescribeTrunkInterfaceAssociations";

    public IReadOnlyList<string> AssociationIds { get; init; } = [];
}

public sealed record DescribeTrunkInterfaceAssociationsReply(ImmutableArray<TrunkAssociation> Items, string? NextToken)
    : DescribeReply<TrunkAssociation>(Items, NextToken);
