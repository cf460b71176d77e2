using AwsVpcCni.Bench.Shared;

namespace AwsVpcCni.Plugin.Bench;

/// <summary>
/// 100 pods one after another and 32 at a time, by the plugin and by the floor in turn, each time in fresh namespaces on a node where
/// nothing is left of the round before. ipamd is real and has all the addresses; its folder is on tmpfs, as on nodes.
/// </summary>
internal static class FloorRun
{
    private const int Addresses = 220;
    private const int PodsPerRound = 100;
    private const int AtOnce = 32;

    internal static async Task<Outcome> RunAsync(string bin, string folder, string configuration, int rounds, CancellationToken interrupted)
    {
        await using var lab = await NodeLab.UpAsync(bin, "instant", seed: 1, interrupted);
        var log = await lab.StartDaemonAsync(
            Path.Combine(folder, "plugin-floor.log"), $"MINIMUM_IP_TARGET={Addresses}", "WARM_IP_TARGET=1", "IP_COOLDOWN_PERIOD=0", "AWS_VPC_K8S_CNI_LOGLEVEL=DEBUG");
        await log.PoolUntilAsync(pool => pool.Free >= Addresses);
        var runtime = new Runtime(lab, folder);
        await runtime.ConfigureAsync(configuration);

        string[] programs = [Path.Combine(folder, "floor"), Path.Combine(bin, "aws-cni")];
        Dictionary<(string Program, string Command, int AtOnce), List<Round>> all = [];
        var clean = await runtime.KernelStateAsync();
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var atOnce in new[] { 1, AtOnce })
            {
                foreach (var program in programs)
                {
                    var pods = await runtime.MakePodsAsync(PodsPerRound);
                    foreach (var command in new[] { "ADD", "DEL" })
                    {
                        var done = await runtime.RunAsync(command, program, pods, atOnce);
                        if (done.Failed > 0)
                            throw new InvalidOperationException($"{done.Failed} times {command} by {program} failed: {runtime.Output} has why");
                        if (round > 0) // the first warms caches
                            (all.TryGetValue((program, command, atOnce), out var earlier) ? earlier : all[(program, command, atOnce)] = []).Add(done);
                    }

                    await runtime.RemovePodsAsync(pods);
                    if (await runtime.KernelStateAsync() is var left && left != clean)
                        throw new InvalidOperationException($"{program} left something: before\n{clean}\nafter\n{left}");
                    await log.PoolUntilAsync(pool => pool.Free >= Addresses);
                }
            }
        }

        var outcome = new Outcome("aws-cni and the kernel's floor (floor.c)") { ["rounds of 100 pods, each"] = rounds };
        foreach (var (atOnce, command) in new[] { (1, "ADD"), (1, "DEL"), (AtOnce, "ADD"), (AtOnce, "DEL") })
        {
            var title = atOnce == 1 ? command : $"{command}, {atOnce} at once";
            var (floor, ours) = (all[(programs[0], command, atOnce)], all[(programs[1], command, atOnce)]);
            Compare(outcome, $"{title}: p50, ms", floor, ours, round => round.Median, (atOnce, command) == (1, "ADD") ? Bound.AtMost(7.5) : null);
            if (atOnce == 1)
                Compare(outcome, $"{title}: fastest, ms", floor, ours, round => round.Fastest, null);
            Compare(outcome, $"{title}: CPU, ms", floor, ours, round => round.Cpu, (atOnce, command) == (1, "ADD") ? Bound.AtMost(8.5) : null);
            if (atOnce > 1)
                Compare(outcome, $"{title}: pods/s", floor, ours, round => round.PerSecond, command == "ADD" ? Bound.AtLeast(0.20) : null);
        }

        return outcome;
    }

    private static void Compare(Outcome outcome, string title, List<Round> floor, List<Round> ours, Func<Round, double> figure, Bound? target)
    {
        var (least, took) = (Median(floor.Select(figure)), Median(ours.Select(figure)));
        outcome[$"{title}: floor"] = least;
        outcome[$"{title}: aws-cni"] = took;
        if (target is null)
            outcome[$"{title}: ratio"] = took / least;
        else
            outcome[$"{title}: ratio", target] = took / least;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var ordered && ordered.Count % 2 == 1
        ? ordered[ordered.Count / 2]
        : (ordered[ordered.Count / 2 - 1] + ordered[ordered.Count / 2]) / 2;
}
