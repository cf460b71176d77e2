using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Ownership;

/// <summary>The instance whose ENIs are looked at, by what its primary ENI says.</summary>
public sealed record HomeNode(string InstanceId, EniId PrimaryEni, string SubnetId, IPNetwork SubnetCidr);
