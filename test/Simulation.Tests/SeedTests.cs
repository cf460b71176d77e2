using AwsVpcCni.Simulation.Runs;
using AwsVpcCni.Simulation.Tracing;

namespace AwsVpcCni.Simulation.Tests;

/// <summary>2,000 seeds: about 25 ms of one core each.</summary>
public sealed class ManySeeds
{
    public const int Count = Expected.ManySeeds;

    public ManySeeds()
    {
        var reports = new RunReport[Count];
        var next = -1;
        // A thread per core, and each world on one of them from its beginning to its end.
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            for (var i = Interlocked.Increment(ref next); i < Count; i = Interlocked.Increment(ref next))
            {
                var report = SeedRun.Of(i + 1);
                reports[i] = report.Violation is null ? report with { Trace = report.Trace.WithoutLines() } : report;
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        Reports = reports;
        foreach (var report in reports)
            Coverage.Add(report.Coverage);
    }

    public IReadOnlyList<RunReport> Reports { get; }

    /// <summary>Of all of them.</summary>
    public Coverage Coverage { get; } = new();
}

public sealed class SeedTests(ManySeeds seeds) : IClassFixture<ManySeeds>
{
    [Fact]
    public void Through_2000_seeds_of_faults_no_promise_is_broken()
    {
        var broken = seeds.Reports.Where(static report => report.Violation is not null)
            .Select(static report => $"{report.Violation}\n{report.Trace.Text(40)}again: {report.Replay}").ToList();
        Assert.True(broken.Count == 0, $"{broken.Count} seeds broke a promise\n{string.Join('\n', broken.Take(3))}");
    }

    [Fact]
    public void Each_outcome_each_fault_and_each_step_of_an_ENI_s_life_occurs()
    {
        var missing = seeds.Coverage.Missing(ManySeeds.Count);
        Assert.True(missing.Count == 0, $"{missing.Count} kinds that {ManySeeds.Count} seeds should see never occurred:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void Whatever_occurs_is_on_a_list_so_that_its_end_would_be_noticed()
    {
        var unlisted = seeds.Coverage.Unlisted();
        Assert.True(unlisted.Count == 0, $"on no list of src/Simulation/Tracing/Expected*.cs:\n{string.Join('\n', unlisted)}");
    }

    [Fact]
    public void Address_targets_cost_far_less_than_a_call_per_pod()
    {
        var churn = seeds.Reports.Where(static report => report.Setting is { Faults.Name: "calm", Workload: Pods.WorkloadKind.Steady, Node.Targets.CountsAddresses: true })
            .Select(static report => report.Figures).ToList();
        Assert.NotEmpty(churn);
        Assert.InRange(churn.Sum(static figures => figures.Mutations) / (double)churn.Sum(static figures => figures.Pods), 0, 0.5);
    }
}
