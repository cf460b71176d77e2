using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests;

/// <summary>All that the kernel has in one namespace, as lines: links, addresses, routes of every table, rules, neighbours.</summary>
internal static class KernelState
{
    private static readonly string[] _linkLocal = ["fe80::", "ff00::", "ff02::"];

    public static string[] Of(RouteSocket socket)
    {
        var names = socket.Links().ToDictionary(link => link.Index, link => link.Name);
        string Name(int? index) => index is { } i ? names.GetValueOrDefault(i, $"#{i}") : "-";
        var lines = new List<string>();
        lines.AddRange(socket.Links().Select(l => $"link {l.Name} {l.Kind} {l.Mac} mtu {l.Mtu} up {l.IsUp} alias {l.Alias}"));
        lines.AddRange(socket.Addresses().Select(a => $"address {a} dev {Name(a.LinkIndex)}"));
        lines.AddRange(socket.Routes().Concat(socket.RoutesV6())
            .Select(r => $"route {r.Type} {r.Destination} via {r.Gateway} dev {Name(r.LinkIndex)} table {r.Table} scope {r.Scope} proto {r.Protocol}"));
        lines.AddRange(socket.Rules().Concat(socket.RulesV6()).Select(r => $"rule {r} proto {r.Protocol} v6 {r.IsV6}"));
        lines.AddRange(socket.Neighbours()
            .Where(n => (n.State & NeighbourState.NoArp) == 0)
            .Select(n => $"neighbour {n.Destination} {n.Mac} dev {Name(n.LinkIndex)} {n.State}"));

        // IPv6 gives every link that is up its own link-local state, some of it seconds later.
        lines.RemoveAll(line => _linkLocal.Any(part => line.Contains(part, StringComparison.Ordinal)));
        lines.Sort(StringComparer.Ordinal);
        return [.. lines];
    }
}
