using System.Globalization;
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
    private static readonly TimeSpan _lasts = TimeSpan.FromMinutes(10);

    public static ScenarioTable Play(int seeds = 3)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var seed in Enumerable.Range(1, seeds))
        {
            var played = PlayOne(seed);
            rows.Add(
            [
                $"{seed}", $"{played.Warm} of {Nodes * 3}", $"{played.AfterRestart} of {Nodes * 3}",
                string.Create(CultureInfo.InvariantCulture, $"{played.SlowestWarm.TotalSeconds:F2} s"),
                string.Create(CultureInfo.InvariantCulture, $"{played.CallsPerMinute:F1}"),
                $"{played.FirstSecond}",
                string.Create(CultureInfo.InvariantCulture, $"{played.Recovered.TotalSeconds:F1} s"),
            ]);
        }

        return new ScenarioTable(
            "EC2 away for 10 minutes, 20 nodes, ipamd killed on each in the middle (m5.large, WARM_IP_TARGET=8)",
            "3 pods per node as the outage begins, 3 more after the restart, and then 8 more, which need EC2 and wait for it.",
            ["seed", "pods up at once", "pods up after the restart", "slowest of them", "EC2 attempts per node and minute", "calls in the first second after (all nodes)", "all up after EC2's return"],
            rows);
    }

    private static Played PlayOne(int seed)
    {
        var sky = new Sky(new Random(seed));
        return Cluster.Play(
            seed, VpcOptions.Realistic, IPNetwork.Parse("10.0.0.0/20"), Nodes,
            i => new NodeSetup($"node{i + 1}", "m5.large", new InstanceLimits([3], 10, 29), new WarmTargets(WarmIp: 8)),
            sky, new PluginHabits(),
            async cluster =>
            {
                var main = cluster.World.Main;
                await cluster.StartAsync(TimeSpan.FromMinutes(2));
                var (began, calls) = (cluster.World.Now, cluster.Calls);
                sky.Away = true;
                Create(cluster, "a", 3);
                await main.SleepAsync(TimeSpan.FromMinutes(4));
                var warm = Up(cluster);
                foreach (var (node, _) in cluster.Nodes)
                    node.Crash("in an outage");
                await main.SleepAsync(TimeSpan.FromSeconds(60));
                Create(cluster, "b", 3);
                await main.SleepAsync(TimeSpan.FromSeconds(60));
                var afterRestart = Up(cluster) - warm;
                var slowest = cluster.Slowest();
                Create(cluster, "c", 8);
                await main.SleepAsync(_lasts - (cluster.World.Now - began));
                var perMinute = (cluster.Calls - calls) / (double)Nodes / _lasts.TotalMinutes;
                sky.Away = false;
                calls = cluster.Calls;
                var back = cluster.World.Now;
                await main.SleepAsync(TimeSpan.FromSeconds(1));
                var firstSecond = cluster.Calls - calls;
                if (!await cluster.AllUpAsync(TimeSpan.FromMinutes(10)))
                    cluster.Promises.Break("10 minutes after EC2's return not every pod is up");
                return new Played(warm, afterRestart, slowest, perMinute, firstSecond, cluster.World.Now - back);
            });
    }

    private static void Create(Cluster cluster, string name, int pods)
    {
        foreach (var (node, kubelet) in cluster.Nodes)
        {
            for (var i = 0; i < pods; i++)
                kubelet.Create(new PodName("ns", $"{node.Setup.Name}-{name}{i}"));
        }
    }

    private static int Up(Cluster cluster) => cluster.Nodes.Sum(static member => member.Kubelet.Pods.Count(static pod => pod.Address is not null));

    private sealed record Played(int Warm, int AfterRestart, TimeSpan SlowestWarm, double CallsPerMinute, int FirstSecond, TimeSpan Recovered);

    private sealed class Sky(Random chance) : ICloudWeather
    {
        public bool Away { get; set; }

        public CallFault? OnCall(string action) => !Away ? null
            : chance.Next(2) == 0 ? new CallFault.LoseRequest(Hangs: true)
            : new CallFault.Refuse("Unavailable", "EC2 is away");

        public string? ImdsGap() => null;
    }
}
