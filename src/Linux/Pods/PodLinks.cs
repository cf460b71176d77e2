using System.Net;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Pods;

/// <summary>A pod's veth as the host's kernel knows it.</summary>
/// <param name="Owner">From its alias; null when it has none that names an owner, as the original's pods.</param>
/// <param name="HostVeth">The link's name.</param>
/// <param name="HostIndex">The link's index.</param>
/// <param name="Addresses">Those that the main table routes to it, one by one.</param>
public sealed record PodVeth(PodOwner? Owner, string HostVeth, int HostIndex, IReadOnlyList<IPAddress> Addresses);

/// <summary>The pods that the kernel knows: what is left to ask when the checkpoint is gone.</summary>
public static class PodLinks
{
    /// <summary>The addresses that have a pod's rules, each once: what an ADD or a DEL that died half-way leaves on the host.</summary>
    public static IReadOnlyList<IPAddress> ReadRuled(RouteSocket host) =>
        [.. host.Rules()
            .Select(rule => rule.Priority switch
            {
                PodRules.ToPodPriority => rule.To,
                PodRules.FromPodPriority => rule.From,
                _ => null,
            })
            .Where(of => of is { PrefixLength: 32 })
            .Select(of => of!.Value.BaseAddress)
            .Distinct()];

    /// <summary>The addresses that the main table routes to one link.</summary>
    public static IReadOnlyList<IPAddress> ReadRouted(RouteSocket host, int hostIndex) =>
        [.. host.Routes(RouteTable.MainNumber, hostIndex).Where(IsToPod).Select(route => route.Destination.BaseAddress)];

    /// <summary>
    /// Every veth whose alias names an owner, and every veth with a pod veth's name, also when its routes are gone (something else on
    /// the host may have dropped them). One dump of links, one of the main table: for restarts, not for the way of an ADD.
    /// </summary>
    public static IReadOnlyList<PodVeth> Read(RouteSocket host)
    {
        // Links first: a pod that arrives in between is missed whole; the other way round it would be seen without its address.
        var links = host.Links();
        var addresses = host.Routes(RouteTable.MainNumber)
            .Where(IsToPod)
            .ToLookup(route => route.LinkIndex!.Value, route => route.Destination.BaseAddress);
        var pods = new List<PodVeth>();
        foreach (var link in links.Where(link => link.Kind == "veth"))
        {
            var own = addresses[link.Index].ToList();
            if (PodOwner.TryParse(link.Alias, out var owner))
                pods.Add(new PodVeth(owner, link.Name, link.Index, own));
            else if (HostVethName.TryParse(link.Name, out _))
                pods.Add(new PodVeth(null, link.Name, link.Index, own));
        }
        return pods;
    }

    private static bool IsToPod(Route route) =>
        route is { Destination.PrefixLength: 32, Scope: Scope.Link, Type: RouteType.Unicast, Gateway: null, LinkIndex: not null };
}
