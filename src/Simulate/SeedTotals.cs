using AwsVpcCni.Simulation.Runs;
using AwsVpcCni.Simulation.Tracing;

namespace AwsVpcCni.Simulate;

/// <summary>
/// What many seeds came to. A seed that kept its promises leaves only its figures: its report holds its whole world, and a hundred
/// thousand worlds are more than a machine has room for.
/// </summary>
/// <remarks>For one thread; threads' totals are added up when they have ended.</remarks>
internal sealed class SeedTotals
{
    private readonly List<RunReport> _broken = [];

    public int Seeds { get; private set; }

    /// <summary>Whole reports of the seeds that broke a promise, in no order.</summary>
    public IReadOnlyList<RunReport> Broken => _broken;

    public Coverage Coverage { get; } = new();

    public TimeSpan Virtual { get; private set; }

    public long Steps { get; private set; }

    public long Pods { get; private set; }

    public long FailedAdds { get; private set; }

    public long Ec2Calls { get; private set; }

    public long Mutations { get; private set; }

    public long Runs { get; private set; }

    public long FaultEvents { get; private set; }

    public void Add(RunReport report)
    {
        Seeds++;
        if (report.Violation is not null)
            _broken.Add(report);
        Coverage.Add(report.Coverage);
        Virtual += report.Virtual;
        Steps += report.Steps;
        Pods += report.Figures.Pods;
        FailedAdds += report.Figures.FailedAdds;
        Ec2Calls += report.Figures.Ec2Calls;
        Mutations += report.Figures.Mutations;
        Runs += report.Figures.Runs;
        FaultEvents += report.Figures.FaultEvents;
    }

    public void Add(SeedTotals other)
    {
        Seeds += other.Seeds;
        _broken.AddRange(other._broken);
        Coverage.Add(other.Coverage);
        Virtual += other.Virtual;
        Steps += other.Steps;
        Pods += other.Pods;
        FailedAdds += other.FailedAdds;
        Ec2Calls += other.Ec2Calls;
        Mutations += other.Mutations;
        Runs += other.Runs;
        FaultEvents += other.FaultEvents;
    }
}
