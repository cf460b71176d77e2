using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>What the pool is told once, at construction.</summary>
/// <param name="Limits">What the node may hold; can change later (<see cref="WarmPoolEngine.SetLimits"/>).</param>
/// <param name="Template">What new ENIs are made of; null while unknown: the pool then fills the ENIs it has and holds.</param>
/// <param name="BootId">/proc/sys/kernel/random/boot_id: allocations of another boot are stale.</param>
public sealed record WarmPoolOptions(InstanceLimits Limits, WarmTargets Targets, EniTemplate? Template, string BootId)
{
    /// <summary>This node's instance: an ENI that is attached elsewhere is not ours. Null where only one instance exists.</summary>
    public string? InstanceId { get; init; }

    /// <summary>
    /// The host veth's name of a pod: it speaks for a pod of the original's, which has no alias, when its route is gone. Null
    /// when unknown.
    /// </summary>
    public Func<PodKey, PodName, string>? HostVethOf { get; init; }

    /// <summary>
    /// How long one attempt of one EC2 call may take before its outcome counts as unknown. A seam with a bound of its own keeps a
    /// shorter one, and tells more by it.
    /// </summary>
    public TimeSpan Ec2Attempt { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an ADD waits for an address. 1 s to 60 s; 15 s keeps below kubelet's and containerd's own bounds.</summary>
    public TimeSpan AddBound { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a timed-out ADD still counts as demand: kubelet comes again.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stop waits for ADDs and EC2 calls under way.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between two slow looks at IMDS and at the kernel's pods.</summary>
    public TimeSpan ReconcileEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an ADD that was answered may take to make its veth.</summary>
    public TimeSpan PlumbingBound { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How far EC2's Describe may lag behind its writes: two looks this far apart must agree.</summary>
    public TimeSpan DescribeLag { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>False with DISABLE_NETWORK_RESOURCE_PROVISIONING: the pool uses what is attached and never asks EC2 for more or less.</summary>
    public bool ProvisionsResources { get; init; } = true;

    /// <summary>False with ENABLE_IMDS_ONLY_MODE: EC2 is not even asked what it thinks. Only without provisioning.</summary>
    public bool AsksEc2 { get; init; } = true;

    /// <summary>The slow work: subnets, groups, tags, what was left behind. Null: none of it.</summary>
    public Upkeep? Upkeep { get; init; }
}
