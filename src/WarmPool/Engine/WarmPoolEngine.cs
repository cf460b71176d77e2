using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>The warm pool: one loop owns its state, everybody else sends it messages. All methods are safe from any thread.</summary>
public sealed class WarmPoolEngine(
    WarmPoolOptions options,
    IEc2 ec2,
    IImds imds,
    ICheckpointStore checkpoint,
    IHostLinks host,
    TimeProvider time,
    Func<double> random,
    Action<PoolNotice>? journal = null)
{
    private readonly object?[] given = [options, ec2, imds, checkpoint, host, time, random, journal];

    /// <summary>The numbers as of the last turn.</summary>
    public PoolCounters Counters => given.Length == 0 ? throw new NotImplementedException() : PoolCounters.None;

    /// <summary>
    /// Takes over what is there: the attached ENIs, the checkpoint's owners, the kernel's pods. Once, before <see cref="RunAsync"/>;
    /// works without EC2.
    /// </summary>
    public Task<StartReport> LoadAsync(IReadOnlyList<KnownEni> enis, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Runs the loop until <paramref name="stopping"/> is cancelled or <see cref="StopAsync"/> is called, and the stop is through.</summary>
    public Task RunAsync(CancellationToken stopping) => throw new NotImplementedException();

    /// <summary>An address for a pod. Waits at most the bound; cancelling takes the wish, or the address, back.</summary>
    public Task<AddReply> AddAsync(PodKey key, PodName name, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Gives a pod's addresses back, or ends its ADD that still waits. Cancelling only stops the waiting for the answer.</summary>
    public Task<DelReply> DelAsync(PodKey key, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Everything, as of now. Calls that meet in one turn share one view.</summary>
    public Task<PoolView> ViewAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>maxPods, cordon, a limit learned elsewhere.</summary>
    public void SetLimits(InstanceLimits limits) => throw new NotImplementedException();

    /// <summary>Subnet and groups for new ENIs; null when they became unknown.</summary>
    public void SetTemplate(EniTemplate? template) => throw new NotImplementedException();

    /// <summary>
    /// New ADDs are told to try again, those under way end within the grace, the last checkpoint is written; no ENI is given back.
    /// Completes when the loop has ended.
    /// </summary>
    public Task StopAsync() => throw new NotImplementedException();
}
