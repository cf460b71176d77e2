using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>What kind of node, with which settings.</summary>
/// <param name="InstanceType">One that the model of EC2 knows.</param>
public sealed record NodeSetup(string Name, string InstanceType, InstanceLimits Limits, WarmTargets Targets)
{
    /// <summary>POD_ADD_WAIT: how long an ADD waits for an address.</summary>
    public TimeSpan AddBound { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>ENABLE_SUBNET_DISCOVERY.</summary>
    public bool Discovers { get; init; }

    /// <summary>False: DISABLE_NETWORK_RESOURCE_PROVISIONING. Somebody else brings ENIs and addresses.</summary>
    public bool Provisions { get; init; } = true;

    /// <summary>False: ENABLE_IMDS_ONLY_MODE. No EC2 call at all.</summary>
    public bool AsksEc2 { get; init; } = true;

    /// <summary>False: custom networking. Pods are on other ENIs, in a subnet of their own.</summary>
    public bool PrimaryGives { get; init; } = true;

    /// <summary>False: the type's limits are asked of EC2 at each start.</summary>
    public bool TypeIsBuiltIn { get; init; } = true;

    /// <summary>An ENI that is none of the daemon's business, there before its first start; null: none.</summary>
    public GuestEni? Guest { get; init; }

    /// <summary>The slow work, once the instance's id is known; null: a cloud that is not asked for it.</summary>
    public Func<string, string, Upkeep>? Upkeep { get; init; }

    public TimeSpan ReconcileEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From a crash to the next start, when nobody says otherwise.</summary>
    public TimeSpan RestartsAfter { get; init; } = TimeSpan.FromSeconds(1);
}
