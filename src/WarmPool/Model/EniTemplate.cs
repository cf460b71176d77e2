using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>What a new ENI is made of: the primary ENI's subnet and groups, those that subnet discovery chose, or those of an ENIConfig.</summary>
/// <param name="SubnetCidr">Its first address + 1 is the gateway of pods' traffic on this ENI.</param>
/// <param name="SecurityGroupIds">1 to 16 groups.</param>
public sealed record EniTemplate(string SubnetId, IPNetwork SubnetCidr, IReadOnlyList<string> SecurityGroupIds)
{
    /// <summary>Other subnets for new ENIs, in the order in which they are tried once this one has no addresses left.</summary>
    public IReadOnlyList<EniSubnet> Alternatives { get; init; } = [];

    /// <summary>Every subnet for new ENIs, the preferred one first.</summary>
    internal IEnumerable<EniTemplate> Choices() =>
        Alternatives.Select(other => this with { SubnetId = other.Id, SubnetCidr = other.Cidr, Alternatives = [] })
            .Prepend(this with { Alternatives = [] });
}

/// <summary>A subnet for new ENIs.</summary>
public readonly record struct EniSubnet(string Id, IPNetwork Cidr);
