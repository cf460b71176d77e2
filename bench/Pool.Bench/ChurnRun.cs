using AwsVpcCni.Bench.Shared;

namespace AwsVpcCni.Pool.Bench;

/// <summary>
/// 1,000 pods, 2 starts a second (Poisson), mean life 60 s (exponential), at WARM_IP_TARGET=5 and MINIMUM_IP_TARGET=30: about 120 live
/// at a time. Counted from the pool's first rest to the last start; the published rule for these targets is about one EC2 call per pod.
/// </summary>
internal static class ChurnRun
{
    private const double StartsPerSecond = 2;
    private const double MeanLife = 60;

    internal static async Task<Outcome> RunAsync(string bin, string copy, int seed, int count, CancellationToken interrupted)
    {
        await using var lab = await NodeLab.UpAsync(bin, "realistic", seed, interrupted);
        // These pods have no veths; the slow look at the kernel, which would miss them after two minutes, is put off. It makes no EC2 calls.
        await lab.StartDaemonAsync(copy, "WARM_IP_TARGET=5", "MINIMUM_IP_TARGET=30", "IPAMD_RECONCILE_INTERVAL_SECONDS=3600");
        var pods = new Pods(lab.Socket, interrupted);
        var before = (await lab.CallsAsync()).Values.Sum();
        var random = new Random(seed);
        var at = 0.0;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var starts = new List<Task>();
        var lives = new List<Task>();
        for (var number = 0; number < count; number++)
        {
            at += Exponential(random, 1 / StartsPerSecond);
            var started = StartAsync(pods, $"web-{number}", TimeSpan.FromSeconds(at), interrupted);
            starts.Add(started);
            lives.Add(LiveAsync(pods, $"web-{number}", started, TimeSpan.FromSeconds(Exponential(random, MeanLife)), end.Token));
        }

        await Task.WhenAll(starts);
        var calls = await lab.CallsAsync();
        await end.CancelAsync();
        await Task.WhenAll(lives);
        var total = calls.Values.Sum() - before;
        var outcome = new Outcome($"churn, seed {seed}")
        {
            ["pods"] = count,
            ["failed ADDs"] = pods.Failed,
            ["EC2 calls"] = total,
            ["EC2 calls per pod (published rule: 1)"] = (double)total / count,
            ["times fewer (at least 5)"] = (double)count / total,
        };
        foreach (var (action, times) in calls)
            outcome[$"  {action}, the start's included"] = times;
        return outcome;
    }

    private static async Task StartAsync(Pods pods, string pod, TimeSpan after, CancellationToken interrupted)
    {
        await Task.Delay(after, interrupted);
        await pods.AddAsync(pod);
    }

    private static async Task LiveAsync(Pods pods, string pod, Task started, TimeSpan life, CancellationToken end)
    {
        await started;
        await Task.Delay(life, end).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (!end.IsCancellationRequested)
            await pods.DeleteAsync(pod);
    }

    private static double Exponential(Random random, double mean) => -Math.Log(1 - random.NextDouble()) * mean;
}
