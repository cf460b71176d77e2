using System.Net;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netfilter;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using Route = AwsVpcCni.Linux.Rtnl.Route;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>
/// Reads the router's kernel and compares it with what EC2's state asks of it: what is assigned is routed and what isn't is not, links are
/// up, the two sets of nftables hold what they should. It sends no packets, and a node's end of a link is the node's own.
/// </summary>
internal static class RouterCheck
{
    /// <param name="rules">How many rules of nftables the router was made with.</param>
    /// <returns>One line each; empty when all is well.</returns>
    internal static IReadOnlyList<string> Differences(RouterPlan plan, NetworkNamespace network, RouteSocket routes, NftSocket tables, int rules)
    {
        var links = routes.Links().ToDictionary(link => link.Name, StringComparer.Ordinal);
        List<string> wrong = [.. OfLinks(plan, links)];
        wrong.AddRange(OfRoutes(
            [.. plan.Ports.Where(port => links.ContainsKey(Router.PortName(port.EniId))).SelectMany(port => Wanted(port, links[Router.PortName(port.EniId)]))],
            routes.Routes(RouteTable.Main.Number), plan, links.Values.ToDictionary(link => link.Index)));
        wrong.AddRange(OfNeighbours(plan, links, routes.Neighbours()));
        wrong.AddRange(OfOutside(plan, links, routes));
        wrong.AddRange(plan.Gateways.Except(routes.Addresses(links["lo"].Index).Select(address => address.Local))
            .Select(gateway => $"the subnet gateway {gateway} is not on the router"));
        if (network.Run(() => File.ReadAllText("/proc/sys/net/ipv4/ip_forward")).Trim() != "1")
            wrong.Add("the router does not forward (net.ipv4.ip_forward)");
        wrong.AddRange(OfTables(plan, tables, rules));
        return wrong;
    }

    private static IEnumerable<string> OfLinks(RouterPlan plan, Dictionary<string, Link> links)
    {
        foreach (var port in plan.Ports)
        {
            var group = (uint)(port.SourceDestCheck ? PortGroup.CheckedEni : PortGroup.UncheckedEni);
            foreach (var what in OfLink(links.GetValueOrDefault(Router.PortName(port.EniId)), Router.PortMtu, group))
                yield return $"{port.EniId}: {what}";
        }

        foreach (var host in plan.Outside)
        {
            foreach (var what in OfLink(links.GetValueOrDefault(host.Name), host.Mtu, (uint)host.Group))
                yield return $"{host.Name}: {what}";
        }

        HashSet<string> known = ["lo", .. plan.Ports.Select(port => Router.PortName(port.EniId)), .. plan.Outside.Select(host => host.Name)];
        foreach (var link in links.Values.Where(link => link.Kind == "veth" && !known.Contains(link.Name)))
            yield return $"the router has a link {link.Name}{(link.Alias is { } alias ? $" ({alias})" : "")}, and EC2 has no such link";
    }

    private static IEnumerable<string> OfLink(Link? link, int mtu, uint group)
    {
        if (link is null)
        {
            yield return "its link is not on the router";
            yield break;
        }

        if (!link.IsUp)
            yield return $"the router's end of its link ({link.Name}) is down";
        if (link.Mtu != mtu)
            yield return $"the router's end of its link ({link.Name}) has MTU {link.Mtu}, not {mtu}";
        if (link.Group != group)
            yield return $"the router's end of its link ({link.Name}) is in group {link.Group}, not {group}: its source/destination check is another than EC2's";
    }

    private static IEnumerable<(IPNetwork Block, string EniId, int Link, IPAddress? Gateway)> Wanted(RouterPlan.Port port, Link link)
    {
        if (port.Primary is { } primary)
            yield return (new IPNetwork(primary, 32), port.EniId, link.Index, null);
        foreach (var block in port.Blocks)
            yield return (block, port.EniId, link.Index, port.Primary);
    }

