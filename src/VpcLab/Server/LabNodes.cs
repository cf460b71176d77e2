using AwsVpcCni.Ec2Model;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>The lab's nodes: an instance in EC2 and its namespaces on the machine.</summary>
internal sealed class LabNodes(LabPaths lab) : IDisposable
{
    private readonly List<LabNode> _nodes = [];

    internal IReadOnlyList<LabNode> All => _nodes;

    internal IReadOnlyDictionary<string, string> InstanceIds => _nodes.ToDictionary(node => node.Space.Name, node => node.InstanceId);

    /// <param name="number">From 1.</param>
    internal LabNode Add(Vpc vpc, LabOptions options, int number)
    {
        var name = LabPaths.NodeName(number);
        var subnet = vpc.Subnets[(number - 1) % vpc.Subnets.Count];
        var space = NodeSpace.Create(lab, name);
        try
        {
            var instance = vpc.Launch(new LaunchInstance(options.InstanceType, subnet.Id) { Tags = [new("Name", $"{lab.Name}-{name}")] }, TimeProvider.System.GetUtcNow());
            var node = new LabNode(space, instance.Id, options.InstanceType, subnet.Id, subnet.AvailabilityZone, instance.PrivateAddress.ToString());
            _nodes.Add(node);
            return node;
        }
        catch (ArgumentException e)
        {
            space.Dispose();
            throw new LabException($"Can't start {name} in subnet {subnet.Cidr}: {e.Message}. Use fewer nodes or a greater --subnet-size.", e);
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>A node is up when its primary ENI's link is there.</summary>
    internal static async Task WaitForPrimaryLinksAsync(VpcLoop loop, VpcFabric fabric, CancellationToken cancellation)
    {
        while (true)
        {
            var (version, missing, errors) = await loop.AskAsync(
                (vpc, _) => (
                    loop.Version,
                    vpc.Instances.Any(instance => fabric.LinkName(instance.PrimaryInterfaceId) is null),
                    string.Join("; ", loop.Errors)),
                mayChange: false);
            if (errors.Length > 0)
                throw new LabException($"The nodes' links could not be made: {errors}");
            if (!missing)
                return;
            await loop.WaitForChangeAsync(version, cancellation);
        }
    }

    internal IReadOnlyList<LabNodeState> States() =>
        [.. _nodes.Select(n => new LabNodeState(n.Space.Name, lab.NodeNetwork(n.Space.Name), n.InstanceId, n.InstanceType, n.SubnetId, n.AvailabilityZone, n.PrivateAddress))];

    public void Dispose()
    {
        foreach (var node in _nodes)
            node.Space.Dispose();
    }
}
