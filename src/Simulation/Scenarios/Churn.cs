using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>
/// 1,000 pods, 2 starts/s, mean life 60 s, on an m4.4xlarge with WARM_IP_TARGET=5 and MINIMUM_IP_TARGET=30: the setting of which the
/// original's documentation says that it costs a call per pod.
/// </summary>
public static class Churn
{
    private const int Pods = 1000;

    public static ScenarioTable Play(int seeds = 5) => ScenarioTable.PerSeed(
        "Churn: 2 starts/s (Poisson), mean life 60 s, WARM_IP_TARGET=5, MINIMUM_IP_TARGET=30, m4.4xlarge",
        "From the first pod to the end of the last one. The published rule for address targets is one call per pod.",
        seeds, PlayOne,
        ("pods", static _ => $"{Pods}"),
        ("EC2 calls", static played => $"{played.Calls}"),
        ("mutating", static played => $"{played.Mutations}"),
        ("calls per pod", static played => $"{played.Calls / (double)Pods:F3}"),
        ("failed ADDs", static played => $"{played.Failed}"),
        ("slowest pod", static played => $"{played.Slowest.TotalSeconds:F2} s"));

    private static (int Calls, int Mutations, int Failed, TimeSpan Slowest) PlayOne(int seed) => Cluster.Play(
        seed, VpcOptions.Realistic, IPNetwork.Parse("10.0.0.0/20"), 1,
        _ => new NodeSetup("node", "m4.4xlarge", new InstanceLimits([8], 30, 234), new WarmTargets(WarmIp: 5, MinimumIp: 30)),
        new ClearSky(), new PluginHabits(),
        async cluster =>
        {
            await cluster.StartAsync(TimeSpan.FromMinutes(2));
            var (calls, mutations) = (cluster.Calls, cluster.Mutations);
            var chance = cluster.World.NewRandom("churn");
            var kubelet = cluster.Nodes[0].Kubelet;
            var slowest = TimeSpan.Zero;
            kubelet.PodUp += pod => slowest = pod.UpAt!.Value - pod.WantedAt > slowest ? pod.UpAt.Value - pod.WantedAt : slowest;
            for (var i = 0; i < Pods; i++)
            {
                var pod = kubelet.Create(new PodName("ns", $"p{i}"));
                cluster.World.After(TimeSpan.FromSeconds(-60 * Math.Log(1 - chance.NextDouble())), () => kubelet.Delete(pod));
                await cluster.World.Main.SleepAsync(TimeSpan.FromSeconds(-0.5 * Math.Log(1 - chance.NextDouble())));
            }

            while (kubelet.Pods.Count > 0)
                await cluster.World.Main.SleepAsync(TimeSpan.FromSeconds(1));
            return (cluster.Calls - calls, cluster.Mutations - mutations, cluster.FailedAdds, slowest);
        });
}
