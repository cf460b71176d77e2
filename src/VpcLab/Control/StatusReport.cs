using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Nodes;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Tells how a lab is.</summary>
internal sealed class StatusReport(LabOptions options, string ec2Endpoint, VpcLoop loop, VpcFabric fabric, LabNodes nodes)
{
    private readonly long _begun = TimeProvider.System.GetTimestamp();

    internal async Task<LabStatus> MakeAsync()
    {
        var status = await loop.AskAsync((vpc, _) => Of(vpc), mayChange: false);
        return status with { Nodes = [.. status.Nodes.Select((node, i) => node with { Pods = Pods.List(nodes.All[i].Space) })] };
    }

    private LabStatus Of(Vpc vpc)
    {
        var interfaces = vpc.NetworkInterfaces;
        var instances = vpc.Instances.ToDictionary(i => i.Id);
        var names = nodes.All.ToDictionary(n => n.InstanceId, n => n.Space.Name);
        return new LabStatus(
            loop.Version,
            options.Name,
            vpc.Options.Region,
            options.Profile,
            options.Seed,
            ec2Endpoint,
            TimeProvider.System.GetElapsedTime(_begun).TotalSeconds,
            [.. vpc.Subnets.Select(s => new SubnetStatus(s.Id, s.Cidr.ToString(), s.AvailabilityZone, s.AvailableAddressCount))],
            [.. nodes.All.Select(node => Of(node, instances[node.InstanceId], interfaces))],
            [.. interfaces.Where(eni => eni.Attachment is null).Select(Of)],
            [.. vpc.CallCounts.Select(c => new CallCount(c.Action, c.Caller is null ? "machine" : names[c.Caller], c.Calls, c.Faults))],
            loop.Errors);
    }

    private NodeStatus Of(LabNode node, Instance instance, IReadOnlyList<NetworkInterface> interfaces) => new(
        node.Space.Name,
        instance.Id,
        instance.Type.Name,
        instance.State.ToString().ToLowerInvariant(),
        instance.AvailabilityZone,
        instance.SubnetId,
        instance.PrivateAddress.ToString(),
        instance.Type.InterfacesPerCard[0],
        instance.Type.Ipv4AddressesPerInterface,
        [.. interfaces.Where(eni => eni.Attachment?.InstanceId == instance.Id).OrderBy(eni => eni.Attachment?.DeviceIndex).Select(Of)],
        []);

    private InterfaceStatus Of(NetworkInterface eni) => new(
        eni.Id,
        eni.MacAddress,
        eni.SubnetId,
        eni.Status switch
        {
            NetworkInterfaceStatus.InUse => "in-use",
            var status => status.ToString().ToLowerInvariant(),
        },
        eni.Attachment?.DeviceIndex,
        fabric.LinkName(eni.Id),
        eni.PrimaryAddress?.ToString(),
        [.. eni.SecondaryAddresses.Select(a => a.ToString())],
        [.. eni.Prefixes.Select(p => p.ToString())]);
}
