using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>The lab's nodes: an instance in EC2 and its namespaces on the machine.</summary>
internal sealed class LabNodes(LabPaths lab) : IDisposable
{
    private readonly List<Instance> _instances = [];
    private LabNode?[] _nodes = [];
    private readonly List<ModelNodeState> _models = [];

    /// <summary>Those with namespaces.</summary>
    internal IReadOnlyList<LabNode> All { get; private set; } = [];

    /// <summary>Those that EC2 only knows.</summary>
    internal IReadOnlyList<ModelNodeState> Models => _models;

    /// <summary>Names by instance id.</summary>
    internal IReadOnlyDictionary<string, string> Names() =>
        All.Select(n => (n.InstanceId, n.Space.Name)).Concat(_models.Select(n => (n.InstanceId, n.Name))).ToDictionary();

    /// <summary>Instance ids by name.</summary>
    internal IReadOnlyDictionary<string, string> InstanceIds => Names().ToDictionary(name => name.Value, name => name.Key);

    /// <summary>The instances of the nodes that are to have namespaces.</summary>
    internal void Launch(Vpc vpc, LabOptions options)
    {
        for (var number = 1; number <= options.Nodes; number++)
            _instances.Add(Launch(vpc, options, LabPaths.NodeName(number), number));
    }

    /// <summary>Makes their namespaces, boots them and listens in them, several at once.</summary>
    internal async Task MakeSpacesAsync(Listeners listeners, CancellationToken cancellation)
    {
        _nodes = new LabNode?[_instances.Count];
        var several = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount) };
        await Parallel.ForAsync(0, _instances.Count, several, (i, _) =>
        {
            var instance = _instances[i];
            var space = NodeSpace.Create(lab, LabPaths.NodeName(i + 1));
            _nodes[i] = new LabNode(space, instance.Id, instance.Type.Name, instance.SubnetId, instance.AvailabilityZone, instance.PrivateAddress.ToString());
            NodeNetwork.Boot(space.Network);
            listeners.AddNode(instance.Id, space.Network);
            return ValueTask.CompletedTask;
        });
        All = [.. _nodes.OfType<LabNode>()];
    }

    /// <summary>An instance without namespaces.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="listeners">Give it its endpoint.</param>
    internal void AddModel(Vpc vpc, LabOptions options, int number, Listeners listeners)
    {
        var name = LabPaths.ModelNodeName(number);
        var instance = Launch(vpc, options, name, options.Nodes + number);
        var endpoint = $"http://{listeners.AddModelNode(instance.Id)}";
        _models.Add(new ModelNodeState(name, endpoint, instance.Id, options.InstanceType, instance.SubnetId, instance.AvailabilityZone, instance.PrivateAddress.ToString()));
    }

    /// <summary>
    /// A node is up when its instance runs and, with namespaces, its primary ENI's link is there. EC2 boots it for that long
    /// (<see cref="VpcLatencies.Boot"/>); until then an attach to it is an IncorrectInstanceState. EC2 serves meanwhile, so that somebody may
    /// launch other instances, which nobody waits for, or stop or terminate a node: it is as it is then, and comes up no more.
    /// </summary>
    /// <param name="progress">Told what is waited for, if it takes time.</param>
    internal async Task WaitUntilUpAsync(VpcLoop loop, VpcFabric fabric, IStartProgress progress, CancellationToken cancellation)
    {
        var told = false;
        while (true)
        {
            var (version, coming, gone, boot, errors) = await loop.AskAsync(
                (vpc, _) => (loop.Version, Coming(vpc, fabric), Gone(vpc), vpc.Options.Latencies.Boot, string.Join("; ", loop.Errors)), mayChange: false);
            if (errors.Length > 0)
                throw new LabException($"The nodes' links could not be made: {errors}");
            if (coming.Count == 0)
            {
                foreach (var (name, state) in gone)
                    progress.Step($"{name} is {Ec2Words.Of(state)}, by a call that came while nodes booted");
                return;
            }

            if (!told && boot.Max > TimeSpan.Zero)
                progress.Step($"{Listed(coming)} boot{(coming.Count == 1 ? "s" : "")} ({boot})");
            told = true;
            await loop.WaitForChangeAsync(version, cancellation);
        }
    }

    internal IReadOnlyList<LabNodeState> States() =>
        [.. All.Select(n => new LabNodeState(n.Space.Name, lab.NodeNetwork(n.Space.Name), n.InstanceId, n.InstanceType, n.SubnetId, n.AvailabilityZone, n.PrivateAddress))];

    private List<string> Coming(Vpc vpc, VpcFabric fabric)
    {
        var names = Names();
        return
        [
            .. vpc.Instances
                .Where(instance => names.ContainsKey(instance.Id) && (instance.State == InstanceState.Pending
                    || (instance.State == InstanceState.Running && fabric.HasNode(instance.Id) && fabric.LinkName(instance.PrimaryInterfaceId) is null)))
                .Select(instance => names[instance.Id]),
        ];
    }

    /// <summary>Nodes that have come up and been stopped since, or never will.</summary>
    private List<(string Name, InstanceState State)> Gone(Vpc vpc)
    {
        var names = Names();
        return
        [
            .. vpc.Instances
                .Where(instance => names.ContainsKey(instance.Id) && instance.State is not (InstanceState.Pending or InstanceState.Running))
                .Select(instance => (names[instance.Id], instance.State)),
        ];
    }

    private static string Listed(List<string> names) => names switch
    {
        [var one] => one,
        { Count: <= 4 } => $"{string.Join(", ", names[..^1])} and {names[^1]}",
        _ => $"{names.Count} nodes",
    };

    /// <summary>In the VPC's primary block, one subnet after the other.</summary>
    private Instance Launch(Vpc vpc, LabOptions options, string name, int number)
    {
        var subnets = vpc.Subnets.Where(s => LabOptions.VpcCidr.Contains(s.Cidr.BaseAddress)).ToList();
        var subnet = subnets[(number - 1) % subnets.Count];
        try
        {
            return vpc.Launch(new LaunchInstance(options.InstanceType, subnet.Id) { Tags = [new("Name", $"{lab.Name}-{name}")] }, TimeProvider.System.GetUtcNow());
        }
        catch (ArgumentException e)
        {
            throw new LabException($"Can't start {name} in subnet {subnet.Cidr}: {e.Message}. Use fewer nodes or a greater --subnet-size.", e);
        }
    }

    public void Dispose()
    {
        foreach (var node in _nodes)
            node?.Space.Dispose();
    }
}
