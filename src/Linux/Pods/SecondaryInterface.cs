using System.Net;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Pods;

/// <summary>
/// What a pod's further interface has in place of routes in main, which the first interface (or another plugin's) holds: a table of its
/// own, looked up by its address, so that what arrives there is answered from there. Meta-plugins such as Multus ask for these.
/// </summary>
public static class SecondaryInterface
{
    /// <summary>Before main (32766), after local (0); the original's, for a pod with several NICs.</summary>
    public const uint RulePriority = 1;

    /// <summary>Beyond the kernel's own tables (253 to 255), and those that people number by hand.</summary>
    private const uint FirstTable = 1000;

    /// <summary>A pod's eth0 has the default route, or is an error. Any other may come first or later.</summary>
    public static bool CanBe(string interfaceName) => interfaceName != "eth0";

    /// <param name="linkIndex">In the pod's namespace, where no two links share it.</param>
    public static uint TableOf(int linkIndex) => FirstTable + (uint)linkIndex;

    public static Route ToGateway(int linkIndex) => Route.ToHost(PodNetwork.Gateway, linkIndex, TableOf(linkIndex));

    public static Route DefaultRoute(int linkIndex) => Route.Default(PodNetwork.Gateway, linkIndex, TableOf(linkIndex));

    public static Rule RuleOf(IPAddress pod, int linkIndex) =>
        new() { Priority = RulePriority, From = new IPNetwork(pod, 32), Table = TableOf(linkIndex) };

    /// <summary>For a delete: one of the rules to the link's table, whatever its address.</summary>
    public static Rule AnyRuleOf(int linkIndex) => new() { Priority = RulePriority, Table = TableOf(linkIndex) };
}
