using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Doubles;

/// <summary>Links that appear a while after the attach, and pods' veths as the test says.</summary>
internal sealed class HostInMemory(World world, CloudInMemory cloud) : IHostLinks
{
    public List<PodLink> Pods { get; } = [];

    public string? KernelError { get; set; }

    public HashSet<EniId> Routed { get; } = [];

    /// <summary>ENIs whose link never appears.</summary>
    public Func<EniLink, bool> Invisible { get; set; } = static _ => false;

    /// <summary>ENIs whose link vanishes in the moment that they are routed, once each.</summary>
    public HashSet<EniId> VanishAsTheyAreRouted { get; } = [];

    /// <summary>ENIs that the kernel refuses to route.</summary>
    public Func<EniLink, bool> FailsToRoute { get; set; } = static _ => false;

    private readonly Dictionary<EniId, Action> _awaited = [];
    private readonly HashSet<EniId> _unplugged = [];

    public event Action<EniLinkChange>? LinkChanged;

    /// <summary>Its link vanishes, for whatever reason.</summary>
    public void Unplug(EniId eni)
    {
        _unplugged.Add(eni);
        Routed.Remove(eni);
        LinkChanged?.Invoke(new EniLinkChange(eni, Present: false));
    }

    /// <summary>Its link is back.</summary>
    public void Plug(EniId eni)
    {
        _unplugged.Remove(eni);
        LinkChanged?.Invoke(new EniLinkChange(eni, Present: true));
        if (_awaited.Remove(eni, out var then))
            then();
    }

    public Task<HostOutcome> RouteEniAsync(EniLink eni, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<HostOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => reply.TrySetCanceled(cancellation));
        if (FailsToRoute(eni))
            return Task.FromResult<HostOutcome>(new HostOutcome.Failed("RTM_NEWROUTE: EBUSY"));
        if (Invisible(eni))
            return reply.Task;
        world.After(TimeSpan.FromSeconds(eni.IsPrimary ? 0 : 1 + world.Random.NextDouble()), () =>
        {
            // The link of an ENI that is not attached (any more) does not appear.
            if (!cloud.Enis.TryGetValue(eni.Id, out var nic) || nic.Attachment is null)
                return;
            if (_unplugged.Contains(eni.Id))
                _awaited[eni.Id] = Arrive;
            else
                Arrive();
        });

        void Arrive()
        {
            Routed.Add(eni.Id);
            if (VanishAsTheyAreRouted.Remove(eni.Id))
                Unplug(eni.Id);
            reply.TrySetResult(new HostOutcome.Done());
        }

        return reply.Task;
    }

    /// <summary>ENIs that the host was told to forget.</summary>
    public List<EniId> Forgotten { get; } = [];

    public Task<HostOutcome> ForgetEniAsync(EniLink eni, CancellationToken cancellation)
    {
        Forgotten.Add(eni.Id);
        var reply = new TaskCompletionSource<HostOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => reply.TrySetCanceled(cancellation));
        world.After(TimeSpan.FromSeconds(1), () =>
        {
            Routed.Remove(eni.Id);
            Look();
        });
        return reply.Task;

        void Look()
        {
            // The link is there as long as EC2 has not let go of it.
            if (cloud.Enis.TryGetValue(eni.Id, out var nic) && nic.Attachment?.InstanceId == CloudInMemory.Instance)
                world.After(TimeSpan.FromSeconds(0.5), Look);
            else
                reply.TrySetResult(new HostOutcome.Done());
        }
    }

    /// <summary>Addresses with a pod's rules and no veth.</summary>
    public HashSet<IPAddress> Ruled { get; } = [];

    /// <summary>How often all pods' links were asked for.</summary>
    public int Looks { get; private set; }

    public Task<PodLinks> PodLinksAsync(CancellationToken cancellation)
    {
        Looks++;
        return Task.FromResult(KernelError is null
            ? new PodLinks([.. Pods], null) { RuledAddresses = [.. Ruled, .. Pods.SelectMany(pod => pod.Addresses)] }
            : new PodLinks([], KernelError));
    }

    public Task<HostOutcome> ForgetPodsAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
    {
        Ruled.ExceptWith(addresses);
        return Task.FromResult<HostOutcome>(new HostOutcome.Done());
    }
}
