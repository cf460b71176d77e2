using System.Diagnostics;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>
/// Whether a link sends. Of a veth's two ends the one that comes up first gets its carrier by the other's coming up, and the kernel
/// carries that out later, in a work of its own that must take the RTNL lock (link_watch.c): until then the link is up and drops all
/// that it is given to send, without a counter (noop_qdisc). Beside many links that come and go that takes longer than a pod's start.
/// </summary>
internal static class Carrier
{
    private const int NetlinkRoute = 0;
    private const int GroupLink = 1;

    /// <summary>
    /// Since Linux 6.8 the question itself makes the kernel carry out what is due (linkwatch_sync_dev in rtnl_getlink), so one request
    /// is all. Before, its notification is waited for.
    /// </summary>
    /// <param name="inside">A socket in the link's namespace.</param>
    /// <param name="ns">The link's namespace.</param>
    /// <param name="patience">Longest wait.</param>
    /// <returns>False when it does not send after all, or the kernel can't be asked.</returns>
    internal static bool Wait(RouteSocket inside, int index, NetworkNamespace ns, TimeSpan patience) =>
        Wait(() => inside.FindLink(index), () => NetlinkSocket.OpenIn(ns, NetlinkRoute), patience);

    /// <param name="look">The link as it is; null when there is none.</param>
    /// <param name="listen">A socket in the link's namespace.</param>
    internal static bool Wait(Func<Link?> look, Func<NetlinkSocket> listen, TimeSpan patience)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var link = look();
            if (link is null || Sends(link))
                return link is not null;
            using var events = listen();
            events.Join(GroupLink);
            while ((link = look()) is not null && !Sends(link))
            {
                if (patience - Stopwatch.GetElapsedTime(begun) is var left && left <= TimeSpan.Zero)
                    return false;
                events.SetTimeout(left);
                events.Receive(out _); // whatever it tells of, or has lost: the next look shows
            }

            return link is not null;
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException or NamespaceException)
        {
            return false;
        }
    }

    /// <summary>Not by IFF_RUNNING, which a link whose state is not known yet has too.</summary>
    private static bool Sends(Link link) => link.State == OperationalState.Up;
}
