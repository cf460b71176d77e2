using System.Net;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>What replies tell of the node and its settings beside addresses; fixed at start.</summary>
/// <param name="NetworkPolicyMode">NETWORK_POLICY_ENFORCING_MODE verbatim; empty when unset: the plugin then leaves the policy agent alone.</param>
/// <param name="VpcCidrs">The VPC's IPv4 ranges: traffic to them is not source-translated.</param>
public sealed record NodeFacts(
    string InstanceId, string Region, IPAddress Address, string NetworkPolicyMode, bool ExternalSnat, IReadOnlyList<IPNetwork> VpcCidrs);
