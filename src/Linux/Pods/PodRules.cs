using System.Net;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Pods;

/// <summary>The kernel objects of one pod address on the host. Priorities are the original's: both must be able to delete the other's.</summary>
public static class PodRules
{
    /// <summary>Traffic to pods, before anything that looks at its source.</summary>
    public const uint ToPodPriority = 512;

    /// <summary>Traffic from pods on secondary ENIs.</summary>
    public const uint FromPodPriority = 1536;

    public static Route RouteTo(IPAddress pod, int? hostIndex) => Route.ToHost(pod, hostIndex);

    public static Rule ToPod(IPAddress pod) => new() { Priority = ToPodPriority, To = new IPNetwork(pod, 32), Table = RouteTable.Main.Number };

    /// <param name="table">Null matches any table in a delete.</param>
    public static Rule FromPod(IPAddress pod, RouteTable? table) =>
        new()
        {
            Priority = FromPodPriority,
            From = new IPNetwork(pod, 32),
            Table = table?.Number ?? 0,
            Action = table is null ? RuleAction.Unspecified : RuleAction.ToTable,
        };
}
