using System.Globalization;
using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>50 nodes of one account get 20 pods each in the same second: every one needs ENIs, and EC2's token buckets are shared.</summary>
public static class ThrottledAccount
{
    private const int Nodes = 50;
    private const int PodsPerNode = 20;

    public static ScenarioTable Play(int seeds = 3)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var seed in Enumerable.Range(1, seeds))
        {
            var played = PlayOne(seed);
            rows.Add(
            [
                $"{seed}",
                string.Create(CultureInfo.InvariantCulture, $"{played.Half.TotalSeconds:F1} s"),
                string.Create(CultureInfo.InvariantCulture, $"{played.Last.TotalSeconds:F1} s"),
                $"{played.Failed}", $"{played.Mutations}", $"{played.Refused}",
            ]);
        }

        return new ScenarioTable(
            "50 nodes on one account, 20 pods on each at once (m5.large, default settings)",
            "Each node needs 2 more ENIs: 100 creates, 100 attaches, 100 modifies. Attach alone has 50 tokens and 5 more a second: 10 s at the very least.",
            ["seed", "half of the pods up", "last pod up", "failed ADDs", "mutating EC2 calls", "refused by the bucket"],
            rows);
    }

    private static (TimeSpan Half, TimeSpan Last, int Failed, int Mutations, int Refused) PlayOne(int seed) => Cluster.Play(
        seed, VpcOptions.Realistic, IPNetwork.Parse("10.0.0.0/18"), Nodes,
        i => new NodeSetup($"node{i + 1}", "m5.large", new InstanceLimits([3], 10, 29), new WarmTargets()),
        new ClearSky(), new PluginHabits(),
        async cluster =>
        {
            // One at a time, as nodes come: the buckets are full again when the pods do.
            foreach (var (node, _) in cluster.Nodes)
            {
                node.Start();
                await cluster.World.Main.SleepAsync(TimeSpan.FromSeconds(2));
            }

            await cluster.World.Main.SleepAsync(TimeSpan.FromMinutes(2));
            var (mutations, refused) = (cluster.Mutations, Refused(cluster));
            foreach (var (node, kubelet) in cluster.Nodes)
            {
                for (var i = 0; i < PodsPerNode; i++)
                    kubelet.Create(new PodName("ns", $"{node.Setup.Name}-p{i}"));
            }

            if (!await cluster.AllUpAsync(TimeSpan.FromMinutes(10)))
                cluster.Promises.Break("after 10 minutes not every pod is up");
            var waits = cluster.Nodes.SelectMany(static member => member.Kubelet.Pods)
                .Select(static pod => pod.UpAt!.Value - pod.WantedAt).Order().ToList();
            return (waits[waits.Count / 2], waits[^1], cluster.FailedAdds, cluster.Mutations - mutations, Refused(cluster) - refused);
        });

    // Of the calls that growth makes; nothing but the buckets refuses them here.
    private static int Refused(Cluster cluster) => (int)cluster.Region.Vpc.CallCounts
        .Where(static count => count.Action is "CreateNetworkInterface" or "AttachNetworkInterface" or "ModifyNetworkInterfaceAttribute")
        .Sum(static count => count.Faults);
}
