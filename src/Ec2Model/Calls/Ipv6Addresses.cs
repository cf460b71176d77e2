using System.Collections.Immutable;
using System.Net;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Adds IPv6 addresses or prefixes: exactly one of the four ways. Like its IPv4 sister it has neither client token nor DryRun.</summary>
public sealed record AssignIpv6AddressesRequest : Ec2Request
{
    public override string Action => "AssignIpv6Addresses";

    public required string NetworkInterfaceId { get; init; }

    public required Ipv6Wish Ipv6 { get; init; }
}

/// <summary>Only what is new.</summary>
public sealed record AssignIpv6AddressesReply(
    string NetworkInterfaceId, ImmutableArray<IPAddress> Addresses, ImmutableArray<IPNetwork> Prefixes) : Ec2Reply;

/// <summary>Takes IPv6 addresses or prefixes away: all of them or, on any error, none.</summary>
public sealed record UnassignIpv6AddressesRequest : Ec2Request
{
    public override string Action => "UnassignIpv6Addresses";

    public required string NetworkInterfaceId { get; init; }

    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    public IReadOnlyList<IPNetwork> Prefixes { get; init; } = [];
}

/// <summary>What was taken away.</summary>
public sealed record UnassignIpv6AddressesReply(
    string NetworkInterfaceId, ImmutableArray<IPAddress> Addresses, ImmutableArray<IPNetwork> Prefixes) : Ec2Reply;
