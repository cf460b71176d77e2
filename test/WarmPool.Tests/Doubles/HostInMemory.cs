using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.WarmPool.Tests.Doubles;

/// <summary>Links that appear a while after the attach, and pods' veths as the test says.</summary>
internal sealed class HostInMemory(World world, CloudInMemory cloud) : IHostLinks
{
    public List<PodLink> Pods { get; } = [];

    public string? KernelError { get; set; }

    public HashSet<EniId> Routed { get; } = [];

    /// <summary>ENIs whose link never appears.</summary>
    public Func<EniLink, bool> Invisible { get; set; } = static _ => false;

    public Task<HostOutcome> RouteEniAsync(EniLink eni, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<HostOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => reply.TrySetCanceled(cancellation));
        if (Invisible(eni))
            return reply.Task;
        world.After(TimeSpan.FromSeconds(eni.IsPrimary ? 0 : 1 + world.Random.NextDouble()), () =>
        {
            Assert.NotNull(cloud.Enis[eni.Id].Attachment);
            Routed.Add(eni.Id);
            reply.TrySetResult(new HostOutcome.Done());
        });
        return reply.Task;
    }

    public Task<HostOutcome> ForgetEniAsync(EniLink eni, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<HostOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.After(TimeSpan.FromSeconds(1), () =>
        {
            Routed.Remove(eni.Id);
            reply.TrySetResult(new HostOutcome.Done());
        });
        return reply.Task;
    }

    public Task<PodLinks> PodLinksAsync(CancellationToken cancellation) =>
        Task.FromResult(KernelError is null ? new PodLinks([.. Pods], null) : new PodLinks([], KernelError));
}
