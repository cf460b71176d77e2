using System.Net;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>One wish, one call. Adding what is there and deleting what is gone is no error: the result tells.</summary>
public sealed partial class RouteSocket
{
    /// <summary>Null when there is no link of this name.</summary>
    public Link? FindLink(string name) => FindLink(Single().GetLink(name));

    /// <summary>Null when there is no link of this index.</summary>
    public Link? FindLink(int index) => FindLink(Single().GetLink(index));

    /// <summary>All links with this MAC address: a VLAN or bridge may share its parent's. Reads them all.</summary>
    public IReadOnlyList<Link> FindLinks(MacAddress mac)
    {
        Single().DumpLinks();
        return _socket.Dump(_single, $"find link {mac}", reply =>
            reply.Type == Link.TypeNew && Link.Decode(reply.Body) is var link && link.Mac == mac ? link : null);
    }

    public IReadOnlyList<Link> Links()
    {
        Single().DumpLinks();
        return _socket.Dump(_single, "list links", static reply => reply.Type == Link.TypeNew ? Link.Decode(reply.Body) : null);
    }

    /// <summary>Makes a veth pair, each end where it belongs.</summary>
    public void AddVeth(in VethEnd end, in VethEnd peer)
    {
        Single().NewVeth(end, peer);
        Send(_single);
    }

    public void AddBridge(string name)
    {
        Single().NewBridge(name);
        Send(_single);
    }

    public void SetLink(int index, in LinkChange change)
    {
        Single().SetLink(index, change);
        Send(_single);
    }

    /// <summary>False when it was gone. Takes 16 to 20 ms for a veth.</summary>
    public bool DeleteLink(int index) => SendUnless(Single().DeleteLink(index), Errno.ENODEV);

    /// <inheritdoc cref="DeleteLink(int)"/>
    public bool DeleteLink(string name) => SendUnless(Single().DeleteLink(name), Errno.ENODEV);

    /// <param name="linkIndex">Only this link's.</param>
    public IReadOnlyList<Address> Addresses(int? linkIndex = null)
    {
        // Asked about a link that is gone, the kernel says ENODEV where older ones list nothing; the same below for tables and links.
        Single().DumpAddresses(linkIndex ?? 0, IpFamily.Unspecified).Accept(Errno.ENODEV);
        return _socket.Dump(_single, "list addresses", reply =>
            reply.Type == Address.TypeNew && Address.Decode(reply.Body) is var address && (linkIndex is null || address.LinkIndex == linkIndex)
                ? address
                : null);
    }

    /// <summary>False when it was there.</summary>
    public bool AddAddress(Address address) =>
        SendUnless(Single().NewAddress(NetlinkFlags.Create | NetlinkFlags.Exclusive, address), Errno.EEXIST);

    /// <summary>False when it was not there.</summary>
    public bool DeleteAddress(Address address) => SendUnless(Single().DeleteAddress(address), Errno.EADDRNOTAVAIL);

    /// <summary>IPv4 routes; of one table (254 is main) or of all (local ones included), of one link or of all.</summary>
    public IReadOnlyList<Route> Routes(uint? table = null, int? linkIndex = null) => Routes(IpFamily.V4, table, linkIndex);

    /// <summary>As <see cref="Routes(uint?,int?)"/>, IPv6.</summary>
    public IReadOnlyList<Route> RoutesV6(uint? table = null, int? linkIndex = null) => Routes(IpFamily.V6, table, linkIndex);

    /// <summary>False when one to the same destination (and metric) was there; it is left as it is.</summary>
    public bool AddRoute(Route route) => SendUnless(Single().NewRoute(NetlinkFlags.Create | NetlinkFlags.Exclusive, route), Errno.EEXIST);

    /// <summary>Adds it, in place of one to the same destination with the same metric.</summary>
    public void ReplaceRoute(Route route)
    {
        Single().NewRoute(NetlinkFlags.Create | NetlinkFlags.Replace, route);
        Send(_single);
    }