    private static IEnumerable<string> OfRoutes(
        IReadOnlyList<(IPNetwork Block, string EniId, int Link, IPAddress? Gateway)> wanted, IReadOnlyList<Route> found, RouterPlan plan, Dictionary<int, Link> links)
    {
        var ways = found.Where(route => route.Type == RouteType.Unicast).ToLookup(route => route.Destination);
        foreach (var (block, eniId, link, gateway) in wanted)
        {
            if (!ways[block].Any())
                yield return $"{Words(block)} is assigned to {eniId} and not routed";
            foreach (var way in ways[block].Where(way => way.LinkIndex != link))
                yield return $"{Words(block)} is assigned to {eniId} and routed to {Owner(way)}";
            foreach (var way in ways[block].Where(way => way.LinkIndex == link && !Equals(way.Gateway, gateway)))
                yield return $"{Words(block)} of {eniId} is routed by {way.Gateway?.ToString() ?? "no gateway"}, not by {gateway?.ToString() ?? "none"}";
        }

        var assigned = wanted.Select(way => way.Block).ToHashSet();
        foreach (var way in ways.Where(way => !assigned.Contains(way.Key)).SelectMany(way => way))
            yield return $"{Words(way.Destination)} is routed to {Owner(way)} and not assigned to it";
        if (!found.Any(route => route.Type == RouteType.Blackhole && route.Destination.PrefixLength == 0))
            yield return "the router's last route, a blackhole for what nobody has, is gone";

        string Owner(Route way) => way.LinkIndex is { } index && links.TryGetValue(index, out var link)
            ? plan.Ports.FirstOrDefault(port => Router.PortName(port.EniId) == link.Name)?.EniId ?? link.Name
            : "no link";
    }

    /// <summary>Only EC2's own hypervisors know where a MAC is; here it is a neighbour that never ages.</summary>
    private static IEnumerable<string> OfNeighbours(RouterPlan plan, Dictionary<string, Link> links, IReadOnlyList<Neighbour> found)
    {
        var macs = found.Where(neighbour => neighbour.State == NeighbourState.Permanent)
            .ToLookup(neighbour => (neighbour.LinkIndex, neighbour.Destination), neighbour => neighbour.Mac);
        foreach (var port in plan.Ports)
        {
            if (port.Primary is { } primary && links.TryGetValue(Router.PortName(port.EniId), out var link) && !macs[(link.Index, primary)].Contains(port.Mac))
                yield return $"{port.EniId}: the router does not know that {primary} is at {port.Mac}";
        }
    }

    private static IEnumerable<string> OfOutside(RouterPlan plan, Dictionary<string, Link> links, RouteSocket routes)
    {
        if (!routes.Rules().Any(rule => rule is { Priority: Router.OutsideRulePriority, Mark: RouterRules.OutsideMark, Table: RouterRules.OutsideTable }))
            yield return "the router's rule for what leaves the VPC is gone";
        var ways = routes.Routes(RouterRules.OutsideTable);
        foreach (var host in plan.Outside)
        {
            if (links.TryGetValue(host.Name, out var link) && !ways.Any(way => way.Destination == host.Block && way.LinkIndex == link.Index))
                yield return $"{host.Name}: {host.Block} is not routed to it";
        }
    }

    private static List<string> OfTables(RouterPlan plan, NftSocket tables, int rules)
    {
        try
        {
            return
            [
                .. tables.RulesIn(RouterRules.Table) is var found && found != rules ? [$"the router has {found} rules of nftables, not {rules}"] : Array.Empty<string>(),
                .. OfSet(tables, RouterRules.PublicAddresses, plan.Ports.Select(port => port.Primary).OfType<IPAddress>()),
                .. OfSet(tables, RouterRules.UnlinkedAddresses, plan.Unlinked),
            ];
        }
        catch (NetlinkException e)
        {
            return [$"the router's nftables can't be read: {e.Message}"];
        }
    }

    private static IEnumerable<string> OfSet(NftSocket tables, string set, IEnumerable<IPAddress> wanted)
    {
        var (there, asked) = (tables.AddressesIn(RouterRules.Table, set).ToHashSet(), wanted.ToHashSet());
        return asked.Except(there).Select(address => $"{address} is not in the router's set '{set}'")
            .Concat(there.Except(asked).Select(address => $"{address} is in the router's set '{set}' and should not be"));
    }

    private static string Words(IPNetwork block) => block.PrefixLength == 32 ? block.BaseAddress.ToString() : block.ToString();
}
