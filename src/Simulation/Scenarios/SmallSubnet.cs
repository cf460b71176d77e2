using System.Globalization;
using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>A subnet with 12 free addresses shared by 5 nodes: some pods cannot be, the others must, and nobody hammers EC2.</summary>
public static class SmallSubnet
{
    private const int Nodes = 5;
    private static readonly TimeSpan _duration = TimeSpan.FromMinutes(30);

    public static ScenarioTable Play(int seeds = 5)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var seed in Enumerable.Range(1, seeds))
        {
            var (up, freed, moved, perNodeAndHour, most) = PlayOne(seed);
            rows.Add(
            [
                $"{seed}", $"{up} of 20", $"{moved} of {freed}",
                string.Create(CultureInfo.InvariantCulture, $"{perNodeAndHour:F0}"),
                $"{most}",
            ]);
        }

        return new ScenarioTable(
            "A subnet with 12 free addresses shared by 5 nodes, WARM_IP_TARGET=1, 4 pods on each",
            "For 30 minutes; then node 1 loses its pods, and its addresses must reach pods that wait elsewhere. Calls: while it was exhausted.",
            ["seed", "pods up", "addresses that moved on", "EC2 calls per node and hour", "most mutating calls in a minute (all nodes)"],
            rows);
    }

    // /27 has 27 usable addresses: 5 primary ones and 10 that others have leave 12.
    private static (int Up, int Freed, int Moved, double Calls, int Most) PlayOne(int seed) => Cluster.Play(
        seed, VpcOptions.Realistic, IPNetwork.Parse("10.0.0.0/27"), Nodes,
        i => new NodeSetup($"node{i + 1}", "t3.medium", new InstanceLimits([3], 6, 17), new WarmTargets(WarmIp: 1)),
        new ClearSky(), new PluginHabits(),
        async cluster =>
        {
            var subnet = cluster.Region.Vpc.Subnets[0].Id;
            cluster.Region.Call(
                new Ec2Model.Calls.CreateNetworkInterfaceRequest { SubnetId = subnet, SecondaryPrivateIpAddressCount = 9, Description = "others'" }, null);
            if (cluster.Region.Vpc.Subnets[0].AvailableAddressCount != 12)
                throw new InvalidOperationException($"{cluster.Region.Vpc.Subnets[0].AvailableAddressCount} addresses are free, not 12");
            await cluster.StartAsync(TimeSpan.FromSeconds(30));
            foreach (var (node, kubelet) in cluster.Nodes)
            {
                for (var i = 0; i < 4; i++)
                    kubelet.Create(new PodName("ns", $"{node.Setup.Name}-p{i}"));
            }

            await cluster.World.Main.SleepAsync(TimeSpan.FromMinutes(5));
            var (calls, began) = (cluster.Calls, cluster.World.Now);
            await cluster.World.Main.SleepAsync(_duration);
            var up = Up(cluster);
            var perHour = (cluster.Calls - calls) / (double)Nodes / _duration.TotalHours;
            var most = cluster.Nodes.SelectMany(static member => member.Node.Mutations).Where(call => call.At >= began)
                .GroupBy(static call => (int)call.At.TotalMinutes).Select(static minute => minute.Count()).DefaultIfEmpty().Max();
            var first = cluster.Nodes[0].Kubelet;
            var before = up - first.Pods.Count(static pod => pod.Address is not null);
            foreach (var pod in first.Pods.ToList())
                first.Delete(pod);
            await cluster.World.Main.SleepAsync(TimeSpan.FromMinutes(10));
            return (up, up - before, Up(cluster) - before, perHour, most);
        });

    private static int Up(Cluster cluster) => cluster.Nodes.Sum(static member => member.Kubelet.Pods.Count(static pod => pod.Address is not null));
}