    /// <summary>Deletes one that matches all that is given; false when there was none.</summary>
    public bool DeleteRoute(Route route) => SendUnless(Single().DeleteRoute(route), Errno.ESRCH);

    /// <summary>
    /// The route that a packet of this host to an address would take, after all rules; null when there is none, or when a rule or a route
    /// says that there is to be none: unreachable, prohibit (EACCES), blackhole (EINVAL; fib4_rule_action and fib_props in the kernel).
    /// </summary>
    /// <param name="source">The packet's, where rules look at it: one of this host's own addresses, or there is no route (EINVAL).</param>
    public Route? FindRoute(IPAddress destination, IPAddress? source = null)
    {
        var request = Single().GetRoute(destination, source)
            .Accept(Errno.ENETUNREACH).Accept(Errno.EHOSTUNREACH).Accept(Errno.EACCES).Accept(Errno.EINVAL);
        Route? found = null;
        Send(_single, ref found, static (ref Route? found, int _, NetlinkMessage reply) => found = Route.Decode(reply.Body));
        return request.Error == Errno.None ? found : null;
    }

    /// <summary>IPv4 rules in their order.</summary>
    public IReadOnlyList<Rule> Rules() => Rules(IpFamily.V4);

    /// <summary>IPv6 rules in their order.</summary>
    public IReadOnlyList<Rule> RulesV6() => Rules(IpFamily.V6);

    /// <summary>False when the same one was there.</summary>
    public bool AddRule(Rule rule) => SendUnless(Single().NewRule(NetlinkFlags.Create | NetlinkFlags.Exclusive, rule), Errno.EEXIST);

    /// <summary>Deletes one that matches all that is given; false when there was none.</summary>
    public bool DeleteRule(Rule rule) => SendUnless(Single().DeleteRule(rule), Errno.ENOENT);

    /// <summary>IPv4 and IPv6 neighbours.</summary>
    public IReadOnlyList<Neighbour> Neighbours(int? linkIndex = null)
    {
        var found = new List<Neighbour>();
        foreach (var family in (ReadOnlySpan<byte>)[IpFamily.V4, IpFamily.V6])
        {
            Single().DumpNeighbours(family);
            found.AddRange(_socket.Dump(_single, "list neighbours", reply =>
                reply.Type == Neighbour.TypeNew && Neighbour.Decode(reply.Body) is var neighbour
                    && (linkIndex is null || neighbour.LinkIndex == linkIndex)
                    ? neighbour
                    : null));
        }
        return found;
    }

    /// <summary>Adds it, or changes the one that is there.</summary>
    public void ReplaceNeighbour(Neighbour neighbour)
    {
        Single().NewNeighbour(NetlinkFlags.Create | NetlinkFlags.Replace, neighbour);
        Send(_single);
    }

    /// <summary>False when there was none.</summary>
    public bool DeleteNeighbour(Neighbour neighbour) => SendUnless(Single().DeleteNeighbour(neighbour), Errno.ENOENT);

    private Link? FindLink(NetlinkRequest request)
    {
        request.Accept(Errno.ENODEV);
        Link? found = null;
        Send(_single, ref found, static (ref Link? found, int _, NetlinkMessage reply) => found = Link.Decode(reply.Body));
        return found;
    }

    private List<Route> Routes(byte family, uint? table, int? linkIndex)
    {
        Route.EncodeDump(Single(), family, table, linkIndex).Accept(Errno.ENOENT).Accept(Errno.ENODEV);
        return _socket.Dump(_single, "list routes", reply =>
            reply.Type == Route.TypeNew
                && Route.Decode(reply.Body) is var route
                && (table is null || route.Table == table)
                && (linkIndex is null || route.LinkIndex == linkIndex)
                ? route
                : null);
    }

    private List<Rule> Rules(byte family)
    {
        Single().DumpRules(family);
        return _socket.Dump(_single, "list rules", static reply => reply.Type == Rule.TypeNew ? Rule.Decode(reply.Body) : null);
    }
}
