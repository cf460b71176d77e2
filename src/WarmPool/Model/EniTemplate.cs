using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>What a new ENI is made of: the primary ENI's subnet and groups, or those of an ENIConfig.</summary>
/// <param name="SubnetCidr">Its first address + 1 is the gateway of pods' traffic on this ENI.</param>
/// <param name="SecurityGroupIds">1 to 16 groups.</param>
public sealed record EniTemplate(string SubnetId, IPNetwork SubnetCidr, IReadOnlyList<string> SecurityGroupIds);
