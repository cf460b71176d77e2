using System.Globalization;
using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>
/// Makes true on packets what EC2 says: links come and go with attachments, addresses with assignments. Carried out by one caller at a
/// time, in the model's order.
/// </summary>
internal sealed class VpcFabric(Router router) : IDisposable
{
    private readonly Dictionary<string, NetworkNamespace> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _linkNames = new(StringComparer.Ordinal);
    private readonly List<OutsideHost> _outside = [];
    private readonly UnlinkedAddresses _unlinked = new();

    /// <summary>From now on links of this instance appear in this namespace.</summary>
    /// <param name="network">Booted (<see cref="NodeNetwork.Boot"/>).</param>
    internal void AddNode(string instanceId, NetworkNamespace network) => _nodes.Add(instanceId, network);

    internal bool HasNode(string instanceId) => _nodes.ContainsKey(instanceId);

    internal void AddSubnet(IPNetwork cidr) => router.AddSubnet(cidr);

    internal void AddOutside(OutsideHost outside, NetworkNamespace network)
    {
        router.Connect(outside, network);
        _outside.Add(outside);
    }

    /// <summary>The name that an ENI's link arrived with in its node; null while there is none.</summary>
    internal string? LinkName(string eniId) => _linkNames.GetValueOrDefault(eniId);

    /// <summary>Carries one change out. What it means for the router's set of addresses without a link waits for <see cref="Settle"/>.</summary>
    internal void Carry(VpcChange change)
    {
        switch (change)
        {
            case AddressesChanged addresses:
                _unlinked.Change(addresses.EniId, addresses.Added, addresses.Removed);
                break;
            case LinkAttached attached when _nodes.TryGetValue(attached.InstanceId, out var node):
                Attach(attached, node);
                break;
            case LinkDetached detached:
                _linkNames.Remove(detached.EniId);
                _unlinked.Unlink(detached.EniId);
                router.Disconnect(detached.EniId);
                break;
            case BlocksChanged blocks when _linkNames.ContainsKey(blocks.EniId):
                // Taken before given: an address that moves is at one ENI only, whichever change is told first.
                foreach (var block in blocks.Removed)
                    router.Unassign(blocks.EniId, block);
                foreach (var block in blocks.Added)
                    router.Assign(blocks.EniId, block);
                break;
            case SourceDestCheckChanged check when _linkNames.ContainsKey(check.EniId):
                router.SetSourceCheck(check.EniId, check.Enabled);
                break;
        }
    }

    /// <summary>After some changes, in one go: a transaction of nftables costs the same for one address and for hundreds.</summary>
    internal void Settle()
    {
        var (added, removed) = _unlinked.Take();
        if (added.Count + removed.Count > 0)
            router.ChangeUnlinked(added, removed);
    }

    /// <summary>Looks at the router's links, routes, neighbours and nftables, and says where they are not as EC2's state asks; empty when all is well.</summary>
    internal IReadOnlyList<string> Differences(Vpc vpc)
    {
        var linked = vpc.LinkedInterfaces.Where(eni => _nodes.ContainsKey(eni.Attachment!.InstanceId)).ToDictionary(eni => eni.Id, StringComparer.Ordinal);
        return router.Differences(new RouterPlan(
            [.. linked.Values.Select(eni => new RouterPlan.Port(eni.Id, MacAddress.Parse(eni.MacAddress), eni.PrimaryAddress, eni.Blocks, eni.SourceDestCheck))],
            [.. vpc.Subnets.Select(subnet => SubnetGateway.Of(subnet.Cidr))],
            _outside,
            [.. vpc.NetworkInterfaces.Where(eni => !linked.ContainsKey(eni.Id)).SelectMany(eni => eni.AllBlocks).SelectMany(Block.Addresses)]));
    }

    public void Dispose() => router.Dispose();

    private void Attach(LinkAttached attached, NetworkNamespace node)
    {
        var name = NameOf(attached.NetworkCard, attached.DeviceIndex);
        router.Connect(attached.EniId, MacAddress.Parse(attached.MacAddress), attached.PrimaryAddress, node, name);
        _linkNames.Add(attached.EniId, name);
        _unlinked.Link(attached.EniId);
        if (!attached.SourceDestCheck)
            router.SetSourceCheck(attached.EniId, enabled: false);
        foreach (var block in attached.Blocks)
            router.Assign(attached.EniId, block);
        if (attached is { NetworkCard: 0, DeviceIndex: 0, PrimaryAddress: { } address })
            NodeNetwork.ConfigurePrimary(node, name, address, attached.SubnetCidr);
    }

    /// <summary>As udev names them by slot, in spirit: eth0 is the primary, and no two places on an instance share a name.</summary>
    private static string NameOf(int card, int index) =>
        "eth" + (card == 0 ? "" : card.ToString(CultureInfo.InvariantCulture) + "c") + index.ToString(CultureInfo.InvariantCulture);
}
