using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Host;

/// <summary>
/// A node's kernel: ENI links that come and go as EC2 says, their tables, and the pods' veths with aliases and routes. Outlives the
/// daemon, not a boot.
/// </summary>
public sealed class Kernel(World world, string node, Random chance, Trace trace, Coverage coverage)
{
    private readonly SortedDictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _routed = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, PodLink> _veths = new(StringComparer.Ordinal);
    private readonly List<IPAddress> _ruled = [];
    private readonly HashSet<string> _invisible = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _resets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _late = new(StringComparer.Ordinal);
    private readonly List<(string Mac, bool Present, Action Then)> _watchers = [];
    private readonly List<Handle> _handles = [];
    private readonly Dictionary<string, TimeSpan> _vanished = new(StringComparer.Ordinal);

    /// <summary>How soon a daemon hears of a link.</summary>
    private static readonly TimeSpan _notification = TimeSpan.FromMilliseconds(1);

    /// <summary>Why the kernel cannot be asked for pods now; null when it can.</summary>
    public string? Deaf { get; set; }

    /// <summary>How often a host action fails, 0 to 1.</summary>
    public double FailureRate { get; set; }

    /// <summary>How often a new ENI's link never shows, 0 to 1.</summary>
    public double InvisibleRate { get; set; }

    /// <summary>How long a new ENI's link takes beyond what is usual; null: it comes when the hypervisor plugs it in.</summary>
    public Func<TimeSpan?> NextLinkIsLateBy { get; set; } = static () => null;

    /// <summary>From the link's appearance to routes.</summary>
    public TimeSpan RoutingTook { get; set; } = TimeSpan.FromMilliseconds(20);

    public IReadOnlyCollection<PodLink> Veths => _veths.Values;

    /// <summary>A pod's packets leave by its ENI's table.</summary>
    public bool IsRouted(string eni) => _routed.Contains(eni);

    /// <summary>Its link never appeared: no pod can be on it.</summary>
    public bool IsInvisible(string eni) => _invisible.Contains(eni);

    /// <summary>Since when its link is gone; null when it is there, or never was.</summary>
    public TimeSpan? VanishedAt(string eni) => _vanished.TryGetValue(eni, out var at) ? at : null;

    /// <summary>When its driver was reset; null when it was not, or the host has routed it since.</summary>
    public TimeSpan? ResetAt(string eni) => _resets.TryGetValue(eni, out var at) ? at : null;

    /// <summary>Seams for one run of the daemon.</summary>
    public IHostLinks OpenedBy(Process process, Action<string> moment)
    {
        _handles.RemoveAll(static handle => !handle.Alive);
        _handles.Add(new Handle(this, process, moment));
        return _handles[^1];
    }

    /// <summary>The hypervisor plugs and unplugs.</summary>
    public void OnChange(VpcChange change)
    {
        switch (change)
        {
            case LinkAttached { DeviceIndex: > 0 } hidden when chance.NextDouble() < InvisibleRate:
                _invisible.Add(hidden.EniId);
                coverage.Count("fault", "link never appears");
                trace.Add(node, "a link that never appears was attached");
                break;
            case LinkAttached { DeviceIndex: > 0 } late when NextLinkIsLateBy() is { } by:
                _late.Add(late.EniId);
                coverage.Count("fault", "link appears minutes late");
                trace.Add(node, $"link {late.EniId} will appear in {by.TotalMinutes:F1} min");
                world.After(by, () =>
                {
                    if (_late.Remove(late.EniId))
                        Appear(late.EniId, late.MacAddress, late.DeviceIndex);
                });
                break;
            case LinkAttached link:
                Appear(link.EniId, link.MacAddress, link.DeviceIndex);
                break;
            case LinkDetached link:
                _late.Remove(link.EniId);
                _resets.Remove(link.EniId);
                Vanish(link.EniId, link.MacAddress);
                break;
        }
    }

    /// <summary>The driver of one of the secondary ENIs is reset: its link goes, and comes back unless it is detached meanwhile.</summary>
    /// <returns>False where there is no link of it.</returns>
    public bool Reset(string eni, TimeSpan away)
    {
        if (_links.FirstOrDefault(link => link.Value == eni) is not { Key: { } mac })
            return false;
        coverage.Count("fault", "a link is reset");
        Vanish(eni, mac);
        _late.Add(eni);
        _resets[eni] = world.Now;
        world.After(away, () =>
        {
            if (_late.Remove(eni))
                Appear(eni, mac, deviceIndex: null);
        });
        return true;
    }

    /// <summary>Another boot: links are found again, what was configured on them is not, and no veth is left.</summary>
    public void Reboot(string primaryEni)
    {
        _veths.Clear();
        _ruled.Clear();
        _routed.Clear();
        _routed.Add(primaryEni);
        _watchers.Clear();
    }

    /// <summary>The plugin's work; a veth of that name is replaced.</summary>
    /// <returns>Whose veth it replaced; null when there was none.</returns>
    public PodKey? AddVeth(string name, PodKey key, IPAddress address)
    {
        _veths.TryGetValue(name, out var before);
        _veths[name] = new PodLink(key, name, [address]);
        if (!_ruled.Contains(address))
            _ruled.Add(address);
        return before?.Key;
    }

