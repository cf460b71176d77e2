using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Keeps a part of a subnet for one use. It may cover addresses in use; they stay where they are.</summary>
public sealed record CreateSubnetCidrReservationRequest : Ec2Request
{
    public override string Action => "CreateSubnetCidrReservation";

    public required string SubnetId { get; init; }

    public required IPNetwork Cidr { get; init; }

    /// <summary>prefix or explicit.</summary>
    public required string ReservationType { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Of the resource type subnet-cidr-reservation.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];
}

public sealed record CreateSubnetCidrReservationReply(SubnetReservation Reservation) : Ec2Reply;

/// <summary>Ends a reservation: what is free of it is for anything again.</summary>
public sealed record DeleteSubnetCidrReservationRequest : Ec2Request
{
    public override string Action => "DeleteSubnetCidrReservation";

    public required string ReservationId { get; init; }
}

public sealed record DeleteSubnetCidrReservationReply(SubnetReservation Reservation) : Ec2Reply;

public sealed record GetSubnetCidrReservationsRequest : DescribeRequest
{
    public override string Action => "GetSubnetCidrReservations";

    public required string SubnetId { get; init; }
}

/// <summary>The subnet's IPv4 reservations; there are none for IPv6 here.</summary>
public sealed record GetSubnetCidrReservationsReply(ImmutableArray<SubnetReservation> Items, string? NextToken)
    : DescribeReply<SubnetReservation>(Items, NextToken);
