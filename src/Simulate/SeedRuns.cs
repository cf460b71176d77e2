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
        var lines = new ConcurrentDictionary<int, string>();
        Run(report => lines[report.Seed] = string.Create(CultureInfo.InvariantCulture, $"{report.Seed} {report.Hash} {report.Steps} {report.Violation}"));
        foreach (var (_, line) in lines.OrderBy(static line => line.Key))
            Console.WriteLine(line);
        return 0;
    }

    /// <returns>1 when a promise was broken, or the coverage is not what so many seeds should have.</returns>
    public int Print(bool traces, bool withCoverage)
    {
        var began = TimeProvider.System.GetTimestamp();
        var told = new ConcurrentDictionary<int, string>();
        var totals = new SeedTotals();
        if (traces)
            totals = Run(report => told[report.Seed] = report.Trace.Text());
        else if (Console.IsOutputRedirected)
            totals = Run(Lines());
        else
            AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context =>
                {
                    var bar = context.AddTask($"{count} seeds", maxValue: count);
                    totals = Run(_ => bar.Increment(1));
                });
        foreach (var (_, story) in told.OrderBy(static story => story.Key))
            Console.Write(story);
        foreach (var report in totals.Broken.OrderBy(static report => report.Seed))
            Tell(report, traces, count == 1);
        var covered = !withCoverage || Print(totals.Coverage);
        Summarise(totals, TimeProvider.System.GetElapsedTime(began));
        return covered && totals.Broken.Count == 0 ? 0 : 1;
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

    private SeedTotals Run(Action<RunReport> done)
    {
        var next = from - 1;
        var totals = Enumerable.Range(0, Math.Min(jobs, count)).Select(static _ => new SeedTotals()).ToList();
        // One thread per world at a time: a world may not be continued on another one.
        var threads = totals.ConvertAll(mine => new Thread(() =>
        {
            for (var seed = Interlocked.Increment(ref next); seed < from + count; seed = Interlocked.Increment(ref next))
            {
                var report = SeedRun.Of(seed);
                done(report);
                mine.Add(report);
            }
        }));
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        var all = new SeedTotals();
        totals.ForEach(all.Add);
        return all;
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

    /// <returns>Whether all occurred that so many seeds should have seen, and nothing else.</returns>
    private bool Print(Coverage coverage)
    {
        foreach (var (name, times) in coverage.Counts)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times,10}  {name}"));
        var (missing, unlisted) = (coverage.Missing(count), coverage.Unlisted());
        foreach (var name in missing)
            Console.WriteLine($"     NEVER  {name}");
        foreach (var name in unlisted)
            Console.WriteLine($"  UNLISTED  {name}");
        return missing.Count + unlisted.Count == 0;
    }

    private static void Summarise(SeedTotals totals, TimeSpan took) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

        {totals.Seeds} seeds, {totals.Broken.Count} broken promises; {totals.Virtual.TotalHours:F0} virtual hours in {took.TotalSeconds:F1} s, {totals.Steps / 1e6:F1} million steps
        {totals.Pods} pods, {totals.FailedAdds} failed ADDs, {totals.Ec2Calls} EC2 calls ({totals.Mutations} mutating), {totals.Runs} runs of ipamd, {totals.FaultEvents} faults and windows
        """));
}
