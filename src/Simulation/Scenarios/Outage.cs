using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>
/// EC2 is away for 10 minutes, for 20 nodes at once; ipamd is killed in the middle of it. Pods for which addresses are warm must
/// start all the same, and its return must be no stampede.
/// </summary>
public static class Outage
{
    private const int Nodes = 20;
    private const int WarmPods = 3;
    private const int ColdPods = 8;
    private static readonly TimeSpan _lasts = TimeSpan.FromMinutes(10);

    public static ScenarioTable Play(int seeds = 3) => ScenarioTable.PerSeed(
        $"EC2 away for 10 minutes, {Nodes} nodes, ipamd killed on each in the middle (m5.large, WARM_IP_TARGET=8)",
        $"{WarmPods} pods per node as the outage begins, {WarmPods} more after the restart, and then {ColdPods} more, which need EC2 and wait for it.",
        seeds, PlayOne,
        ("pods up at once", static played => $"{played.Warm} of {Nodes * WarmPods}"),
        ("pods up after the restart", static played => $"{played.AfterRestart} of {Nodes * WarmPods}"),
        ("slowest of them", static played => $"{played.SlowestWarm.TotalSeconds:F2} s"),
        ("EC2 attempts per node and minute", static played => $"{played.CallsPerMinute:F1}"),
        ("calls in the first second after (all nodes)", static played => $"{played.FirstSecond}"),
        ("in the busiest second of the first minute", static played => $"{played.BusiestSecond}"),
        ("in the first minute", static played => $"{played.FirstMinute}"),
        ("all up after EC2's return", static played => $"{played.Recovered.TotalSeconds:F1} s"));

    public static Recovery PlayOne(int seed)
    {
        var sky = new Sky(new Random(seed));
        return Cluster.Play(
            seed, VpcOptions.Realistic, IPNetwork.Parse("10.0.0.0/20"), Nodes,
            i => new NodeSetup($"node{i + 1}", "m5.large", new InstanceLimits([3], 10, 29), new WarmTargets(WarmIp: 8)),
            sky, new PluginHabits(), cluster => PlayAsync(cluster, sky));
    }

    private static async Task<Recovery> PlayAsync(Cluster cluster, Sky sky)
    {
        var main = cluster.World.Main;
        await cluster.StartAsync(TimeSpan.FromMinutes(2));
        var (began, calls) = (cluster.World.Now, cluster.Calls);
        sky.Away = true;
        cluster.Create("a", WarmPods);
        await main.SleepAsync(TimeSpan.FromMinutes(4));
        var warm = cluster.Up;
        foreach (var (node, _) in cluster.Nodes)
            node.Crash("in an outage");
        await main.SleepAsync(TimeSpan.FromSeconds(60));
        cluster.Create("b", WarmPods);
        await main.SleepAsync(TimeSpan.FromSeconds(60));
        var afterRestart = cluster.Up - warm;
        var slowest = cluster.Slowest();
        cluster.Create("c", ColdPods);
        await main.SleepAsync(_lasts - (cluster.World.Now - began));
        var perMinute = (cluster.Calls - calls) / (double)Nodes / _lasts.TotalMinutes;
        sky.Away = false;
        var back = cluster.World.Now;
        var seconds = await PerSecondAsync(cluster, 60);
        if (!await cluster.AllUpAsync(TimeSpan.FromMinutes(10)))
            cluster.Promises.Break("10 minutes after EC2's return not every pod is up");
        var recovered = cluster.Nodes.SelectMany(static member => member.Kubelet.Pods).Max(static pod => pod.UpAt!.Value) - back;
        return new Recovery(warm, afterRestart, slowest, perMinute, seconds[0], seconds.Max(), seconds.Sum(), recovered);
    }

    private static async Task<List<int>> PerSecondAsync(Cluster cluster, int seconds)
    {
        var counts = new List<int>();
        for (var calls = cluster.Calls; counts.Count < seconds; calls = cluster.Calls)
        {
            await cluster.World.Main.SleepAsync(TimeSpan.FromSeconds(1));
            counts.Add(cluster.Calls - calls);
        }

        return counts;
    }

    /// <summary>What came of it.</summary>
    /// <param name="Warm">Pods that found a warm address before the restart.</param>
    /// <param name="AfterRestart">Those that found one after it.</param>
    /// <param name="SlowestWarm">Of both.</param>
    /// <param name="CallsPerMinute">EC2 attempts per node during the outage.</param>
    /// <param name="FirstSecond">Calls of all nodes in the second after EC2's return.</param>
    /// <param name="BusiestSecond">Likewise, in the busiest one of the first minute.</param>
    /// <param name="FirstMinute">Likewise, in all of it.</param>
    /// <param name="Recovered">From EC2's return until every pod was up.</param>
    public sealed record Recovery(
        int Warm, int AfterRestart, TimeSpan SlowestWarm, double CallsPerMinute, int FirstSecond, int BusiestSecond, int FirstMinute, TimeSpan Recovered);

    private sealed class Sky(Random chance) : ICloudWeather
    {
        public bool Away { get; set; }

        public CallFault? OnCall(string action) => !Away ? null
            : chance.Next(2) == 0 ? new CallFault.LoseRequest(Hangs: true)
            : new CallFault.Refuse("Unavailable", "EC2 is away");

        public string? ImdsGap() => null;
    }
}
