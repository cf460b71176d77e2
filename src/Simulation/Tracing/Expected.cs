namespace AwsVpcCni.Simulation.Tracing;

/// <summary>What a sufficiently long simulation must have seen, each at least once.</summary>
public static class Expected
{
    public static IReadOnlyList<string> All { get; } = [];
}
