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

    /// <summary>The slow work, once the instance's id is known; null: a cloud that is not asked for it.</summary>
    public Func<string, string, Upkeep>? Upkeep { get; init; }

    public TimeSpan ReconcileEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From a crash to the next start, when nobody says otherwise.</summary>
    public TimeSpan RestartsAfter { get; init; } = TimeSpan.FromSeconds(1);
}
