using AwsVpcCni.Bench.Shared;

namespace AwsVpcCni.Pool.Bench;

/// <summary>200 pods at once on a node that has just begun to serve, with the default settings; times are the daemon's own, of its log.</summary>
internal static class BurstRun
{
    private const int Burst = 200;

    internal static async Task<Outcome> RunAsync(string bin, string copy, string title, CancellationToken interrupted, params string[] knobs)
    {
        await using var lab = await NodeLab.UpAsync(bin, "realistic", seed: 1, interrupted, knobs);
        var log = await lab.StartDaemonAsync(copy);
        var pods = new Pods(lab.Socket, interrupted);
        await Task.WhenAll(Enumerable.Range(0, Burst).Select(number => pods.AddAsync($"web-{number}")));
        var last = await log.BurstAsync(Burst);

        // One ENI more is to be kept warm: its calls count too, and it may have no pod.
        var calls = await lab.CallsAsync();
        var enis = calls.GetValueOrDefault("CreateNetworkInterface");
        var mutating = calls.Where(call => !call.Key.StartsWith("Describe", StringComparison.Ordinal)).Sum(call => call.Value);
        var slowest = log.CreateToRouted.Values.Max();
        return new Outcome(title)
        {
            ["pods"] = Burst,
            ["failed ADDs", Bound.AtMost(0)] = pods.Failed,
            ["last ADD came after, s"] = log.Arrivals.TotalSeconds,
            ["last address, s"] = last.TotalSeconds,
            ["last CreateNetworkInterface begun, s"] = log.LastCreate.TotalSeconds,
            ["slowest ENI, Create to routed, s"] = slowest.TotalSeconds,
            ["ratio", Bound.AtMost(1.6)] = last / slowest,
            ["ENIs created"] = enis,
            ["mutating EC2 calls, 3 per ENI + 2", Bound.AtMost((3 * enis) + 2)] = mutating,
        };
    }
}
