using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>
/// Tells when a link appears or disappears, from the kernel's notifications (RTNLGRP_LINK). No polling: subscribe, then look, then
/// wait; when the kernel had to drop notifications (ENOBUFS), look again.
/// </summary>
/// <remarks>Safe for many threads. One thread of its own does all the listening and looking, so no event falls between the two.</remarks>
public sealed class LinkMonitor : IDisposable
{
    private const int NetlinkRoute = 0;
    private const int GroupLink = 1;

    private readonly Func<(NetlinkSocket Events, RouteSocket Look)> _open;
    private readonly FileDescriptor _wake;
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private readonly List<Waiter> _arrivals = [];
    private NetlinkSocket _events;
    private RouteSocket _look;
    private bool _deaf;
    private bool _stopping;

    private LinkMonitor(Func<(NetlinkSocket Events, RouteSocket Look)> open, FileDescriptor wake)
    {
        _open = open;
        _wake = wake;
        (_events, _look) = open();
        _thread = new Thread(Listen, maxStackSize: 512 * 1024) { Name = "link-monitor", IsBackground = true };
    }

    /// <summary>
    /// A link appeared or changed: up, down, another MTU, another name. Null: notifications were lost, any link may have. Called on the
    /// monitor's thread, which nobody may hold up.
    /// </summary>
    public event Action<Link?>? Changed;

    /// <summary>Begins to listen in the calling thread's namespace, or in the one given, which then stays open as long as this.</summary>
    /// <exception cref="NetlinkException">The kernel can't be asked.</exception>
    public static LinkMonitor Start(NetworkNamespace? ns = null) => Start(() => Open(ns));

    /// <param name="open">Called again when the kernel has refused a look, on the monitor's own thread.</param>
    internal static LinkMonitor Start(Func<(NetlinkSocket Events, RouteSocket Look)> open)
    {
        var fd = LibC.eventfd(0, LibC.EFD_CLOEXEC);
        if (fd < 0)
            throw new NetlinkException("make an eventfd", (Errno)LibC.errno, null);
        var wake = new FileDescriptor(fd);
        try
        {
            var monitor = new LinkMonitor(open, wake);
            monitor._thread.Start();
            return monitor;
        }
        catch
        {
            wake.Dispose();
            throw;
        }
    }

    internal static (NetlinkSocket Events, RouteSocket Look) Open(NetworkNamespace? ns)
    {
        var events = ns is null ? NetlinkSocket.Open(NetlinkRoute) : NetlinkSocket.OpenIn(ns, NetlinkRoute);
        try
        {
            events.Join(GroupLink);
            return (events, ns is null ? RouteSocket.Open() : RouteSocket.OpenIn(ns));
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    /// <summary>The link with this MAC, at once or when it appears. Links that carry another's MAC (VLANs, bridges) count too.</summary>
    public Task<Link> WaitForLinkAsync(MacAddress mac, CancellationToken cancellation) => Wait(new Waiter(mac, null, WantsGone: false), cancellation);

    /// <summary>The link with this name, at once or when it appears.</summary>
    public Task<Link> WaitForLinkAsync(string name, CancellationToken cancellation) => Wait(new Waiter(null, null, WantsGone: false, name), cancellation);

    /// <summary>Ends when there is no link with this index (any more).</summary>
    public Task WaitForAbsenceAsync(int index, CancellationToken cancellation) => Wait(new Waiter(null, index, WantsGone: true), cancellation);

    /// <summary>Ends when there is no link with this MAC (any more).</summary>
    public Task WaitForAbsenceAsync(MacAddress mac, CancellationToken cancellation) => Wait(new Waiter(mac, null, WantsGone: true), cancellation);

    /// <summary>Ends the thread; who still waits gets an ObjectDisposedException.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_stopping)
                return;
            _stopping = true;
        }
        Wake();
        _thread.Join();
        _events.Dispose();
        _look.Dispose();
        _wake.Dispose();
    }

