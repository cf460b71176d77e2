using System.Collections.Immutable;
using System.Net;

namespace AwsVpcCni.Ec2Model.Resources;

/// <summary>A subnet as it is at one moment.</summary>
/// <param name="Ipv6Cidr">A /64; null in a subnet without IPv6.</param>
/// <param name="AvailableAddressCount">
/// Free addresses without the 5 reserved ones and without those in prefix reservations; a prefix takes 16. It says nothing of fragmentation.
/// </param>
public sealed record Subnet(
    string Id,
    string VpcId,
    string OwnerId,
    IPNetwork Cidr,
    IPNetwork? Ipv6Cidr,
    string AvailabilityZone,
    string AvailabilityZoneId,
    int AvailableAddressCount,
    ImmutableSortedDictionary<string, string> Tags);
