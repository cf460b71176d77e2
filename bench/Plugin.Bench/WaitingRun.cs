using System.Globalization;
using System.Text.RegularExpressions;
using AwsVpcCni.Bench.Shared;

namespace AwsVpcCni.Plugin.Bench;

/// <summary>110 ADDs at once on a node without a free address, whose EC2 takes its time: what the processes cost meanwhile, and how they end.</summary>
internal static partial class WaitingRun
{
    private const int Pods = 110;

    /// <param name="delay">How much later EC2 answers; beyond the bound of a waiting ADD nothing comes in time.</param>
    /// <param name="bound">Of a waiting ADD, in seconds.</param>
    internal static async Task<Outcome> RunAsync(
        string bin, string folder, string configuration, string title, string delay, int bound, CancellationToken interrupted)
    {
        await using var lab = await NodeLab.UpAsync(bin, "instant", seed: 1, interrupted);
        var log = await lab.StartDaemonAsync(
            Path.Combine(folder, "plugin-waiting.log"), "WARM_IP_TARGET=1", "MINIMUM_IP_TARGET=1", $"IPAMD_ADD_WAIT_SECONDS={bound}");
        await log.PoolUntilAsync(pool => pool.Free == 1);
        foreach (var action in new[] { "AssignPrivateIpAddresses", "CreateNetworkInterface" })
            await lab.DelayAsync(action, delay);
        var runtime = new Runtime(lab, folder);
        await runtime.ConfigureAsync(configuration.Replace("{", $"{{\"addTimeoutSeconds\":{bound},", StringComparison.Ordinal));
        File.Delete(runtime.Output);

        var plugin = Path.Combine(bin, "aws-cni");
        await runtime.RunAsync("ADD", plugin, await runtime.MakePodsAsync(1), atOnce: 1); // has the one address that there was
        var pods = await runtime.MakePodsAsync(Pods);
        var adds = runtime.RunAsync("ADD", plugin, pods, atOnce: Pods);
        await log.PoolUntilAsync(pool => pool.Waiting == Pods);
        var sizes = ProportionalSizes(plugin);
        var ended = await adds;

        var outcome = new Outcome(title)
        {
            ["ADDs that wait at the same time"] = Pods,
            ["processes measured"] = sizes.Count,
            ["PSS of one, median, kB"] = sizes.Order().ElementAt(sizes.Count / 2),
            ["PSS of all, kB"] = sizes.Sum(),
            ["failed"] = ended.Failed,
            ["  with code 11"] = Code11().Count(await File.ReadAllTextAsync(runtime.Output, interrupted)),
            ["the slowest took, s"] = ended.Slowest,
            ["from the first one's end to the last one's, s"] = ended.Ends,
        };
        await runtime.RunAsync("DEL", plugin, pods, atOnce: 8);
        return outcome;
    }

    /// <summary>PSS of every process of this program, in kB: proc(5), smaps_rollup.</summary>
    private static List<long> ProportionalSizes(string program) =>
        [.. from process in Directory.EnumerateDirectories("/proc")
            where uint.TryParse(Path.GetFileName(process), out _) && Read($"{process}/cmdline") == $"{program}\0"
            from line in Read($"{process}/smaps_rollup").Split('\n')
            where line.StartsWith("Pss:", StringComparison.Ordinal)
            select long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)];

    /// <summary>Empty where the process has ended meanwhile.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    [GeneratedRegex("\"code\": *11\\b")]
    private static partial Regex Code11();
}