    /// <summary>The namespace is gone and the veth with it, if it is (still) this key's; the pod's rules stay.</summary>
    public void DropVeth(string name, PodKey key)
    {
        if (_veths.TryGetValue(name, out var link) && link.Key == key)
            _veths.Remove(name);
    }

    /// <summary>The plugin's DEL: rules and veth, if they are (still) this key's.</summary>
    public void Detach(string name, PodKey key)
    {
        if (!_veths.TryGetValue(name, out var link) || link.Key != key)
            return;
        _veths.Remove(name);
        _ruled.RemoveAll(link.Addresses.Contains);
    }

    private void Appear(string eni, string mac, int? deviceIndex)
    {
        _links[mac] = eni;
        if (deviceIndex == 0)
            _routed.Add(eni);
        _vanished.Remove(eni);
        trace.Add(node, $"link {eni} appears");
        Ring(mac, present: true);
        Notify(eni, present: true);
    }

    private void Vanish(string eni, string mac)
    {
        if (_links.Remove(mac))
            _vanished[eni] = world.Now;
        _routed.Remove(eni);
        trace.Add(node, $"link {eni} vanishes");
        Ring(mac, present: false);
        Notify(eni, present: false);
    }

    private void Ring(string mac, bool present)
    {
        foreach (var watcher in _watchers.Where(watcher => watcher.Mac == mac && watcher.Present == present).ToList())
        {
            _watchers.Remove(watcher);
            watcher.Then();
        }
    }

    private void Notify(string eni, bool present)
    {
        foreach (var handle in _handles.Where(static handle => handle.Alive))
            world.After(_notification, () => handle.Tell(new EniLinkChange(new EniId(eni), present)));
    }

    private void When(string mac, bool present, Action then)
    {
        if (_links.ContainsKey(mac) == present)
            then();
        else
            _watchers.Add((mac, present, then));
    }

    private bool Fails(string what)
    {
        if (chance.NextDouble() >= FailureRate)
            return false;
        coverage.Count("fault", $"host fails to {what}");
        return true;
    }

    private sealed class Handle(Kernel kernel, Process process, Action<string> moment) : IHostLinks
    {
        public event Action<EniLinkChange>? LinkChanged;

        public bool Alive => process.Alive;

        public void Tell(EniLinkChange change)
        {
            if (process.Alive)
                process.Start(() => LinkChanged?.Invoke(change));
        }

        public Task<HostOutcome> RouteEniAsync(EniLink eni, CancellationToken cancellation) => DoAsync(reply =>
            kernel.When(eni.MacAddress, present: true, () => kernel.After(kernel.RoutingTook, () =>
            {
                if (!process.Alive)
                    return;
                if (kernel.Fails("route"))
                {
                    reply.TrySetResult(new HostOutcome.Failed("injected"));
                    return;
                }

                if (kernel._links.ContainsKey(eni.MacAddress))
                {
                    kernel._routed.Add(eni.Id.Value);
                    kernel._resets.Remove(eni.Id.Value);
                }

                kernel.Tell($"{eni.Id} is routed");
                reply.TrySetResult(new HostOutcome.Done());
                moment("ENI routed");
            })), cancellation);

        public Task<HostOutcome> ForgetEniAsync(EniLink eni, CancellationToken cancellation) => DoAsync(reply =>
        {
            if (kernel.Fails("forget"))
            {
                kernel.After(kernel.RoutingTook, () => reply.TrySetResult(new HostOutcome.Failed("injected")));
                return;
            }

            kernel._routed.Remove(eni.Id.Value);
            kernel.When(eni.MacAddress, present: false, () => kernel.After(TimeSpan.FromMilliseconds(5), () =>
            {
                reply.TrySetResult(new HostOutcome.Done());
                moment("ENI forgotten");
            }));
        }, cancellation);

        public Task<PodLinks> PodLinksAsync(CancellationToken cancellation) => Task.FromResult(
            kernel.Deaf is { } why ? new PodLinks([], why) : new PodLinks([.. kernel._veths.Values], null) { RuledAddresses = [.. kernel._ruled] });

        public Task<HostOutcome> ForgetPodsAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancellation) => DoAsync(reply =>
        {
            var routed = kernel._veths.Values.SelectMany(static link => link.Addresses).ToHashSet();
            kernel._ruled.RemoveAll(address => addresses.Contains(address) && !routed.Contains(address));
            kernel.After(TimeSpan.FromMilliseconds(5), () => reply.TrySetResult(new HostOutcome.Done()));
        }, cancellation);

        private static Task<HostOutcome> DoAsync(Action<TaskCompletionSource<HostOutcome>> work, CancellationToken cancellation)
        {
            var reply = new TaskCompletionSource<HostOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            cancellation.Register(() => reply.TrySetCanceled(cancellation));
            work(reply);
            return reply.Task;
        }
    }

    private void After(TimeSpan delay, Action happens) => world.After(delay, happens);

    private void Tell(string what) => trace.Add(node, what);
}
