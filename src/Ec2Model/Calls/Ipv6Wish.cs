using System.Net;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>IPv6 for an ENI: at most one of the four ways.</summary>
public sealed record Ipv6Wish
{
    public static Ipv6Wish None { get; } = new();

    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    public int? Count { get; init; }

    /// <summary>/80 each.</summary>
    public IReadOnlyList<IPNetwork> Prefixes { get; init; } = [];

    public int? PrefixCount { get; init; }

    /// <summary>How much of the instance type's IPv6 addresses per interface it takes: a prefix takes one as an address does.</summary>
    internal long Slots => Addresses.Count + (long)(Count ?? 0) + Prefixes.Count + (PrefixCount ?? 0);
}
