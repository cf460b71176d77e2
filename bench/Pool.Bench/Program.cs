using System.Globalization;
using AwsVpcCni.Bench.Shared;
using AwsVpcCni.Pool.Bench;
using AwsVpcCni.Tests.Shared;

if (args is not [var bin, var results, .. var rest] || rest is not ([] or ["--seeds", _]))
{
    Console.Error.WriteLine("usage: pool-bench PROGRAMS-FOLDER RESULTS-FOLDER [--seeds N]   (of the churn, a quarter of an hour, side by side; 1)");
    return 2;
}

var seeds = rest is [_, var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 1;
Directory.CreateDirectory(results);
var file = Path.Combine(results, "pool.json");
List<Outcome> outcomes = [];
return await Interrupt.RunAsync(async interrupted =>
{
    using var image = new ImageFolder();
    await TellAsync(BurstRun.RunAsync(bin, Path.Combine(results, "pool-burst.log"), "200 pods at once, cold pool", interrupted));
    await TellAsync(ReportedAsync(BurstRun.RunAsync(
        bin, Path.Combine(results, "pool-burst-serial.log"), "200 pods at once, cold pool, attaches one after another", interrupted, "attach.concurrency=1")));
    await ChurnAsync(interrupted);
    return Judge();
});

// All figures are told by then: a bound that was missed is the last that is said.
int Judge()
{
    var missed = outcomes.SelectMany(static outcome => outcome.Missed()).ToList();
    foreach (var line in missed)
        Console.Error.WriteLine(line);
    return missed.Count > 0 ? 1 : 0;
}

// Attaches that wait for each other are slower than any bound; how much is worth knowing.
async Task<Outcome> ReportedAsync(Task<Outcome> run) => (await run).WithoutBounds();

async Task ChurnAsync(CancellationToken interrupted)
{
    // One that fails ends the others: each has a lab to take down.
    using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
    var churns = Enumerable.Range(1, seeds)
        .Select(seed => ChurnRun.RunAsync(bin, Path.Combine(results, $"pool-churn-{seed}.log"), seed, count: 1000, end.Token)).ToList();
    try
    {
        foreach (var churn in churns)
            await TellAsync(churn);
    }
    finally
    {
        await end.CancelAsync();
        await Task.WhenAll(churns.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

async Task TellAsync(Task<Outcome> run)
{
    var outcome = await run;
    outcome.Print();
    outcomes.Add(outcome);
    Outcome.Write(file, "realistic", outcomes);
}