    private async Task<Link> Wait(Waiter waiter, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _arrivals.Add(waiter);
            Wake();
        }
        using (cancellation.UnsafeRegister(static (state, token) => ((Waiter)state!).Done.TrySetCanceled(token), waiter))
            return await waiter.Done.Task;
    }

    /// <summary>
    /// Until the end. A refusal of the kernel ends the waits of this moment, whose callers ask again, and never the listening: without
    /// it no ENI would be routed any more.
    /// </summary>
    private void Listen()
    {
        while (true)
        {
            try
            {
                if (!WaitForWork(out var isEvent))
                    break;
                if (_deaf)
                    Reopen();
                if (isEvent)
                    ReadEvents();
                if (TakeArrivals())
                    Look();
            }
            catch (Exception e) when (e is NetlinkException or NetlinkFormatException or NamespaceException)
            {
                _deaf = true;
                EndAll(new NetlinkException($"links can't be watched: {e.Message}", e));
            }
        }

        EndAll(new ObjectDisposedException(nameof(LinkMonitor)));
    }

    private void Reopen()
    {
        var (events, look) = _open();
        _events.Dispose();
        _look.Dispose();
        (_events, _look, _deaf) = (events, look, false);
    }

    private void EndAll(Exception reason)
    {
        TakeArrivals();
        foreach (var waiter in _waiters)
            waiter.Done.TrySetException(reason);
        _waiters.Clear();
    }

    /// <summary>Sleeps until the kernel or a caller has something; false when it is time to end.</summary>
    private unsafe bool WaitForWork(out bool isEvent)
    {
        var polled = stackalloc pollfd[2];
        polled[0] = new pollfd { fd = _wake.Number, events = LibC.POLLIN };
        polled[1] = new pollfd { fd = _events.Descriptor, events = LibC.POLLIN };

        // Deaf, only somebody who waits is a reason to try again.
        while (LibC.poll(polled, _deaf ? 1u : 2u, -1) < 0)
        {
            if ((Errno)LibC.errno is var error && error != Errno.EINTR)
                throw new NetlinkException("poll for link events", error, null);
        }
        if (polled[0].revents != 0)
        {
            ulong count;
            _ = LibC.read(_wake.Number, &count, sizeof(ulong));
        }
        isEvent = polled[1].revents != 0;
        lock (_lock)
            return !_stopping;
    }

    private void ReadEvents()
    {
        var datagram = _events.Receive(out var lost);
        if (lost)
        {
            Changed?.Invoke(null);
            Look();
            return;
        }
        var gone = false;
        var reader = new NetlinkReader(datagram);
        while (reader.Read(out var message))
        {
            if (message.Type is not (Link.TypeNew or Link.TypeDelete))
                continue;

            // A DELLINK of family AF_BRIDGE says that a port has left its bridge; the link is still there.
            if (Link.FamilyOf(message.Body) != IpFamily.Unspecified)
                continue;
            var link = Link.Decode(message.Body);
            if (message.Type == Link.TypeNew)
            {
                Settle(waiter => !waiter.WantsGone && waiter.Matches(link) ? link : null);
                Changed?.Invoke(link);
            }
            else if (_waiters.Any(waiter => waiter.WantsGone && waiter.Matches(link)))
                gone = true;
        }

        // Another link may have the same MAC: only a look proves that there is none.
        if (gone)
            Look();
    }

    private void Look()
    {
        if (_waiters.Count == 0)
            return;
        var links = _look.Links();
        Settle(waiter =>
        {
            var link = links.FirstOrDefault(waiter.Matches);
            return waiter.WantsGone ? link is null ? new Link { Index = waiter.Index ?? 0 } : null : link;
        });
    }

    private bool TakeArrivals()
    {
        lock (_lock)
        {
            if (_arrivals.Count == 0)
                return false;
            _waiters.AddRange(_arrivals);
            _arrivals.Clear();
            return true;
        }
    }

    /// <summary>Ends the waits that have an answer, and forgets those that were cancelled.</summary>
    private void Settle(Func<Waiter, Link?> answer) =>
        _waiters.RemoveAll(waiter =>
        {
            if (answer(waiter) is { } link)
                waiter.Done.TrySetResult(link);
            return waiter.Done.Task.IsCompleted;
        });

    private unsafe void Wake()
    {
        ulong one = 1;
        _ = LibC.write(_wake.Number, &one, sizeof(ulong));
    }

    /// <summary>Somebody who waits; only the monitor's thread looks at its wish.</summary>
    private sealed record Waiter(MacAddress? Mac, int? Index, bool WantsGone, string? Name = null)
    {
        public TaskCompletionSource<Link> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Matches(Link link) =>
            (Mac is null || link.Mac == Mac) && (Index is null || link.Index == Index) && (Name is null || link.Name == Name);
    }
}
