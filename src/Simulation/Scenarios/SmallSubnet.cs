using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>
/// A subnet with 12 free addresses, 5 nodes and 20 pods that want one; no other subnet may be used. Nodes lose their pods in turn and
/// get new ones a little later, so that addresses are given back and fought for all the time.
/// </summary>
public static class SmallSubnet
{
    private const int Nodes = 5;
    private const int PodsPerNode = 4;
    private const int Rounds = 15;
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _untilTaken = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _empty = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan _full = TimeSpan.FromMinutes(2);

    public static ScenarioTable Play(int seeds = 5) => ScenarioTable.PerSeed(
        $"A subnet with 12 free addresses shared by {Nodes} nodes, WARM_IP_TARGET=1, {PodsPerNode} pods on each, no other subnet",
        $"Once all addresses are taken, {Rounds} times: a node loses its pods, has none for 4 minutes, and gets {PodsPerNode} new ones. Figures of these 90 minutes.",
        seeds, PlayOne,
        ("pods up at first", static played => $"{played.UpAtFirst} of {Nodes * PodsPerNode}"),
        ("pods that got an address given back elsewhere", static played => $"{played.Moved}"),
        ("longest that an address was free while a pod waited", static played => $"{played.LongestFree.TotalSeconds:F0} s"),
        ("longest that a node with pods had none up", static played => $"{played.LongestWithout.TotalSeconds:F0} s"),
        ("pods served, worst and best node", static played => $"{played.Worst:P0}, {played.Best:P0}"),
        ("EC2 calls per node and hour", static played => $"{played.CallsPerNodeAndHour:F0}"),
        ("most mutating calls in a minute (all nodes)", static played => $"{played.MostInAMinute}"));

    // A /27 has 27 usable addresses: 5 primary ones and 10 that others have leave 12.
    public static Fight PlayOne(int seed) => Cluster.Play(
        seed, VpcOptions.Realistic, IPNetwork.Parse("10.0.0.0/27"), Nodes,
        i => new NodeSetup($"node{i + 1}", "t3.medium", new InstanceLimits([3], 6, 17), new WarmTargets(WarmIp: 1)),
        new ClearSky(), new PluginHabits(),
        async cluster =>
        {
            var subnet = cluster.Region.Vpc.Subnets[0].Id;
            cluster.Region.Call(
                new CreateNetworkInterfaceRequest { SubnetId = subnet, SecondaryPrivateIpAddressCount = 9, Description = "others'" }, null);
            if (Free(cluster) != 12)
                throw new InvalidOperationException($"{Free(cluster)} addresses are free, not 12");
            await cluster.StartAsync(TimeSpan.FromSeconds(30));
            cluster.Create("p", PodsPerNode);
            await cluster.World.Main.SleepAsync(_untilTaken);
            var (upAtFirst, began, calls) = (cluster.Up, cluster.World.Now, cluster.Calls);
            var moved = 0;
            foreach (var (_, kubelet) in cluster.Nodes)
                kubelet.PodUp += pod => moved += pod.UpAt!.Value - pod.WantedAt > _tick ? 1 : 0;
            var watch = new Watch(cluster);
            for (var round = 0; round < Rounds; round++)
            {
                var (node, kubelet) = cluster.Nodes[round % Nodes];
                foreach (var pod in kubelet.Pods.ToList())
                    kubelet.Delete(pod);
                await watch.ForAsync(_empty);
                for (var i = 0; i < PodsPerNode; i++)
                    kubelet.Create(new PodName("ns", $"{node.Setup.Name}-r{round}-{i}"));
                await watch.ForAsync(_full);
            }

            return new Fight(
                upAtFirst, moved, watch.LongestFree, watch.LongestWithout, watch.Shares.Min(), watch.Shares.Max(),
                (cluster.Calls - calls) / (double)Nodes / (cluster.World.Now - began).TotalHours, cluster.MostMutationsInAMinute(began));
        });

    private static int Free(Cluster cluster) => cluster.Region.Vpc.Subnets[0].AvailableAddressCount;

    /// <summary>What came of it.</summary>
    /// <param name="Moved">Pods that had to wait and got an address that another node had given back.</param>
    /// <param name="LongestFree">EC2 had an address to give all that time, and a pod wanted one.</param>
    /// <param name="LongestWithout">A node had pods all that time, and none of them was up.</param>
    /// <param name="Worst">Share of the time in which pods wanted an address and had one, on the node that fared worst; 0 to 1.</param>
    /// <param name="Best">The same on the node that fared best.</param>
    public sealed record Fight(
        int UpAtFirst, int Moved, TimeSpan LongestFree, TimeSpan LongestWithout, double Worst, double Best, double CallsPerNodeAndHour, int MostInAMinute);

    /// <summary>Looks every second.</summary>
    private sealed class Watch(Cluster cluster)
    {
        private readonly (TimeSpan Wanted, TimeSpan Had, TimeSpan Without)[] _nodes = new (TimeSpan, TimeSpan, TimeSpan)[Nodes];
        private TimeSpan _free;

        public TimeSpan LongestFree { get; private set; }

        public TimeSpan LongestWithout { get; private set; }

        public IEnumerable<double> Shares => _nodes.Select(static node => node.Had / node.Wanted);

        public async Task ForAsync(TimeSpan time)
        {
            for (var until = cluster.World.Now + time; cluster.World.Now < until;)
            {
                await cluster.World.Main.SleepAsync(_tick);
                Look();
            }
        }

        private void Look()
        {
            var waiting = 0;
            for (var i = 0; i < Nodes; i++)
            {
                var pods = cluster.Nodes[i].Kubelet.Pods.Where(static pod => !pod.IsDeleted).ToList();
                var up = pods.Count(static pod => pod.Address is not null);
                waiting += pods.Count - up;
                var (wanted, had, without) = _nodes[i];
                _nodes[i] = (wanted + (_tick * pods.Count), had + (_tick * up), pods.Count > 0 && up == 0 ? without + _tick : TimeSpan.Zero);
            }

            _free = waiting > 0 && Free(cluster) > 0 ? _free + _tick : TimeSpan.Zero;
            LongestFree = TimeSpan.FromTicks(Math.Max(LongestFree.Ticks, _free.Ticks));
            LongestWithout = TimeSpan.FromTicks(Math.Max(LongestWithout.Ticks, _nodes.Max(static node => node.Without.Ticks)));
        }
    }
}
