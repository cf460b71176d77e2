using AwsVpcCni.AwsCni.Results;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni;

/// <summary>CHECK: prevResult against the kernel, on both ends of the veth. The message says everything that differs.</summary>
internal static class CheckPod
{
    public static void Run(CniCall call)
    {
        var (environment, configuration) = call;
        var result = configuration.DecodePrevResult()
            ?? throw new CniException(CniErrorCode.InvalidConfiguration, "CHECK needs prevResult, and the configuration has none");
        var expected = PreviousPod.Of(result, environment.IfName);
        var differences = new List<string>();
        try
        {
            Inside(environment.Netns, environment.IfName, Mtu(result, configuration, environment.IfName), expected, differences);
            OnTheHost(Release.Owner(call), expected, differences);
        }
        catch (NamespaceException e)
        {
            differences.Add(e.Message);
        }
        catch (NetlinkException e)
        {
            throw new CniException(CniErrorCode.PodNetwork, $"the kernel can't be asked: {e.Message}", cause: e);
        }

        if (differences.Count > 0)
            throw new CniException(CniErrorCode.CheckFailed, $"the pod's network is not as it was built: {string.Join("; ", differences)}");
    }

    private static int Mtu(CniResult result, PluginConfiguration configuration, string ifName) =>
        (int?)result.Interfaces.FirstOrDefault(link => link.Name == ifName)?.Mtu ?? configuration.Mtu;

    private static void Inside(string netns, string ifName, int mtu, PreviousPod expected, List<string> differences)
    {
        using var podNamespace = NetworkNamespace.Open(netns);
        using var inside = RouteSocket.OpenIn(podNamespace);
        if (inside.FindLink(ifName) is not { } link)
        {
            differences.Add($"{ifName} is not in {netns}");
            return;
        }

        if (!link.IsUp)
            differences.Add($"{ifName} is down");
        if (link.Mtu != mtu)
            differences.Add($"{ifName} has MTU {link.Mtu} instead of {mtu}");
        var addresses = inside.Addresses(link.Index);
        foreach (var address in expected.Addresses)
            if (!addresses.Any(a => a.Local.Equals(address)))
                differences.Add($"{ifName} doesn't have {address}");
        if (!inside.Routes(RouteTable.Main.Number, link.Index).Any(route => route.Destination.PrefixLength == 0))
            differences.Add($"{ifName} has no default route");
    }

    private static void OnTheHost(PodOwner owner, PreviousPod expected, List<string> differences)
    {
        using var host = RouteSocket.Open();
        var veth = expected.HostVeth is { } name ? host.FindLink(name.Value) : null;
        if (expected.HostVeth is not null && veth is null)
            differences.Add($"the host has no {expected.HostVeth}");
        if (veth is { IsUp: false })
            differences.Add($"{veth.Name} is down");
        if (veth is not null && PodOwner.TryParse(veth.Alias, out var found) && found != owner)
            differences.Add($"{veth.Name} is {found}'s");
        var rules = host.Rules();
        foreach (var address in expected.Addresses)
        {
            if (host.FindRoute(address) is not { Destination.PrefixLength: 32 } route
                || route.Table != RouteTable.Main.Number
                || (veth is not null && route.LinkIndex != veth.Index))
                differences.Add($"the host does not route {address} to {expected.HostVeth?.Value ?? "a veth"}");
            if (!rules.Any(rule => rule.Priority == 512 && rule.To is { PrefixLength: 32 } to && to.BaseAddress.Equals(address)))
                differences.Add($"rule 512 to {address} is missing");
        }
    }
}
