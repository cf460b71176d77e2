using System.Collections.Concurrent;
using System.Globalization;
using AwsVpcCni.Simulation.Runs;
using AwsVpcCni.Simulation.Tracing;
using Spectre.Console;

namespace AwsVpcCni.Simulate;

/// <summary>Many seeds, each in a world of its own, some at a time; what they found, in the order of their numbers.</summary>
internal sealed class SeedRuns(int from, int count, int jobs)
{
    /// <summary>Lines of a failing seed's trace that are printed, unless it runs alone.</summary>
    private const int TailOfTrace = 60;

    private const int SeedsPerLine = 1000;

    public int PrintHashes()
    {
        foreach (var report in Run(static _ => { }).OrderBy(static report => report.Seed))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Seed} {report.Hash} {report.Steps} {report.Violation}"));
        return 0;
    }

    /// <returns>1 when a promise was broken.</returns>
    public int Print(bool traces, bool withCoverage)
    {
        var began = TimeProvider.System.GetTimestamp();
        IReadOnlyList<RunReport> reports = [];
        if (Console.IsOutputRedirected || traces)
            reports = Run(Lines());
        else
            AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context =>
                {
                    var bar = context.AddTask($"{count} seeds", maxValue: count);
                    reports = Run(_ => bar.Increment(1));
                });
        var coverage = new Coverage();
        foreach (var report in reports)
            coverage.Add(report.Coverage);
        var broken = reports.Where(static report => report.Violation is not null).OrderBy(static report => report.Seed).ToList();
        if (traces)
        {
            foreach (var report in reports.OrderBy(static report => report.Seed))
                Console.Write(report.Trace.Text());
        }

        foreach (var report in broken)
            Tell(report, traces, count == 1);
        if (withCoverage)
            Print(coverage);
        Summarise(reports, broken.Count, TimeProvider.System.GetElapsedTime(began));
        return broken.Count > 0 ? 1 : 0;
    }

    /// <summary>Progress for whoever reads standard error, or a log of it.</summary>
    private Action<RunReport> Lines()
    {
        var (ran, broken) = (0, 0);
        return report =>
        {
            var bad = report.Violation is null ? Volatile.Read(ref broken) : Interlocked.Increment(ref broken);
            if (report.Violation is { } violation)
                Console.Error.WriteLine($"seed {report.Seed} BROKE A PROMISE: {violation}");
            if (Interlocked.Increment(ref ran) % SeedsPerLine == 0)
                Console.Error.WriteLine($"{ran} of {count} seeds, {bad} broken promises");
        };
    }

    private IReadOnlyList<RunReport> Run(Action<RunReport> done)
    {
        var reports = new ConcurrentBag<RunReport>();
        var next = from - 1;
        // One thread per world at a time: a world may not be continued on another one.
        var threads = Enumerable.Range(0, Math.Min(jobs, count)).Select(_ => new Thread(() =>
        {
            for (var seed = Interlocked.Increment(ref next); seed < from + count; seed = Interlocked.Increment(ref next))
            {
                var report = SeedRun.Of(seed);
                reports.Add(report.Violation is null && count > 1 ? report with { Trace = report.Trace.WithoutLines() } : report);
                done(report);
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        return [.. reports];
    }

    private static void Tell(RunReport report, bool traced, bool single)
    {
        Console.WriteLine();
        Console.WriteLine($"seed {report.Seed}: {report.Setting}");
        if (!traced)
            Console.Write(report.Trace.Text(single ? int.MaxValue : TailOfTrace));
        Console.WriteLine($"seed {report.Seed} BROKE A PROMISE: {report.Violation}");
        Console.WriteLine($"again, with its whole trace: {report.Replay}");
    }

    private static void Print(Coverage coverage)
    {
        foreach (var (name, times) in coverage.Counts)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times,10}  {name}"));
        foreach (var name in coverage.Missing())
            Console.WriteLine($"     NEVER  {name}");
    }

    private static void Summarise(IReadOnlyList<RunReport> reports, int broken, TimeSpan took)
    {
        var hours = reports.Sum(static report => report.Virtual.TotalHours);
        var figures = reports.Select(static report => report.Figures).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            {reports.Count} seeds, {broken} broken promises; {hours:F0} virtual hours in {took.TotalSeconds:F1} s, {reports.Sum(static report => report.Steps) / 1e6:F1} million steps
            {figures.Sum(static f => f.Pods)} pods, {figures.Sum(static f => f.FailedAdds)} failed ADDs, {figures.Sum(static f => f.Ec2Calls)} EC2 calls ({figures.Sum(static f => f.Mutations)} mutating), {figures.Sum(static f => f.Runs)} runs of ipamd, {figures.Sum(static f => f.FaultEvents)} faults and windows
            """));
    }
}
