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
            if (!addresses.Any(a => a.Local.Equals(address)))
                differences.Add($"{ifName} doesn't have {address}");
        CompareGateway(inside, link, expected, veth, differences);
    }

    private static void CompareGateway(RouteSocket inside, Link link, ExpectedPod expected, Link? veth, List<string> differences)
    {
        var gateway = PodNetwork.Gateway;
        var routes = inside.Routes(RouteTable.Main.Number, link.Index);
        if (inside.Routes(SecondaryInterface.TableOf(link.Index), link.Index) is { Count: > 0 } own)
        {
            routes = own;
            CompareRules(inside, link, expected, differences);
        }

        if (!routes.Any(route => route is { Destination.PrefixLength: 32, Gateway: null } && route.Destination.BaseAddress.Equals(gateway)))
            differences.Add($"{link.Name} has no route to the gateway {gateway}");
        if (!expected.HasAnothersDefaultRoute && !routes.Any(route => route.Destination.PrefixLength == 0 && gateway.Equals(route.Gateway)))
            differences.Add($"{link.Name} has no default route by {gateway}");
        var neighbour = inside.Neighbours(link.Index).FirstOrDefault(n => n.Destination.Equals(gateway));
        if (neighbour is null || !neighbour.State.HasFlag(NeighbourState.Permanent))
            differences.Add($"{link.Name} has no permanent neighbour {gateway}");
        else if (veth is not null && neighbour.Mac != veth.Mac)
            differences.Add($"{link.Name}'s neighbour {gateway} is {neighbour.Mac} instead of {veth.Name}'s {veth.Mac}");
    }

    private static void CompareRules(RouteSocket inside, Link link, ExpectedPod expected, List<string> differences)
    {
        var rules = inside.Rules();
        foreach (var rule in expected.Addresses.Select(address => SecondaryInterface.RuleOf(address, link.Index)))
            if (!rules.Any(r => r.Priority == rule.Priority && r.From.Equals(rule.From) && r.Table == rule.Table))
                differences.Add($"{link.Name}'s table {rule.Table} is not looked up from {rule.From}");
    }
}
