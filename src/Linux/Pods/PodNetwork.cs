using System.Net;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Pods;

/// <summary>How the pod's namespace is entered, once, to open a socket there.</summary>
public enum NamespaceEntry
{
    /// <summary>On a short-lived thread; right everywhere.</summary>
    OwnThread,

    /// <summary>On the calling thread, which comes back; saves a thread where the thread is the program's own, as in the plugin.</summary>
    CallingThread,
}

/// <summary>
/// A pod's network: a veth pair, its address, route and neighbour inside, a route and rules on the host (compat.md, "Kernel state per
/// pod"). Nothing is listed or searched: the cost does not depend on how many pods the node has.
/// </summary>
/// <remarks>The host is the calling thread's namespace. Not for two threads at a time.</remarks>
public sealed class PodNetwork : IDisposable
{
    private const int NameAttempts = 5;

    /// <summary>Longer than the kernel's link watch takes where thousands of links come and go; a pod that does not send is no reason to fail its ADD.</summary>
    private static readonly TimeSpan _carrierPatience = TimeSpan.FromSeconds(2);

    /// <summary>The pod's gateway; it exists nowhere, a permanent neighbour leads to the host veth.</summary>
    public static IPAddress Gateway { get; } = new([169, 254, 1, 1]);

    private readonly RouteSocket _host;
    private readonly NetworkNamespace _here;
    private readonly NetlinkBatch _batch = new(2048);
    private readonly NamespaceEntry _entry;

    private PodNetwork(RouteSocket host, NetworkNamespace here, NamespaceEntry entry)
    {
        _host = host;
        _here = here;
        _entry = entry;
    }

    public static PodNetwork Open(NamespaceEntry entry = NamespaceEntry.OwnThread)
    {
        var here = NetworkNamespace.Current();
        try
        {
            return new PodNetwork(RouteSocket.Open(), here, entry);
        }
        catch
        {
            here.Dispose();
            throw;
        }
    }

    /// <summary>Gives the pod its network, or leaves everything as it was. A host veth that an older sandbox of the pod left is replaced.</summary>
    /// <exception cref="ArgumentException">The attachment can't be.</exception>
    /// <exception cref="PodNetworkException">The interface exists in the pod already, or the host veth's name belongs to something else.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    /// <exception cref="SysctlException">The host veth's sysctls could not be written.</exception>
    /// <exception cref="NamespaceException">The pod's namespace could not be entered.</exception>
    public AttachedPod Attach(PodAttachment pod)
    {
        using var inside = OpenInside(pod.Namespace);
        return Attach(pod, inside);
    }

    /// <summary>As above, for a caller that has a socket in the pod's namespace already.</summary>
    /// <param name="inside">Opened in the pod's namespace; stays the caller's to dispose.</param>
    /// <inheritdoc cref="Attach(PodAttachment)"/>
    public AttachedPod Attach(PodAttachment pod, RouteSocket inside)
    {
        pod.Check();
        if (pod.Namespace.IsSameAs(_here))
            throw new PodNetworkException($"{pod.Namespace.Path} is the host's own network namespace");

        var attached = CreateVeth(pod, inside);
        try
        {
            SetSysctls(pod.HostVeth);
            attached = ConfigureInside(pod, attached, inside);
            ConfigureHost(pod, attached);
            return attached with { Sends = Carrier.Wait(inside, attached.PodIndex, pod.Namespace, _carrierPatience) };
        }
        catch (Exception e)
        {
            UndoInside(pod, attached, inside, e);
            throw;
        }
    }

    /// <summary>
    /// Removes the pod's route and rules from the host; the veth goes with its namespace (deleting it takes the kernel 16 to 20 ms).
    /// Safe to repeat, and needs no namespace.
    /// </summary>
    /// <exception cref="NetlinkException">The kernel refused; nothing that was there already gone is an error.</exception>
    public DetachOutcome Detach(PodDetachment pod)
    {
        var link = RoutedTo(pod.Address);
        if (link is not null && BelongsToAnother(link, pod))
            return DetachOutcome.BelongsToAnother;
        return RemoveFromHost(pod.Address, pod.Table) ? DetachOutcome.Removed : DetachOutcome.NothingThere;
    }

    /// <summary>Removes the rules of an address that is routed to nothing; true when there were any. One that leads somewhere is in use.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public bool Sweep(IPAddress address) => RoutedTo(address) is null && RemoveFromHost(address, table: null);

    /// <summary>Undoes a whole Attach, veth included, when a later step of the ADD has failed. Takes 16 to 20 ms.</summary>
    public void RollBack(PodAttachment pod, AttachedPod attached)
    {
        // The link last: with it the kernel forgets whose the route was.
        RemoveFromHost(pod.Address, pod.Table.IsMain ? null : pod.Table);
        if (attached.IsSecondary)
        {
            using var inside = OpenInside(pod.Namespace);
            inside.DeleteRule(SecondaryInterface.RuleOf(pod.Address, attached.PodIndex));
        }

        _host.DeleteLink(attached.HostIndex);
    }

