using AwsVpcCni.Ec2Model.Calls;

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
