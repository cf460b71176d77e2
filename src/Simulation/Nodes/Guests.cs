using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Ownership;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>Seats the ENI that somebody else needs on a node, before its daemon first starts.</summary>
internal static class Guests
{
    /// <summary>EC2 makes it available, attaches it and tells IMDS meanwhile.</summary>
    private static readonly TimeSpan _takes = TimeSpan.FromSeconds(10);

    /// <summary>Returns when IMDS shows it.</summary>
    /// <exception cref="InvalidOperationException">The instance type has no room for it.</exception>
    public static async Task SeatAsync(World world, Region region, Node node, GuestEni kind)
    {
        var create = new CreateNetworkInterfaceRequest
        {
            SubnetId = node.Instance.SubnetId,
            Description = "somebody else's",
            InterfaceType = kind switch { GuestEni.Trunk => "trunk", GuestEni.Efa => "efa", _ => null },
            SecondaryPrivateIpAddressCount = kind == GuestEni.NoManage ? 1 : null,
            Tags = kind == GuestEni.NoManage ? [new(EniMarks.NoManageKey, "true")] : [],
        };
        node.GuestId = Done<CreateNetworkInterfaceReply>(region.Call(create, null)).NetworkInterface.Eni.Id;
        await world.Main.SleepAsync(_takes);
        Done<AttachNetworkInterfaceReply>(region.Call(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = node.GuestId, InstanceId = node.Instance.Id, DeviceIndex = 1 }, null));
        await world.Main.SleepAsync(_takes);
    }

    private static T Done<T>(Ec2Answer answer)
        where T : Ec2Reply =>
        answer.Result as T ?? throw new InvalidOperationException($"no room for somebody else's ENI: {answer.Result}");
}
