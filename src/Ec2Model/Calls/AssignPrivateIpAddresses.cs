using System.Collections.Immutable;
using System.Net;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Adds secondary addresses or prefixes: exactly one of the four ways. There is no client token: repeating it adds more.</summary>
public sealed record AssignPrivateIpAddressesRequest : Ec2Request
{
    public override string Action => "AssignPrivateIpAddresses";

    public required string NetworkInterfaceId { get; init; }

    public IReadOnlyList<IPAddress> PrivateIpAddresses { get; init; } = [];

    public int? SecondaryPrivateIpAddressCount { get; init; }

    public IReadOnlyList<IPNetwork> Ipv4Prefixes { get; init; } = [];

    public int? Ipv4PrefixCount { get; init; }

    /// <summary>Lets an address move here from another ENI of the subnet.</summary>
    public bool AllowReassignment { get; init; }
}

/// <summary>Only what is new.</summary>
public sealed record AssignPrivateIpAddressesReply(
    string NetworkInterfaceId, ImmutableArray<IPAddress> Addresses, ImmutableArray<IPNetwork> Prefixes) : Ec2Reply;
