using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Time;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>
/// 200 pods at once on a fresh m5.24xlarge (15 ENIs of 49), with the latencies for which the original's figures were computed:
/// create, attach and modify 1.8 s together, an ENI usable 3.5 s after its create call, assign 0.5 s, describe 0.15 s.
/// </summary>
public static class BurstOf200
{
    private const int Pods = 200;

    private static readonly VpcOptions _options = VpcOptions.Realistic with
    {
        Latencies = new VpcLatencies
        {
            Actions = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal,
            [
                new KeyValuePair<string, DurationRange>("CreateNetworkInterface", DurationRange.Milliseconds(1000, 1000)),
                new("AttachNetworkInterface", DurationRange.Milliseconds(500, 500)),
                new("ModifyNetworkInterfaceAttribute", DurationRange.Milliseconds(300, 300)),
                new("AssignPrivateIpAddresses", DurationRange.Milliseconds(500, 500)),
                new("UnassignPrivateIpAddresses", DurationRange.Milliseconds(500, 500)),
            ]),
            OtherActions = DurationRange.Milliseconds(150, 150),
            Attach = DurationRange.Milliseconds(800, 1600),
            Link = DurationRange.Milliseconds(700, 900),
        },
        Imds = ImdsOptions.Realistic,
    };

    /// <summary>The original's figures are means of 40 seeds, and so are these.</summary>
    public static ScenarioTable Play(int seeds = 40)
    {
        (string Name, WarmTargets Targets, string Original)[] settings =
        [
            ("default", new WarmTargets(), "43 s, 220 failed"),
            ("ENABLE_PREFIX_DELEGATION WARM_PREFIX_TARGET=1", new WarmTargets { Prefixes = true, WarmPrefix = 1 }, "77 s, 560 failed"),
            ("WARM_IP_TARGET=5", new WarmTargets(WarmIp: 5), "246 s, 1800 failed"),
            ("WARM_IP_TARGET=5 MINIMUM_IP_TARGET=200", new WarmTargets(WarmIp: 5, MinimumIp: 200), "43 s, 220 failed"),
        ];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var (name, targets, original) in settings)
        {
            var played = Enumerable.Range(1, seeds).Select(seed => Play(seed, targets)).ToList();
            rows.Add(
            [
                name, original,
                string.Create(CultureInfo.InvariantCulture, $"{played.Average(static p => p.First.TotalSeconds):F2} s"),
                string.Create(CultureInfo.InvariantCulture, $"{played.Average(static p => p.Last.TotalSeconds):F2} s"),
                string.Create(CultureInfo.InvariantCulture, $"{played.Average(static p => p.Failed):F1}"),
                string.Create(CultureInfo.InvariantCulture, $"{played.Average(static p => p.Mutations):F1}"),
                string.Create(CultureInfo.InvariantCulture, $"{played.Average(static p => p.Calls):F1}"),
            ]);
        }

        return new ScenarioTable(
            "200 pods at once on a fresh m5.24xlarge",
            $"Mean of {seeds} seeds; the pool is at its target when the pods come. The original's figures: a computation from its code with the same latencies.",
            ["setting", "original: last pod, ADDs", "first pod", "last pod", "failed ADDs", "mutating EC2 calls", "EC2 calls"],
            rows);
    }

    private static (TimeSpan First, TimeSpan Last, int Failed, int Mutations, int Calls) Play(int seed, WarmTargets targets) =>
        Cluster.Play(
            seed, _options, IPNetwork.Parse("10.0.0.0/16"), 1,
            _ => new NodeSetup("node", "m5.24xlarge", new InstanceLimits([15], 50, 737), targets), new ClearSky(), new PluginHabits(),
            async cluster =>
            {
                // MINIMUM_IP_TARGET=200 fills the node before any pod comes; the original counts from its start, when it has one ENI.
                await cluster.StartAsync(TimeSpan.FromSeconds(targets.MinimumIp is null ? 120 : 0.45));
                var (mutations, calls) = (cluster.Mutations, cluster.Calls);
                var kubelet = cluster.Nodes[0].Kubelet;
                for (var i = 0; i < Pods; i++)
                    kubelet.Create(new PodName("ns", $"p{i}"));
                if (!await cluster.AllUpAsync(TimeSpan.FromMinutes(10)))
                    cluster.Promises.Break("after 10 minutes not every pod is up");
                var waits = kubelet.Pods.Select(static pod => pod.UpAt!.Value - pod.WantedAt).ToList();
                return (waits.Min(), waits.Max(), cluster.FailedAdds, cluster.Mutations - mutations, cluster.Calls - calls);
            });
}
