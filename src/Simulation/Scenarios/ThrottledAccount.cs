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

    public static ScenarioTable Play(int seeds = 3) => ScenarioTable.PerSeed(
        $"{Nodes} nodes on one account, {PodsPerNode} pods on each at once (m5.large, default settings)",
        "Each node needs 2 more ENIs: 100 creates, 100 attaches, 100 modifies. Attach alone has 50 tokens and 5 more a second: 10 s at the very least.",
        seeds, PlayOne,
        ("half of the pods up", static played => $"{played.Half.TotalSeconds:F1} s"),
        ("a node's last pod up: first node", static played => $"{played.FirstNode.TotalSeconds:F1} s"),
        ("last node", static played => $"{played.Last.TotalSeconds:F1} s"),
        ("failed ADDs", static played => $"{played.Failed}"),
        ("mutating EC2 calls", static played => $"{played.Mutations}"),
        ("most of one node", static played => $"{played.MostOfANode}"),
        ("refused by the bucket", static played => $"{played.Refused}"));

    public static Rush PlayOne(int seed) => Cluster.Play(
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
            var (began, mutations, refused) = (cluster.World.Now, cluster.Mutations, Refused(cluster));
            cluster.Create("p", PodsPerNode);
            if (!await cluster.AllUpAsync(TimeSpan.FromMinutes(10)))
                cluster.Promises.Break("after 10 minutes not every pod is up");
            var nodes = cluster.Nodes.Select(static member => member.Kubelet.Pods.Select(static pod => pod.UpAt!.Value - pod.WantedAt).ToList()).ToList();
            var waits = nodes.SelectMany(static node => node).Order().ToList();
            return new Rush(
                waits[waits.Count / 2], nodes.Min(static node => node.Max()), waits[^1], cluster.FailedAdds, cluster.Mutations - mutations,
                cluster.Nodes.Max(member => member.Node.Mutations.Count(call => call.At >= began)), Refused(cluster) - refused);
        });

    // Of the calls that growth makes; nothing but the buckets refuses them here.
    private static int Refused(Cluster cluster) => (int)cluster.Region.Vpc.CallCounts
        .Where(static count => count.Action is "CreateNetworkInterface" or "AttachNetworkInterface" or "ModifyNetworkInterfaceAttribute")
        .Sum(static count => count.Faults);

    /// <summary>What came of it.</summary>
    /// <param name="Half">When half of the pods were up.</param>
    /// <param name="FirstNode">When all pods of the luckiest node were up.</param>
    /// <param name="Last">When all pods were up.</param>
    /// <param name="MostOfANode">Mutating calls of the node that needed most.</param>
    /// <param name="Refused">Calls that found the account's bucket empty.</param>
    public sealed record Rush(TimeSpan Half, TimeSpan FirstNode, TimeSpan Last, int Failed, int Mutations, int MostOfANode, int Refused);
}
