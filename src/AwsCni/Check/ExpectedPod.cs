using System.Globalization;
using System.Net;
using AwsVpcCni.AwsCni.Results;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni.Check;

/// <summary>What a result says that ADD has built. A result in the original's form holds a table's number where a MAC belongs.</summary>
/// <param name="Addresses">IPv4.</param>
/// <param name="HostVeth">Null when the result names none.</param>
/// <param name="HostMtu">Bytes; the result's, and the configuration's where it tells none. So is <paramref name="PodMtu"/>.</param>
/// <param name="HostMac">Null when not told.</param>
/// <param name="Table">Of the original's form; null in ours.</param>
internal sealed record ExpectedPod(
    IReadOnlyList<IPAddress> Addresses, HostVethName? HostVeth, uint HostMtu, uint PodMtu, MacAddress? HostMac, MacAddress? PodMac, RouteTable? Table)
{
    /// <summary>The original tells no MAC, and puts no alias on a veth; its form may also be what a pod of ours has (originalResult).</summary>
    public bool IsOurForm => HostMac is not null;

    /// <summary>A later plugin of the chain says that it made the default route, and ours may be gone (specification, section 2, "CHECK").</summary>
    public bool HasAnothersDefaultRoute { get; private init; }

    public static ExpectedPod Of(CniResult result, CniEnvironment environment, PluginConfiguration configuration)
    {
        var pod = PreviousPod.Of(result, environment.IfName);
        var host = result.Interfaces.FirstOrDefault(link => string.IsNullOrEmpty(link.Sandbox) && link.Name == pod.HostVeth?.Value);
        var inside = result.Interfaces.FirstOrDefault(link => link is { Sandbox.Length: > 0 } && link.Name == environment.IfName);
        var table = int.TryParse(inside?.Mac, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? RouteTable.FromReply(number) : (RouteTable?)null;
        return new ExpectedPod(
            pod.Addresses, pod.HostVeth, host?.Mtu ?? (uint)configuration.Mtu, inside?.Mtu ?? (uint)configuration.Mtu,
            MacOf(host), MacOf(inside), table)
        {
            HasAnothersDefaultRoute = result.Routes.Any(route => route.Destination is { IsIPv4: true, PrefixLength: 0 }),
        };
    }

    private static MacAddress? MacOf(CniInterface? link) => MacAddress.TryParse(link?.Mac, out var mac) ? mac : null;
}
