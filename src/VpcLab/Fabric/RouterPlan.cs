using System.Net;
using AwsVpcCni.Linux;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>What the router's kernel must have for packets to go where EC2 says.</summary>
/// <param name="Ports">The ENIs with a link in a node.</param>
/// <param name="Gateways">The subnets'.</param>
/// <param name="Unlinked">The addresses of all other ENIs.</param>
internal sealed record RouterPlan(
    IReadOnlyList<RouterPlan.Port> Ports, IReadOnlyList<IPAddress> Gateways, IReadOnlyList<OutsideHost> Outside, IReadOnlyList<IPAddress> Unlinked)
{
    /// <param name="Primary">The ENI's own address; null on an efa-only ENI.</param>
    /// <param name="Blocks">Secondary addresses as /32 and prefixes as /28.</param>
    internal sealed record Port(string EniId, MacAddress Mac, IPAddress? Primary, IReadOnlyList<IPNetwork> Blocks, bool SourceDestCheck);
}
