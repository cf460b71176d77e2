using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Nodes;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Tells how a lab is.</summary>
internal sealed class StatusReport(LabOptions options, string ec2Endpoint, VpcLoop loop, VpcFabric fabric, IReadOnlyList<OutsideHost> outside, DropLog drops, LabNodes nodes)
{
    private readonly long _begun = TimeProvider.System.GetTimestamp();

    internal async Task<LabStatus> MakeAsync()
    {
        var status = await loop.AskAsync((vpc, now) => Of(vpc, now), mayChange: false);
        return status with { Nodes = [.. status.Nodes.Select((node, i) => i < nodes.All.Count ? Inhabited(node, nodes.All[i].Space) : node)] };
    }

    /// <summary>With what is in the node's namespaces: pods, and the daemon's word on who has which address.</summary>
    private static NodeStatus Inhabited(NodeStatus node, NodeSpace space) => node with
    {
        Pods = Pods.List(space),
        Interfaces = AddressUse.Of(space, TimeProvider.System.GetUtcNow()) is { } use
            ? [.. node.Interfaces.Select(eni => eni with { Addresses = Count(eni, use) })]
            : node.Interfaces,
    };

    private static AddressCounts Count(InterfaceStatus eni, AddressUse use)
    {
        var single = eni.SecondaryAddresses.Select(IPAddress.Parse).ToHashSet();
        var prefixes = eni.Prefixes.Select(p => IPNetwork.Parse(p)).ToList();
        var pods = use.Pods.Count(IsHere);
        var cooling = use.Cooling.Count(IsHere);
        return new AddressCounts(pods, cooling, Math.Max(0, single.Count + (prefixes.Count * 16) - pods - cooling));

        bool IsHere(IPAddress address) => single.Contains(address) || prefixes.Any(prefix => prefix.Contains(address));
    }

    private LabStatus Of(Vpc vpc, DateTimeOffset now)
    {
        var interfaces = vpc.NetworkInterfaces;
        var instances = vpc.Instances.ToDictionary(i => i.Id);
        var names = nodes.Names();
        return new LabStatus(
            loop.Version,
            options.Name,
            vpc.Options.Region,
            options.Profile,
            options.Seed,
            ec2Endpoint,
            now,
            TimeProvider.System.GetElapsedTime(_begun).TotalSeconds,
            [.. options.Cidrs.Select(block => block.ToString())],
            [.. outside.Select(host => new OutsideStatus(host.Name, host.Address.ToString(), host.Block.ToString()))],
            [.. vpc.Subnets.Select(s => new SubnetStatus(s.Id, s.Cidr.ToString(), s.AvailabilityZone, s.AvailableAddressCount))],
            [
                .. nodes.All.Select(node => Of(node.Space.Name, null, instances[node.InstanceId], interfaces)),
                .. nodes.Models.Select(node => Of(node.Name, node.Endpoint, instances[node.InstanceId], interfaces)),
                .. vpc.Instances.Where(instance => !names.ContainsKey(instance.Id)).Select(instance => Of(instance.Id, null, instance, interfaces)),
            ],
            [.. interfaces.Where(eni => eni.Attachment is null).Select(Of)],
            [.. vpc.CallCounts.Select(c => new CallCount(c.Action, c.Caller is null ? "machine" : names[c.Caller], c.Calls, c.Faults))],
            [.. drops.Counts().Select(c => new DropCount(c.From, c.Reason, c.Count))],
            drops.Untold,
            drops.Failure is { } failure ? [.. loop.Errors, failure] : loop.Errors);
    }

    private NodeStatus Of(string name, string? endpoint, Instance instance, IReadOnlyList<NetworkInterface> interfaces) => new(
        name,
        endpoint,
        instance.Id,
        instance.Type.Name,
        Ec2Words.Of(instance.State),
        instance.AvailabilityZone,
        instance.SubnetId,
        instance.PrivateAddress.ToString(),
        instance.Type.InterfacesPerCard.Length,
        instance.Type.Interfaces,
        instance.Type.Ipv4AddressesPerInterface,
        [.. interfaces.Where(eni => eni.Attachment?.InstanceId == instance.Id).OrderBy(eni => eni.Attachment?.NetworkCardIndex).ThenBy(eni => eni.Attachment?.DeviceIndex).Select(Of)],
        []);

    private InterfaceStatus Of(NetworkInterface eni) => new(
        eni.Id,
        eni.MacAddress,
        eni.SubnetId,
        Ec2Words.Of(eni.Status),
        eni.Attachment?.NetworkCardIndex,
        eni.Attachment?.DeviceIndex,
        fabric.LinkName(eni.Id),
        eni.PrimaryAddress?.ToString(),
        [.. eni.SecondaryAddresses.Select(a => a.ToString())],
        [.. eni.Prefixes.Select(p => p.ToString())]);
}