    public void Dispose()
    {
        _host.Dispose();
        _here.Dispose();
    }

    private RouteSocket OpenInside(NetworkNamespace ns)
    {
        if (_entry == NamespaceEntry.OwnThread)
            return RouteSocket.OpenIn(ns);
        using (ns.Enter())
            return RouteSocket.Open();
    }

    private AttachedPod CreateVeth(PodAttachment pod, RouteSocket inside)
    {
        var hostMac = MacAddress.Random();
        var podMac = MacAddress.Random();
        for (var attempt = 1; attempt <= NameAttempts; attempt++)
        {
            _batch.Clear();
            var create = _batch.NewVeth(
                new VethEnd(pod.HostVeth.Value, pod.Mtu, hostMac),
                new VethEnd(pod.InterfaceName, pod.Mtu, podMac, pod.Namespace));
            create.Accept(Errno.EEXIST);
            _batch.GetLink(pod.HostVeth.Value).Accept(Errno.ENODEV);
            Link? host = null;
            _host.Send(_batch, ref host, static (ref Link? host, int _, NetlinkMessage reply) => host = Link.Decode(reply.Body));
            if (create.Error == Errno.EEXIST)
            {
                MakeRoom(pod, inside);
                continue;
            }
            if (host is null)
                throw new PodNetworkException($"host veth {pod.HostVeth} was removed by somebody while the pod was being attached");
            return new AttachedPod(pod.HostVeth, host.Index, hostMac, PodIndexOf(host, pod, inside), podMac, pod.Mtu);
        }
        throw new PodNetworkException($"host veth {pod.HostVeth}: the name was taken again {NameAttempts} times; is another ADD of the same pod running?");
    }

    /// <summary>One of the two names exists. In the pod that is an error; on the host it is what an older sandbox of this pod left.</summary>
    private void MakeRoom(PodAttachment pod, RouteSocket inside)
    {
        if (inside.FindLink(pod.InterfaceName) is not null)
            throw new PodNetworkException($"interface {pod.InterfaceName} already exists in {pod.Namespace.Path}");
        if (_host.FindLink(pod.HostVeth.Value) is not { } taken)
            return;
        if (taken.Kind != "veth")
            throw new PodNetworkException($"the host has a link {taken.Name} of kind {taken.Kind ?? "hardware"}: another vethPrefix is needed");
        _host.DeleteLink(taken.Index);
    }

    private int PodIndexOf(Link host, PodAttachment pod, RouteSocket inside)
    {
        if (host.PeerIndex is { } index && host.PeerNamespaceId is not null)
            return index;

        // Kernels before 4.0 do not tell; so may a peer that was moved on at once.
        if (inside.FindLink(pod.InterfaceName) is { } link)
            return link.Index;
        _host.DeleteLink(host.Index);
        throw new PodNetworkException($"interface {pod.InterfaceName} was removed from {pod.Namespace.Path} while the pod was being attached");
    }

    /// <summary>Before it comes up: the host must not take router advertisements from a pod.</summary>
    private static void SetSysctls(HostVethName hostVeth)
    {
        Sysctls.WriteIfPresent(SysctlName.Ipv6(hostVeth.Value, "accept_ra"), "0");
        Sysctls.WriteIfPresent(SysctlName.Ipv6(hostVeth.Value, "accept_redirects"), "1");
        Sysctls.WriteIfPresent(SysctlName.Ipv6(hostVeth.Value, "forwarding"), "0");
    }

    private AttachedPod ConfigureInside(PodAttachment pod, AttachedPod attached, RouteSocket inside)
    {
        const NetlinkFlags New = NetlinkFlags.Create | NetlinkFlags.Exclusive;
        _batch.Clear();
        _batch.SetLink(attached.PodIndex, new LinkChange { IsUp = true });
        _batch.NewAddress(New, new Address { LinkIndex = attached.PodIndex, Local = pod.Address, PrefixLength = 32 });
        var gateway = _batch.NewRoute(New, Route.ToHost(Gateway, attached.PodIndex));
        var byDefault = _batch.NewRoute(New, Route.Default(Gateway, attached.PodIndex));
        if (SecondaryInterface.CanBe(pod.InterfaceName))
        {
            // The first interface may have both already. With its route to the gateway there, the kernel finds no way to ours.
            gateway.Accept(Errno.EEXIST);
            byDefault.Accept(Errno.EEXIST).Accept(Errno.ENETUNREACH);
        }

        _batch.NewNeighbour(New, new Neighbour { LinkIndex = attached.PodIndex, Destination = Gateway, Mac = attached.HostMac });
        inside.Send(_batch);
        if (byDefault.Error == Errno.None)
            return attached;
        ConfigureSecondary(pod, attached, inside);
        return attached with { IsSecondary = true };
    }

