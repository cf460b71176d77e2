using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>Nodes of one kind in one subnet, every promise watched: what scenarios are played on.</summary>
public sealed class Cluster
{
    private Cluster(World world, VpcOptions options, IPNetwork subnet)
    {
        World = world;
        Trace = new Trace(world, keep: false);
        Region = new Region(world, options);
        Promises = new Promises(world, Trace, new Coverage());
        Subnet = Region.Vpc.AddSubnet(subnet, "us-west-2a");
    }

    public World World { get; }

    public Region Region { get; }

    public Trace Trace { get; }

    public Promises Promises { get; }

    public List<(Node Node, Kubelet Kubelet)> Nodes { get; } = [];

    /// <summary>EC2 calls of all nodes so far.</summary>
    public int Calls => Nodes.Sum(static member => member.Node.Calls.Values.Sum());

    /// <summary>Those of them that change something.</summary>
    public int Mutations => Nodes.Sum(static member => member.Node.Mutations.Count);

    /// <summary>ADDs that ended without an address.</summary>
    public int FailedAdds => Nodes.Sum(static member => member.Kubelet.FailedAdds);

    /// <summary>Pods that have an address.</summary>
    public int Up => Nodes.Sum(static member => member.Kubelet.Pods.Count(static pod => pod.Address is not null));

    private Ec2Model.Resources.Subnet Subnet { get; }

    /// <summary>Plays a scenario to its end.</summary>
    /// <exception cref="BrokenPromiseException">A promise was broken.</exception>
    public static T Play<T>(
        int seed, VpcOptions options, IPNetwork subnet, int nodes, Func<int, NodeSetup> setup, ICloudWeather weather, PluginHabits habits,
        Func<Cluster, Task<T>> scenario)
    {
        var world = new World(seed);
        T? result = default;
        world.Run(async _ =>
        {
            var cluster = new Cluster(world, options with { Seed = seed }, subnet);
            for (var i = 0; i < nodes; i++)
            {
                var node = new Node(world, cluster.Region, cluster.Subnet, setup(i), weather, cluster.Promises, cluster.Trace, new Coverage());
                cluster.Nodes.Add((node, new Kubelet(world, node, habits, cluster.Promises, cluster.Trace, new Coverage())));
            }

            await world.Main.SleepAsync(TimeSpan.FromSeconds(15));
            result = await scenario(cluster);
        });
        return result!;
    }

    /// <summary>Starts every daemon and waits until all pools are at rest.</summary>
    public async Task StartAsync(TimeSpan rest)
    {
        foreach (var (node, _) in Nodes)
            node.Start();
        await World.Main.SleepAsync(rest);
    }

    /// <summary>So many more pods on each node.</summary>
    /// <param name="name">Tells them from those of another call.</param>
    public void Create(string name, int podsPerNode)
    {
        foreach (var (node, kubelet) in Nodes)
        {
            for (var i = 0; i < podsPerNode; i++)
                kubelet.Create(new PodName("ns", $"{node.Setup.Name}-{name}{i}"));
        }
    }

    /// <summary>Most calls that change something in any minute since then, of all nodes together.</summary>
    public int MostMutationsInAMinute(TimeSpan since) => Nodes.SelectMany(static member => member.Node.Mutations).Where(call => call.At >= since)
        .GroupBy(static call => (int)call.At.TotalMinutes).Select(static minute => minute.Count()).DefaultIfEmpty().Max();

    /// <summary>Waits until every pod is up, or so long.</summary>
    public async Task<bool> AllUpAsync(TimeSpan atMost)
    {
        var until = World.Now + atMost;
        while (World.Now < until)
        {
            if (Nodes.All(static member => member.Kubelet.Pods.All(static pod => pod.IsDeleted || pod.Address is not null)))
                return true;
            await World.Main.SleepAsync(TimeSpan.FromSeconds(0.1));
        }

        return false;
    }

    /// <summary>How long the slowest pod that is up has waited for its network.</summary>
    public TimeSpan Slowest() => Nodes.SelectMany(static member => member.Kubelet.Pods)
        .Where(static pod => pod.UpAt is not null).Select(static pod => pod.UpAt!.Value - pod.WantedAt).DefaultIfEmpty().Max();
}
