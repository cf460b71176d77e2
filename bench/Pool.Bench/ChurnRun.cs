using AwsVpcCni.Bench.Shared;

namespace AwsVpcCni.Pool.Bench;

/// <summary>
/// 1,000 pods, 2 starts a second (Poisson), mean life 60 s (exponential), at WARM_IP_TARGET=5 and MINIMUM_IP_TARGET=30: about 120 live
/// at a time. Counted from the first pod's start, with the pool full, until the last pod has ended and the pool has given back what
/// these took; the published rule for these targets is about one EC2 call per pod.
/// </summary>
internal static class ChurnRun
{
    private const double StartsPerSecond = 2;
    private const double MeanLife = 60;
    private const int Warm = 5;
    private const int Minimum = 30;
    private const int PublishedCallsPerPod = 1;

    /// <summary>Without an EC2 call a pool is at its target: longer than an address rests and a surplus is kept.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromMinutes(2);

    internal static async Task<Outcome> RunAsync(string bin, string copy, int seed, int count, CancellationToken interrupted)
    {
        await using var lab = await NodeLab.UpAsync(bin, "realistic", seed, interrupted);
        // These pods have no veths; the slow look at the kernel, which would miss them after two minutes, is put off. It makes no EC2 calls.
        var log = await lab.StartDaemonAsync(
            copy, $"WARM_IP_TARGET={Warm}", $"MINIMUM_IP_TARGET={Minimum}", "IPAMD_RECONCILE_INTERVAL_SECONDS=3600");
        await log.PoolUntilAsync(static pool => pool.Free >= Minimum);
        var pods = new Pods(lab.Socket, interrupted);
        var before = await lab.CallsAsync();
        var random = new Random(seed);
        var at = 0.0;
        var starts = new List<Task>();
        var lives = new List<Task>();
        for (var number = 0; number < count; number++)
        {
            at += Exponential(random, 1 / StartsPerSecond);
            var started = StartAsync(pods, $"web-{number}", TimeSpan.FromSeconds(at), interrupted);
            starts.Add(started);
            lives.Add(LiveAsync(pods, $"web-{number}", started, TimeSpan.FromSeconds(Exponential(random, MeanLife)), interrupted));
        }

        await Task.WhenAll(starts);
        var atLastStart = (await lab.CallsAsync()).Values.Sum() - before.Values.Sum();
        await Task.WhenAll(lives);
        var rest = await lab.RestAsync(_quiet);
        var total = rest.Calls.Values.Sum() - before.Values.Sum();
        var outcome = new Outcome($"churn, seed {seed}")
        {
            ["pods"] = count,
            ["failed ADDs", Bound.AtMost(0)] = pods.Failed,
            ["addresses at rest", Bound.Exactly(Minimum)] = rest.Addresses,
            ["ENIs left unattached", Bound.AtMost(0)] = rest.FreeEnis,
            ["EC2 calls"] = total,
            ["  of these until the last start"] = atLastStart,
            ["EC2 calls per pod, a fifth of the published rule", Bound.AtMost(PublishedCallsPerPod / 5.0)] = (double)total / count,
        };
        foreach (var (action, times) in rest.Calls)
            outcome[$"  {action}, the start's included"] = times;
        return outcome;
    }

    private static async Task StartAsync(Pods pods, string pod, TimeSpan after, CancellationToken interrupted)
    {
        await Task.Delay(after, interrupted);
        await pods.AddAsync(pod);
    }

    private static async Task LiveAsync(Pods pods, string pod, Task started, TimeSpan life, CancellationToken interrupted)
    {
        await started;
        await Task.Delay(life, interrupted);
        await pods.DeleteAsync(pod);
    }

    private static double Exponential(Random random, double mean) => -Math.Log(1 - random.NextDouble()) * mean;
}
