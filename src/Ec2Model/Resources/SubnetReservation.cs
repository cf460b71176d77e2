using System.Collections.Immutable;
using System.Net;

namespace AwsVpcCni.Ec2Model.Resources;

/// <summary>A part of a subnet that is kept for one use (VPC guide, "Subnet CIDR reservations").</summary>
/// <param name="Id"><c>scr-</c> and 17 hex digits.</param>
public sealed record SubnetReservation(
    string Id,
    string SubnetId,
    IPNetwork Cidr,
    ReservationType Type,
    string OwnerId,
    string Description,
    ImmutableSortedDictionary<string, string> Tags);

/// <summary>What a reservation keeps its addresses for.</summary>
public enum ReservationType
{
    /// <summary>EC2 takes the prefixes from it that it picks itself.</summary>
    Prefix,

    /// <summary>EC2 gives out of it only what a caller names.</summary>
    Explicit,
}
