using System.Net;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni.Check;

/// <summary>The interface in the pod: link, address, the way to the gateway that exists nowhere, and its neighbour entry.</summary>
internal static class PodSide
{
    /// <param name="veth">The host's end, as it is now: the gateway's neighbour entry leads to it. Null when there is none.</param>
    public static void Compare(RouteSocket inside, CniEnvironment environment, ExpectedPod expected, Link? veth, List<string> differences)
    {
        var ifName = environment.IfName;
        if (inside.FindLink(ifName) is not { } link)
        {
            differences.Add($"{ifName} is not in {environment.Netns}");
            return;
        }

        if (!link.IsUp)
            differences.Add($"{ifName} is down");
        if (link.Mtu != expected.PodMtu)
            differences.Add($"{ifName} has MTU {link.Mtu} instead of {expected.PodMtu}");
        if (expected.PodMac is { } mac && link.Mac != mac)
            differences.Add($"{ifName} has MAC {link.Mac} instead of {mac}");
        if (veth is not null && (link.PeerIndex != veth.Index || veth.PeerIndex != link.Index))
            differences.Add($"{ifName} and {veth.Name} are not the two ends of one veth");
        var addresses = inside.Addresses(link.Index);
        foreach (var address in expected.Addresses)
        {
            if (addresses.FirstOrDefault(a => a.Local.Equals(address)) is not { } found)
                differences.Add($"{ifName} doesn't have {address}");
            else if (found.PrefixLength != 32)
                differences.Add($"{ifName} has {found} instead of {address}/32: it takes its neighbours in the subnet to be on the link");
        }

        CompareGateway(inside, link, [.. expected.Addresses.Where(address => addresses.Any(a => a.Local.Equals(address)))], expected, veth, differences);
    }

    /// <param name="sources">Addresses that are expected and there.</param>
    private static void CompareGateway(
        RouteSocket inside, Link link, IReadOnlyList<IPAddress> sources, ExpectedPod expected, Link? veth, List<string> differences)
    {
        var gateway = PodNetwork.Gateway;
        var table = RouteTable.Main.Number;
        if (inside.Routes(SecondaryInterface.TableOf(link.Index), link.Index) is { Count: > 0 })
        {
            table = SecondaryInterface.TableOf(link.Index);
            CompareRules(inside, link, expected, differences);
        }

        var routes = inside.Routes(table);
        if (!routes.Any(route => IsToGateway(route, link)))
            differences.Add($"{link.Name} has no route to the gateway {gateway}");
        else
            CompareWay(inside, link, sources, table, differences);
        if (!expected.HasAnothersDefaultRoute)
            CompareDefault(routes, link, expected, differences);
        var neighbour = inside.Neighbours(link.Index).FirstOrDefault(n => n.Destination.Equals(gateway));
        if (neighbour is null || !neighbour.State.HasFlag(NeighbourState.Permanent))
            differences.Add($"{link.Name} has no permanent neighbour {gateway}");
        else if (veth is not null && neighbour.Mac != veth.Mac)
            differences.Add($"{link.Name}'s neighbour {gateway} is {neighbour.Mac} instead of {veth.Name}'s {veth.Mac}");
    }

    /// <summary>The route is there; a rule of somebody's may still come before it.</summary>
    private static void CompareWay(RouteSocket inside, Link link, IReadOnlyList<IPAddress> sources, uint table, List<string> differences)
    {
        foreach (var source in sources)
            if (inside.FindRoute(PodNetwork.Gateway, source) is not { } way || way.Table != table || !IsToGateway(way, link))
                differences.Add($"packets from {source} to the gateway {PodNetwork.Gateway} don't take {link.Name}'s route: a rule of the pod's comes before it");
    }

    /// <param name="routes">Of all links: the kernel takes the one with the lowest metric.</param>
    private static void CompareDefault(IReadOnlyList<Route> routes, Link link, ExpectedPod expected, List<string> differences)
    {
        var gateway = PodNetwork.Gateway;
        var defaults = routes.Where(route => route.Destination.PrefixLength == 0).OrderBy(route => route.Priority ?? 0).ToList();
        if (defaults.Find(route => route.LinkIndex == link.Index && gateway.Equals(route.Gateway)) is not { } ours)
            differences.Add($"{link.Name} has no default route by {gateway}");
        else if (defaults[0] != ours)
            differences.Add($"{link.Name}'s default route by {gateway} is not taken: the one of a lower metric is \"{defaults[0]}\"");
        else if (ours.PreferredSource is { } source && !expected.Addresses.Contains(source))
            differences.Add($"{link.Name}'s default route by {gateway} gives packets the source {source}");
    }

    private static bool IsToGateway(Route route, Link link) =>
        route is { Destination.PrefixLength: 32, Gateway: null } && route.LinkIndex == link.Index && route.Destination.BaseAddress.Equals(PodNetwork.Gateway);

    private static void CompareRules(RouteSocket inside, Link link, ExpectedPod expected, List<string> differences)
    {
        var rules = inside.Rules();
        foreach (var rule in expected.Addresses.Select(address => SecondaryInterface.RuleOf(address, link.Index)))
            if (!rules.Any(r => r.Priority == rule.Priority && r.From.Equals(rule.From) && r.To is null && r.IsByAddressAlone && r.Table == rule.Table))
                differences.Add($"{link.Name}'s table {rule.Table} is not looked up from {rule.From}");
    }
}
