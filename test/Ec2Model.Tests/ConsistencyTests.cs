using System.Net;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>What EC2 shows late, or in part.</summary>
public sealed class ConsistencyTests
{
    [Fact]
    public void A_description_shows_what_was_when_it_lags_behind()
    {
        var cloud = new Cloud(With(("lag.Describe", "5s")));
        var eni = cloud.Create();
        cloud.Refused("InvalidNetworkInterfaceID.NotFound", Describing(eni.Id));
        Assert.Empty(All(cloud));
        cloud.Pass(5);
        var given = cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 2)).Addresses;
        Assert.Empty(cloud.Call<DescribeNetworkInterfacesReply>(Describing(eni.Id)).Items.Single().Eni.SecondaryAddresses);
        Assert.Equal(250, cloud.Call<DescribeSubnetsReply>(new DescribeSubnetsRequest()).Items.Single().AvailableAddressCount);
        cloud.Pass(5);
        Assert.Equal(given, cloud.Call<DescribeNetworkInterfacesReply>(Describing(eni.Id)).Items.Single().Eni.SecondaryAddresses);
        Assert.Equal(248, cloud.Call<DescribeSubnetsReply>(new DescribeSubnetsRequest()).Items.Single().AvailableAddressCount);

        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id });
        Assert.Equal([eni.Id], All(cloud));
        cloud.Pass(5);
        Assert.Empty(All(cloud));
    }

    [Fact]
    public void One_action_can_lag_while_others_do_not()
    {
        var cloud = new Cloud(With(("lag.DescribeInstances", "5s")));
        var instance = cloud.Launch();
        cloud.Pass(5);
        cloud.Attach(cloud.Create(), instance, 1);
        Assert.Equal(2, All(cloud).Count());
        var seen = cloud.Call<DescribeInstancesReply>(new DescribeInstancesRequest { InstanceIds = [instance.Id] });
        Assert.Single(seen.Items.Single().NetworkInterfaces);
        cloud.Pass(5);
        seen = cloud.Call<DescribeInstancesReply>(new DescribeInstancesRequest { InstanceIds = [instance.Id] });
        Assert.Equal(2, seen.Items.Single().NetworkInterfaces.Length);
    }

    [Fact]
    public void An_instance_is_described_as_it_was_and_a_fresh_one_is_not_found()
    {
        var cloud = new Cloud(With(("lag.Describe", "5s"), ("transition.Boot", "2s"), ("transition.Shutdown", "2s")));
        var old = cloud.Launch();
        Assert.Equal([old.Id], Described()); // The lab's own, which has been there all along.
        cloud.Pass(7);
        var fresh = cloud.Call<RunInstancesReply>(new RunInstancesRequest
        {
            ImageId = "ami-0123456789abcdef0",
            InstanceType = "m5.large",
            MinCount = 1,
            MaxCount = 1,
            SubnetId = cloud.Subnet.Id,
        }).Instances.Single().Instance.Id;
        Assert.Equal([old.Id], Described());
        cloud.Refused("InvalidInstanceID.NotFound", new DescribeInstancesRequest { InstanceIds = [fresh] });
        cloud.Pass(5);
        Assert.Equal([old.Id, fresh], Described());
        Assert.Equal(InstanceState.Pending, StateOf(fresh));
        cloud.Pass(2);
        Assert.Equal(InstanceState.Running, StateOf(fresh));

        cloud.Call<Done>(new CreateTagsRequest { ResourceIds = [old.Id], Tags = [new("a", "b")] });
        cloud.Call<InstanceStatesReply>(new TerminateInstancesRequest { InstanceIds = [fresh] });
        cloud.Pass(4.9);
        Assert.Equal(InstanceState.Running, StateOf(fresh));
        Assert.Empty(cloud.Call<DescribeInstancesReply>(new DescribeInstancesRequest { InstanceIds = [old.Id] }).Items.Single().Instance.Tags);
        cloud.Pass(0.1);
        Assert.Equal(InstanceState.ShuttingDown, StateOf(fresh));
        Assert.Equal("b", cloud.Call<DescribeInstancesReply>(new DescribeInstancesRequest { InstanceIds = [old.Id] }).Items.Single().Instance.Tags["a"]);
        cloud.Pass(2);
        Assert.Equal(InstanceState.Terminated, StateOf(fresh));

        IEnumerable<string> Described() => cloud.Call<DescribeInstancesReply>(new DescribeInstancesRequest()).Items.Select(item => item.Instance.Id);

        InstanceState StateOf(string id) => cloud.Call<DescribeInstancesReply>(new DescribeInstancesRequest { InstanceIds = [id] }).Items.Single().Instance.State;
    }

    [Fact]
    public void Tags_of_every_kind_are_described_as_they_were()
    {
        var cloud = new Cloud(With(("lag.Describe", "5s")));
        var kept = cloud.Call<CreateSubnetCidrReservationReply>(
            new CreateSubnetCidrReservationRequest { SubnetId = cloud.Subnet.Id, Cidr = IPNetwork.Parse("10.0.1.240/28"), ReservationType = "prefix" }).Reservation.Id;
        string[] ids =
        [
            cloud.Launch().Id, cloud.Create().Id, cloud.Vpc.MainRouteTable.Id, cloud.Vpc.DefaultSecurityGroupId, kept, cloud.Subnet.Id, cloud.Vpc.VpcId,
        ];
        cloud.Pass(5);
        cloud.Call<Done>(new CreateTagsRequest { ResourceIds = ids, Tags = [new("a", "b")] });
        cloud.Pass(4.9);
        Assert.Empty(Tagged());
        Assert.Empty(cloud.Call<DescribeSubnetsReply>(new DescribeSubnetsRequest()).Items.Single().Tags);
        Assert.Empty(cloud.Call<DescribeSecurityGroupsReply>(new DescribeSecurityGroupsRequest()).Items.Single().Tags);
        Assert.Empty(cloud.Call<DescribeVpcsReply>(new DescribeVpcsRequest()).Items.Single().Tags);
        Assert.Empty(cloud.Call<DescribeRouteTablesReply>(new DescribeRouteTablesRequest()).Items.Single().Tags);
        Assert.Empty(cloud.Call<GetSubnetCidrReservationsReply>(new GetSubnetCidrReservationsRequest { SubnetId = cloud.Subnet.Id }).Items.Single().Tags);
        cloud.Pass(0.1);
        Assert.Equal(ids.Order(StringComparer.Ordinal), Tagged());
        Assert.Equal("b", cloud.Call<DescribeSubnetsReply>(new DescribeSubnetsRequest()).Items.Single().Tags["a"]);
        Assert.Equal("b", cloud.Call<DescribeVpcsReply>(new DescribeVpcsRequest()).Items.Single().Tags["a"]);

        cloud.Call<Done>(new DeleteTagsRequest { ResourceIds = ids });
        cloud.Pass(4.9);
        Assert.Equal(ids.Order(StringComparer.Ordinal), Tagged());
        cloud.Pass(0.1);
        Assert.Empty(Tagged());

        IEnumerable<string> Tagged() => cloud.Call<DescribeTagsReply>(new DescribeTagsRequest()).Items.Select(tag => tag.ResourceId).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Groups_reservations_and_trunk_associations_are_described_as_they_were()
    {
        var cloud = new Cloud(With(("lag.Describe", "5s"), ("lag.GetSubnetCidrReservations", "5s")));
        var group = cloud.Call<CreateSecurityGroupReply>(new CreateSecurityGroupRequest { GroupName = "g", Description = "d", VpcId = cloud.Vpc.VpcId }).Group.Id;
        var kept = cloud.Call<CreateSubnetCidrReservationReply>(
            new CreateSubnetCidrReservationRequest { SubnetId = cloud.Subnet.Id, Cidr = IPNetwork.Parse("10.0.1.240/28"), ReservationType = "prefix" }).Reservation.Id;
        var trunk = cloud.Call<CreateNetworkInterfaceReply>(new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, InterfaceType = "trunk" }).NetworkInterface.Eni.Id;
        var association = cloud.Call<AssociateTrunkInterfaceReply>(
            new AssociateTrunkInterfaceRequest { TrunkInterfaceId = trunk, BranchInterfaceId = cloud.Create().Id, VlanId = 7 }).Association.Id;
        cloud.Create(); // Those that act and not look find all of it at once.
        Assert.False(Sees());
        cloud.Refused("InvalidGroup.NotFound", new DescribeSecurityGroupsRequest { GroupNames = ["g"] });
        cloud.Pass(5);
        Assert.True(Sees());
        cloud.Call<DeleteSecurityGroupReply>(new DeleteSecurityGroupRequest { GroupId = group });
        cloud.Call<DeleteSubnetCidrReservationReply>(new DeleteSubnetCidrReservationRequest { ReservationId = kept });
        cloud.Call<DisassociateTrunkInterfaceReply>(new DisassociateTrunkInterfaceRequest { AssociationId = association });
        Assert.True(Sees());
        cloud.Pass(5);
        Assert.False(Sees());

        bool Sees()
        {
            bool[] seen =
            [
                cloud.Call<DescribeSecurityGroupsReply>(new DescribeSecurityGroupsRequest()).Items.Any(item => item.Id == group),
                cloud.Call<GetSubnetCidrReservationsReply>(new GetSubnetCidrReservationsRequest { SubnetId = cloud.Subnet.Id }).Items.Any(item => item.Id == kept),
                cloud.Call<DescribeTrunkInterfaceAssociationsReply>(new DescribeTrunkInterfaceAssociationsRequest()).Items.Any(item => item.Id == association),
            ];
            return Assert.Single(seen.Distinct());
        }
    }

    [Fact]
    public void A_fresh_interface_is_not_found_for_a_while_by_those_who_name_it()
    {
        var cloud = new Cloud(With(("lag.NewInterface", "2s")));
        var instance = cloud.Launch();
        var eni = cloud.Create();
        cloud.Refused("InvalidNetworkInterfaceID.NotFound", Cloud.Attaching(eni, instance, 1));
        cloud.Refused("InvalidNetworkInterfaceID.NotFound", new CreateTagsRequest { ResourceIds = [eni.Id], Tags = [new("a", "b")] });
        cloud.Pass(2);
        cloud.Attach(eni, instance, 1);
    }

    [Fact]
    public void Pages_may_be_short_or_empty_and_still_tell_everything_once()
    {
        var cloud = new Cloud(With(("page.short", "0.4"), ("page.empty", "0.3")));
        var enis = Enumerable.Range(0, 60).Select(_ => cloud.Create().Id).ToList();
        List<string> seen = [];
        List<int> lengths = [];
        string? token = null;
        do
        {
            var page = cloud.Call<DescribeNetworkInterfacesReply>(new DescribeNetworkInterfacesRequest { MaxResults = 10, NextToken = token });
            seen.AddRange(page.Items.Select(item => item.Eni.Id));
            lengths.Add(page.Items.Length);
            token = page.NextToken;
        }
        while (token is not null);

        Assert.Equal(enis, seen);
        Assert.Contains(0, lengths);
        Assert.Contains(10, lengths);
        Assert.Contains(lengths, length => length is > 0 and < 10);
    }

    [Fact]
    public void An_address_moves_to_another_interface_later_than_the_reply()
    {
        var cloud = new Cloud(With(("transition.Move", "3s")));
        var from = cloud.Create(addresses: 1);
        var to = cloud.Create();
        var address = from.SecondaryAddresses.Single();
        var move = new AssignPrivateIpAddressesRequest { NetworkInterfaceId = to.Id, PrivateIpAddresses = [address], AllowReassignment = true };
        Assert.Equal([address], cloud.Call<AssignPrivateIpAddressesReply>(move).Addresses);
        Assert.Equal([address], cloud.Eni(from.Id).SecondaryAddresses);
        Assert.Empty(cloud.Eni(to.Id).SecondaryAddresses);
        cloud.Pass(3);
        Assert.Empty(cloud.Eni(from.Id).SecondaryAddresses);
        Assert.Equal([address], cloud.Eni(to.Id).SecondaryAddresses);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void An_address_that_was_given_back_meanwhile_moves_nowhere_and_a_coming_one_needs_its_slot()
    {
        var cloud = new Cloud(With(("transition.Move", "3s")));
        var from = cloud.Create(addresses: 3);
        var to = cloud.Create(addresses: 1);
        cloud.Attach(to, cloud.Launch("t3.small"), 1);
        AssignPrivateIpAddressesRequest Moving(int index) =>
            new() { NetworkInterfaceId = to.Id, PrivateIpAddresses = [from.SecondaryAddresses[index]], AllowReassignment = true };
        cloud.Call<AssignPrivateIpAddressesReply>(Moving(0));
        cloud.Call<AssignPrivateIpAddressesReply>(Moving(1));
        cloud.Refused("PrivateIpAddressLimitExceeded", Moving(2));
        cloud.Call<Done>(new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = from.Id, PrivateIpAddresses = [from.SecondaryAddresses[0]] });
        cloud.Pass(3);
        Assert.Equal([.. to.SecondaryAddresses, from.SecondaryAddresses[1]], cloud.Eni(to.Id).SecondaryAddresses);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void Attaches_of_one_instance_wait_for_each_other_when_told_to()
    {
        var cloud = new Cloud(With(("transition.Attach", "2s"), ("attach.concurrency", "1")));
        var a = cloud.Launch();
        var b = cloud.Launch();
        var first = cloud.Create();
        var second = cloud.Create();
        var elsewhere = cloud.Create();
        cloud.Attach(first, a, 1);
        cloud.Attach(second, a, 2);
        cloud.Attach(elsewhere, b, 1);
        cloud.Pass(2);
        Assert.Equal(["InUse", "Attaching", "InUse"], new[] { first, second, elsewhere }.Select(eni => cloud.Eni(eni.Id).Status.ToString()));
        cloud.Pass(2);
        Assert.Equal("InUse", cloud.Eni(second.Id).Status.ToString());
    }

    [Fact]
    public void A_forced_detach_can_leave_its_index_blocked()
    {
        var cloud = new Cloud(With(("unknown.ForcedDetachBlocks", "on")));
        var instance = cloud.Launch();
        var eni = cloud.Create();
        cloud.Call<Done>(new DetachNetworkInterfaceRequest { AttachmentId = cloud.Attach(eni, instance, 1), Force = true });
        cloud.Pass(0);
        cloud.Refused("InvalidParameterValue", Cloud.Attaching(eni, instance, 1));
        cloud.Attach(eni, instance, 2);
    }

    internal static VpcOptions With(params (string Name, string Value)[] settings) =>
        Knobs.KnobList.Apply(VpcOptions.Instant, settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));

    private static DescribeNetworkInterfacesRequest Describing(string id) => new() { NetworkInterfaceIds = [id] };

    private static IEnumerable<string> All(Cloud cloud) =>
        cloud.Call<DescribeNetworkInterfacesReply>(new DescribeNetworkInterfacesRequest()).Items.Select(item => item.Eni.Id);
}
