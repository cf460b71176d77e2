using System.Net;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>Who this instance is; nothing of it changes while the instance runs.</summary>
/// <param name="PrimaryMac">Lower case, colons.</param>
/// <param name="PrimaryAddress">The node's own IPv4 address.</param>
/// <param name="SubnetId">The primary ENI's.</param>
public sealed record NodeIdentity(
    string InstanceId,
    string InstanceType,
    string Region,
    string AvailabilityZone,
    string PrimaryMac,
    EniId PrimaryEni,
    IPAddress PrimaryAddress,
    string VpcId,
    string SubnetId,
    IPNetwork SubnetCidr)
{
    public HomeNode Home => new(InstanceId, PrimaryEni, SubnetId, SubnetCidr);
}

/// <summary>What of the primary ENI can change at any time.</summary>
/// <param name="VpcCidrs">The VPC's IPv4 blocks, at least one.</param>
/// <param name="SecurityGroupIds">The primary ENI's, at least one.</param>
public sealed record NodeSurroundings(IReadOnlyList<IPNetwork> VpcCidrs, IReadOnlyList<string> SecurityGroupIds);
