using System.Net;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni.Check;

/// <summary>The veth's end on the host, the route to the pod and its rules.</summary>
internal static class HostSide
{
    /// <param name="table">Of the address's ENI; null when nobody tells, then a missing rule 1536 can't be noticed.</param>
    /// <returns>The host's end; null when it is not there.</returns>
    public static Link? Compare(RouteSocket host, PodOwner owner, ExpectedPod expected, RouteTable? table, List<string> differences)
    {
        var veth = expected.HostVeth is { } name ? host.FindLink(name.Value) : null;
        if (veth is not null)
            CompareVeth(veth, owner, expected, differences);
        else
            differences.Add(expected.HostVeth is null ? "prevResult names no host veth" : $"the host has no {expected.HostVeth}");

        var rules = host.Rules();
        foreach (var address in expected.Addresses)
        {
            if (host.FindRoute(address) is not { Destination.PrefixLength: 32, Gateway: null } route
                || route.Table != RouteTable.Main.Number
                || (veth is not null && route.LinkIndex != veth.Index))
                differences.Add($"the host does not route {address} to {expected.HostVeth?.Value ?? "a veth"}");
            CompareRules(rules, address, table, differences);
        }

        return veth;
    }

    private static void CompareVeth(Link veth, PodOwner owner, ExpectedPod expected, List<string> differences)
    {
        if (!veth.IsUp)
            differences.Add($"{veth.Name} is down");
        if (veth.Mtu != expected.HostMtu)
            differences.Add($"{veth.Name} has MTU {veth.Mtu} instead of {expected.HostMtu}");
        if (expected.HostMac is { } mac && veth.Mac != mac)
            differences.Add($"{veth.Name} has MAC {veth.Mac} instead of {mac}");
        if (PodOwner.TryParse(veth.Alias, out var found))
        {
            if (found != owner)
                differences.Add($"{veth.Name} is {found}'s");
        }
        else if (expected.IsOurForm)
            differences.Add($"{veth.Name} has no alias that says whose it is");
        if (veth.Master is { } master)
            differences.Add($"{veth.Name} belongs to a bridge or the like, link {master}, which takes its packets");

        // forwarding and accept_redirects, which ADD writes too, are other programs' to change: all links of a host follow conf.all.forwarding.
        if (Sysctls.ReadIfPresent(SysctlName.Ipv6(veth.Name, "accept_ra")) is { } value and not "0")
            differences.Add($"{SysctlName.Ipv6(veth.Name, "accept_ra")} is {value} instead of 0: the host takes router advertisements from the pod");
    }

    private static void CompareRules(IReadOnlyList<Rule> rules, IPAddress address, RouteTable? table, List<string> differences)
    {
        var pod = new IPNetwork(address, 32);
        if (!rules.Any(rule => rule.Priority == PodRules.ToPodPriority && rule.To == pod && rule.From is null && rule.IsByAddressAlone
            && rule.Table == RouteTable.Main.Number))
            differences.Add($"rule {PodRules.ToPodPriority} to {address} is missing");
        if (table is not { } from)
            return;
        // The kernel asks the first one; a pod on the primary ENI has none and goes by main.
        var first = rules.FirstOrDefault(rule => rule.Priority == PodRules.FromPodPriority && rule.From == pod && rule.To is null && rule.IsByAddressAlone);
        if (first is null && !from.IsMain)
            differences.Add($"rule {PodRules.FromPodPriority} from {address} to table {from} is missing");
        else if (first is not null && first.Table != from.Number)
            differences.Add($"rule {PodRules.FromPodPriority} from {address} leads to table {new RouteTable(first.Table)} instead of {from}");
    }
}