    private void ConfigureSecondary(PodAttachment pod, AttachedPod attached, RouteSocket inside)
    {
        const NetlinkFlags New = NetlinkFlags.Create | NetlinkFlags.Exclusive;
        _batch.Clear();
        _batch.DeleteRoute(Route.ToHost(Gateway, attached.PodIndex)).Accept(Errno.ESRCH);   // from main, where another plugin has the default route
        _batch.NewRoute(New, SecondaryInterface.ToGateway(attached.PodIndex));
        _batch.NewRoute(New, SecondaryInterface.DefaultRoute(attached.PodIndex));
        _batch.NewRule(New, SecondaryInterface.RuleOf(pod.Address, attached.PodIndex));
        inside.Send(_batch);
    }

    private void ConfigureHost(PodAttachment pod, AttachedPod attached)
    {
        _batch.Clear();
        _batch.SetLink(attached.HostIndex, new LinkChange { IsUp = true, Alias = pod.Owner.ToAlias() });

        // The route first: a late DEL of the address's last owner sees by it that the rules are not its own any more.
        _batch.NewRoute(NetlinkFlags.Create | NetlinkFlags.Replace, PodRules.RouteTo(pod.Address, attached.HostIndex));
        var toPod = _batch.NewRule(NetlinkFlags.Create | NetlinkFlags.Exclusive, PodRules.ToPod(pod.Address)).Accept(Errno.EEXIST);

        // A rule to another table, left by the address's last owner, would win: the kernel asks older rules of a priority first.
        var stale = _batch.DeleteRule(PodRules.FromPod(pod.Address, null)).Accept(Errno.ENOENT);
        var fromPod = pod.Table.IsMain ? (NetlinkRequest?)null : AddFromPod(pod);
        try
        {
            _host.Send(_batch);
            if (stale.Error == Errno.None)
                ReplaceFromPod(pod);
        }
        catch (Exception e)
        {
            // What was not answered may have been done; the address is this pod's, so its rules are too.
            UndoRules(pod, toPod.Error == Errno.None, fromPod is { Error: Errno.None }, e);
            throw;
        }
    }

    private void UndoRules(PodAttachment pod, bool toPod, bool fromPod, Exception reason)
    {
        try
        {
            if (toPod)
                _host.DeleteRule(PodRules.ToPod(pod.Address));
            if (fromPod)
                _host.DeleteRule(PodRules.FromPod(pod.Address, pod.Table));
        }
        catch (NetlinkException e)
        {
            throw new PodNetworkException($"{reason.Message}; and the rules of {pod.Address} could not be removed: {e.Message}", reason);
        }
    }

    /// <summary>There was one stale rule, there may be more: all of the address's go, then ours comes.</summary>
    private void ReplaceFromPod(PodAttachment pod)
    {
        while (_host.DeleteRule(PodRules.FromPod(pod.Address, null)))
        {
        }
        if (!pod.Table.IsMain)
            _host.AddRule(PodRules.FromPod(pod.Address, pod.Table));
    }

    private NetlinkRequest AddFromPod(PodAttachment pod) =>
        _batch.NewRule(NetlinkFlags.Create | NetlinkFlags.Exclusive, PodRules.FromPod(pod.Address, pod.Table)).Accept(Errno.EEXIST);

    private void UndoInside(PodAttachment pod, AttachedPod attached, RouteSocket inside, Exception reason)
    {
        try
        {
            inside.DeleteRule(SecondaryInterface.RuleOf(pod.Address, attached.PodIndex));
            _host.DeleteLink(attached.HostIndex);
        }
        catch (NetlinkException e)
        {
            throw new PodNetworkException($"{reason.Message}; and the half-made veth {attached.HostVeth} could not be removed: {e.Message}", reason);
        }
    }

    /// <summary>The link that the host's main table has for exactly this address.</summary>
    private Link? RoutedTo(IPAddress address)
    {
        // Somebody's rule that forbids the way hides what main has: only then it is read.
        var route = _host.FindRoute(address)
            ?? _host.Routes(RouteTable.MainNumber).FirstOrDefault(route => route.Destination.Equals(new IPNetwork(address, 32)));
        return route is { Table: RouteTable.MainNumber, Destination.PrefixLength: 32, LinkIndex: { } index } ? _host.FindLink(index) : null;
    }

    private static bool BelongsToAnother(Link link, PodDetachment pod)
    {
        if (pod.Owner is { } owner && PodOwner.TryParse(link.Alias, out var found))
            return found != owner;
        return pod.HostVeth is { } name && link.Name != name.Value;
    }

    /// <summary>Deletes until there is nothing to delete; true when there was something.</summary>
    private bool RemoveFromHost(IPAddress address, RouteTable? table)
    {
        _batch.Clear();
        var route = _batch.DeleteRoute(PodRules.RouteTo(address, null)).Accept(Errno.ESRCH);
        var toPod = _batch.DeleteRule(PodRules.ToPod(address)).Accept(Errno.ENOENT);
        var fromPod = _batch.DeleteRule(PodRules.FromPod(address, table)).Accept(Errno.ENOENT);
        var any = false;
        while (true)
        {
            _host.Send(_batch);
            if (route.Error != Errno.None && toPod.Error != Errno.None && fromPod.Error != Errno.None)
                return any;
            any = true;
        }
    }
}
