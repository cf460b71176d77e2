using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>What kind of node, with which settings.</summary>
/// <param name="InstanceType">One that the model of EC2 knows.</param>
public sealed record NodeSetup(string Name, string InstanceType, InstanceLimits Limits, WarmTargets Targets)
{
    /// <summary>POD_ADD_WAIT: how long an ADD waits for an address.</summary>
    public TimeSpan AddBound { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan ReconcileEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From a crash to the next start, when nobody says otherwise.</summary>
    public TimeSpan RestartsAfter { get; init; } = TimeSpan.FromSeconds(1);
}
