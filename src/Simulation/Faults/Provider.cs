using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>Whoever brings ENIs and addresses to a node whose daemon may not: another controller, or people with a console.</summary>
/// <param name="prefixes">Whole /28 instead of single addresses.</param>
public sealed class Provider(World world, Region region, Node node, bool prefixes, Trace trace, Coverage coverage)
{
    private static readonly TimeSpan _untilAvailable = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _meanBetween = TimeSpan.FromSeconds(90);

    private readonly Random _chance = world.NewRandom($"{node.Setup.Name} provider");
    private bool _stopped;

    /// <summary>How often it has brought an ENI, or addresses.</summary>
    public int Times { get; private set; }

    /// <summary>Pods that what is attached can serve.</summary>
    public int Supply => Usable().Where(eni => !node.Kernel.IsInvisible(eni.Id)).Sum(static eni => eni.Blocks.Sum(LimitsWatch.AddressesOf));

    /// <summary>So many addresses for a beginning: on the primary ENI, and on as many more as it takes.</summary>
    public async Task BringAsync(int addresses)
    {
        var left = prefixes ? addresses / Block.PrefixSize : addresses;
        var onPrimary = Math.Min(left, node.Limits.BlocksPerEni);
        Assign(node.Instance.PrimaryInterfaceId, onPrimary);
        for (left -= onPrimary; left > 0; left -= node.Limits.BlocksPerEni)
            await AttachAsync(Math.Min(left, node.Limits.BlocksPerEni));
    }

    /// <summary>Some more from time to time, until <see cref="Stop"/>.</summary>
    public async Task GoOnAsync()
    {
        while (true)
        {
            await world.Main.SleepAsync(_meanBetween * Math.Min(-Math.Log(1 - _chance.NextDouble()), 4));
            if (_stopped)
                return;
            var enis = Usable();
            if (_chance.Next(3) == 0 && enis.Count < node.Limits.EnisPerCard[0])
                await AttachAsync(1 + _chance.Next(node.Limits.BlocksPerEni));
            else if (enis.Where(eni => eni.Blocks.Length < node.Limits.BlocksPerEni).ToList() is [_, ..] open)
                Assign(open[_chance.Next(open.Count)].Id, 1);
        }
    }

    public void Stop() => _stopped = true;

    private List<NetworkInterface> Usable() => [.. region.Vpc.NetworkInterfaces.Where(eni =>
        eni.Attachment is { Status: AttachmentStatus.Attached } attachment && attachment.InstanceId == node.Instance.Id
        && !eni.Tags.ContainsKey(EniMarks.NoManageKey))];

    private void Assign(string eni, int blocks)
    {
        var assign = new AssignPrivateIpAddressesRequest
        {
            NetworkInterfaceId = eni,
            SecondaryPrivateIpAddressCount = prefixes ? null : blocks,
            Ipv4PrefixCount = prefixes ? blocks : null,
        };
        if (region.Call(assign, null).Result is not Ec2Fault)
            Tell(prefixes ? "assigns a prefix" : "assigns addresses", $"{blocks} to {eni}");
    }

    private async Task AttachAsync(int blocks)
    {
        var create = new CreateNetworkInterfaceRequest
        {
            SubnetId = node.Instance.SubnetId,
            Description = "provided",
            SecondaryPrivateIpAddressCount = prefixes ? null : blocks,
            Ipv4PrefixCount = prefixes ? blocks : null,
        };
        if (region.Call(create, null).Result is not CreateNetworkInterfaceReply { NetworkInterface.Eni.Id: var id })
            return;
        await world.Main.SleepAsync(_untilAvailable);
        var taken = region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment?.InstanceId == node.Instance.Id)
            .Select(static eni => eni.Attachment!.DeviceIndex).ToHashSet();
        var attach = new AttachNetworkInterfaceRequest
        {
            NetworkInterfaceId = id,
            InstanceId = node.Instance.Id,
            DeviceIndex = Enumerable.Range(1, taken.Count).First(index => !taken.Contains(index)),
        };
        if (!_stopped && region.Call(attach, null).Result is not Ec2Fault)
            Tell("attaches an ENI", $"{id} with {blocks} blocks");
        else
            region.Call(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = id }, null);
    }

    private void Tell(string what, string which)
    {
        Times++;
        trace.Add("provider", $"{what}: {which}");
        coverage.Count("provider", what);
    }
}
