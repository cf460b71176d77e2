using AwsVpcCni.Simulation.Tracing;

namespace AwsVpcCni.Simulation.Runs;

/// <summary>What came of one seed.</summary>
/// <param name="Violation">What was broken; null when every promise was kept.</param>
/// <param name="Hash">Of the trace.</param>
/// <param name="Virtual">How long it lasted in the world.</param>
public sealed record RunReport(
    RunSetting Setting, string? Violation, string Hash, Trace Trace, Coverage Coverage, TimeSpan Virtual, long Steps, RunFigures Figures)
{
    public int Seed => Setting.Seed;

    /// <summary>The command that shows it again.</summary>
    public string Replay => $"make simulate SEEDS=1 FROM={Seed}";
}

/// <summary>A run in numbers.</summary>
/// <param name="SettledAfter">From the end of all trouble until everything was as it should be.</param>
public sealed record RunFigures(int Pods, int FailedAdds, int Ec2Calls, int Mutations, int Runs, int FaultEvents, TimeSpan SettledAfter)
{
    public static RunFigures None { get; } = new(0, 0, 0, 0, 0, 0, TimeSpan.Zero);
}
