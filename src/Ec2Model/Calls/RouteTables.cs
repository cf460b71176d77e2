using System.Collections.Immutable;
using System.Net;

namespace AwsVpcCni.Ec2Model.Calls;

public sealed record DescribeRouteTablesRequest : DescribeRequest
{
    public override string Action => "DescribeRouteTables";

    /// <summary>One unknown id fails the whole call.</summary>
    public IReadOnlyList<string> RouteTableIds { get; init; } = [];
}

public sealed record DescribeRouteTablesReply(ImmutableArray<RouteTableView> Items, string? NextToken)
    : DescribeReply<RouteTableView>(Items, NextToken);

/// <summary>The VPC's main route table: there is one, and every subnet has it without saying so.</summary>
/// <param name="AssociationId">Of the table with the VPC.</param>
/// <param name="Routes">The VPC's own blocks first.</param>
public sealed record RouteTableView(
    string Id,
    string AssociationId,
    string VpcId,
    string OwnerId,
    ImmutableArray<RouteView> Routes,
    ImmutableSortedDictionary<string, string> Tags);

/// <summary>A route to a gateway or to a peering connection: one of the two is null.</summary>
/// <param name="GatewayId"><c>local</c> for the VPC's own blocks, or an internet gateway's id.</param>
/// <param name="Origin">CreateRouteTable for what comes with the table, else CreateRoute.</param>
public sealed record RouteView(IPNetwork Destination, string? GatewayId, string? PeeringConnectionId, string Origin);
