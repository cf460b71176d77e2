using System.Net;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>
/// Makes an ENI. At most one of <see cref="PrivateIpAddresses"/>, <see cref="SecondaryPrivateIpAddressCount"/>,
/// <see cref="Ipv4Prefixes"/> and <see cref="Ipv4PrefixCount"/>. Instance limits are not checked here: there is no instance yet.
/// </summary>
public sealed record CreateNetworkInterfaceRequest : Ec2Request
{
    public override string Action => "CreateNetworkInterface";

    public required string SubnetId { get; init; }

    /// <summary>The VPC's default group if empty.</summary>
    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    public string Description { get; init; } = "";

    /// <summary>interface, efa, efa-only or trunk; interface if null.</summary>
    public string? InterfaceType { get; init; }

    /// <summary>The ENI's own address; drawn if null.</summary>
    public IPAddress? PrivateIpAddress { get; init; }

    public IReadOnlyList<PrivateIpAddressSpecification> PrivateIpAddresses { get; init; } = [];

    public int? SecondaryPrivateIpAddressCount { get; init; }

    public IReadOnlyList<IPNetwork> Ipv4Prefixes { get; init; } = [];

    public int? Ipv4PrefixCount { get; init; }

    /// <summary>Independent of the IPv4 ways.</summary>
    public Ipv6Wish Ipv6 { get; init; } = Ipv6Wish.None;

    /// <summary>Of the resource type network-interface.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>At most 64 ASCII characters. Repeating a call with its token gives the first call's reply.</summary>
    public string? ClientToken { get; init; }
}

/// <summary>One address of a new ENI.</summary>
/// <param name="Primary">It is the ENI's own address; at most one.</param>
public sealed record PrivateIpAddressSpecification(IPAddress Address, bool Primary);

/// <summary>The new ENI, still pending.</summary>
public sealed record CreateNetworkInterfaceReply(EniView NetworkInterface, string? ClientToken) : Ec2Reply;

/// <summary>An ENI with what its description adds from elsewhere.</summary>
/// <param name="SecurityGroups">In the order of the ENI's own list.</param>
public sealed record EniView(NetworkInterface Eni, System.Collections.Immutable.ImmutableArray<SecurityGroup> SecurityGroups);
