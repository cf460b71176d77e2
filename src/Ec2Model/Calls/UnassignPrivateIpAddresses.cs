using System.Net;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Takes secondary addresses or prefixes away: all of them or, on any error, none.</summary>
public sealed record UnassignPrivateIpAddressesRequest : Ec2Request
{
    public override string Action => "UnassignPrivateIpAddresses";

    public required string NetworkInterfaceId { get; init; }

    public IReadOnlyList<IPAddress> PrivateIpAddresses { get; init; } = [];

    public IReadOnlyList<IPNetwork> Ipv4Prefixes { get; init; } = [];
}
