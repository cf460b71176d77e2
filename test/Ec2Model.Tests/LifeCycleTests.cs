using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class LifeCycleTests
{
    private static readonly VpcOptions _slow = VpcOptions.Instant with
    {
        Latencies = VpcLatencies.None with
        {
            Available = Seconds(1),
            Attach = Seconds(2),
            Link = Seconds(3),
            Unlink = Seconds(4),
            Detach = Seconds(5),
            Boot = Seconds(6),
            Shutdown = Seconds(7),
            OtherActions = Seconds(8),
        },
    };

    [Fact]
    public void A_created_interface_is_pending_then_available()
    {
        var cloud = new Cloud(_slow);
        var eni = cloud.Create();
        Assert.Equal(NetworkInterfaceStatus.Pending, eni.Status);
        cloud.Pass(0.9);
        Assert.Equal(NetworkInterfaceStatus.Pending, cloud.Eni(eni.Id).Status);
        cloud.Pass(0.1);
        Assert.Equal(NetworkInterfaceStatus.Available, cloud.Eni(eni.Id).Status);
    }

    [Fact]
    public void The_link_appears_after_the_attach_and_carries_all_blocks_of_that_moment()
    {
        var cloud = new Cloud(_slow);
        var instance = Running(cloud);
        var eni = cloud.Create(addresses: 2);
        cloud.Attach(eni, instance, 1);
        Assert.Equal(AttachmentStatus.Attaching, cloud.Eni(eni.Id).Attachment!.Status);
        cloud.Pass(2);
        Assert.Equal((NetworkInterfaceStatus.InUse, AttachmentStatus.Attached), (cloud.Eni(eni.Id).Status, cloud.Eni(eni.Id).Attachment!.Status));
        var late = cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 1)).Addresses.Single();
        Assert.DoesNotContain(cloud.Pass(2.9), told => told is LinkAttached);

        var link = Assert.IsType<LinkAttached>(Assert.Single(cloud.Pass(0.1)));
        Assert.Equal((instance.Id, eni.Id, eni.MacAddress, 1, 0), (link.InstanceId, link.EniId, link.MacAddress, link.DeviceIndex, link.NetworkCard));
        Assert.Equal(eni.PrimaryAddress, link.PrimaryAddress);
        Assert.Equal([.. eni.SecondaryAddresses, late], link.Blocks.Select(block => block.BaseAddress));
        Assert.Equal("10.0.1.0/24", link.SubnetCidr.ToString());
    }

    [Fact]
    public void The_addresses_of_every_interface_are_told_as_they_come_and_go_seen_by_a_guest_or_not()
    {
        var cloud = new Cloud();
        cloud.Pass(0);
        var eni = cloud.Create(addresses: 1);
        var made = Assert.Single(cloud.Pass(0).OfType<AddressesChanged>());
        Assert.Equal((eni.Id, 0), (made.EniId, made.Removed.Length));
        Assert.Equal([$"{eni.PrimaryAddress}/32", $"{eni.SecondaryAddresses[0]}/32"], made.Added.Select(block => block.ToString()));

        var prefix = cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, prefixes: 1)).Prefixes.Single();
        Assert.Equal([prefix], Assert.Single(cloud.Pass(0).OfType<AddressesChanged>()).Added);
        cloud.Attach(eni, cloud.Launch(), 1);
        Assert.DoesNotContain(cloud.Pass(0), told => told is AddressesChanged { EniId: var id } && id == eni.Id);
        cloud.Call<Done>(new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni.Id, Ipv4Prefixes = [prefix] });
        Assert.Equal([prefix], Assert.Single(cloud.Pass(0).OfType<AddressesChanged>()).Removed);

        cloud.Call<Done>(new DetachNetworkInterfaceRequest { AttachmentId = cloud.Eni(eni.Id).Attachment!.Id });
        Assert.DoesNotContain(cloud.Pass(0), told => told is AddressesChanged);
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id });
        Assert.Equal(made.Added, Assert.Single(cloud.Pass(0).OfType<AddressesChanged>()).Removed);
    }

    [Fact]
    public void Blocks_of_a_linked_interface_are_told_as_they_change()
    {
        var cloud = new Cloud();
        var eni = cloud.Create();
        cloud.Attach(eni, cloud.Launch(), 1);
        cloud.Pass(0);
        var added = cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, prefixes: 1)).Prefixes.Single();
        Assert.Equal(cloud.Now, cloud.Vpc.NextDue);
        var change = Assert.Single(cloud.Pass(0).OfType<BlocksChanged>());
        Assert.Equal([added], change.Added);
        Assert.Empty(change.Removed);

        cloud.Call<Done>(new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni.Id, Ipv4Prefixes = [added] });
        Assert.Equal([added], Assert.Single(cloud.Pass(0).OfType<BlocksChanged>()).Removed);
        cloud.Call<Done>(new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni.Id, SourceDestCheck = false });
        Assert.False(Assert.IsType<SourceDestCheckChanged>(Assert.Single(cloud.Pass(0))).Enabled);
        cloud.Call<Done>(new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni.Id, Description = "nothing for the guest" });
        Assert.Empty(cloud.Pass(0));
    }

    [Fact]
    public void A_detached_interface_leaves_the_guest_first_and_is_free_later()
    {
        var cloud = new Cloud(_slow);
        var eni = cloud.Create();
        var attachment = cloud.Attach(eni, Running(cloud), 1);
        cloud.Pass(5);
        cloud.Call<Done>(new DetachNetworkInterfaceRequest { AttachmentId = attachment });
        Assert.Equal(NetworkInterfaceStatus.Detaching, cloud.Eni(eni.Id).Status);
        cloud.Refused("InvalidParameterValue", new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id });

        Assert.Equal(eni.Id, Assert.IsType<LinkDetached>(Assert.Single(cloud.Pass(4))).EniId);
        var fault = cloud.Refused("InvalidParameterValue", new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id });
        Assert.Equal($"Network interface '{eni.Id}' is currently in use.", fault.Message);
        cloud.Pass(5);
        Assert.Null(cloud.Eni(eni.Id).Attachment);
        cloud.Refused("InvalidAttachmentID.NotFound", new DetachNetworkInterfaceRequest { AttachmentId = attachment });
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id });
    }

    [Fact]
    public void A_detach_during_the_attach_never_shows_a_link()
    {
        var cloud = new Cloud(_slow);
        var eni = cloud.Create();
        var attachment = cloud.Attach(eni, Running(cloud), 1);
        cloud.Pass(1);
        cloud.Call<Done>(new DetachNetworkInterfaceRequest { AttachmentId = attachment });
        Assert.Empty(cloud.Pass(100));
        Assert.Equal(NetworkInterfaceStatus.Available, cloud.Eni(eni.Id).Status);
    }

    [Fact]
    public void The_primary_interface_is_there_to_stay()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        var primary = cloud.Eni(instance.PrimaryInterfaceId);
        Assert.True(primary.Attachment!.DeleteOnTermination);
        cloud.Refused("OperationNotPermitted", new DetachNetworkInterfaceRequest { AttachmentId = primary.Attachment.Id });
    }

    [Fact]
    public void Termination_takes_what_is_marked_and_frees_the_rest()
    {
        var cloud = new Cloud(_slow);
        var instance = Running(cloud);
        var goes = cloud.Create(addresses: 1);
        var stays = cloud.Create();
        var attachment = cloud.Attach(goes, instance, 1);
        cloud.Attach(stays, instance, 2);
        cloud.Call<Done>(new ModifyNetworkInterfaceAttributeRequest
        {
            NetworkInterfaceId = goes.Id,
            Attachment = new AttachmentChange(attachment, true),
        });
        cloud.Pass(10);
        cloud.Vpc.Terminate(instance.Id, cloud.Now);

        var changes = cloud.Pass(7);
        Assert.Equal([stays.Id], cloud.Vpc.NetworkInterfaces.Select(eni => eni.Id));
        Assert.Equal(NetworkInterfaceStatus.Available, cloud.Eni(stays.Id).Status);
        Assert.Equal(3, changes.OfType<LinkDetached>().Count());
        Assert.Equal(
            [InstanceState.ShuttingDown, InstanceState.Terminated], changes.OfType<InstanceStateChanged>().Select(change => change.State));
        Assert.Equal(251 - 1, cloud.Free);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void An_instance_that_is_not_running_takes_no_interface()
    {
        var cloud = new Cloud(_slow);
        var instance = cloud.Launch();
        var eni = cloud.Create();
        cloud.Refused("IncorrectInstanceState", Cloud.Attaching(eni, instance, 1));
        var link = Assert.Single(cloud.Pass(6).OfType<LinkAttached>());
        Assert.Equal((instance.PrimaryInterfaceId, 0), (link.EniId, link.DeviceIndex));
        cloud.Attach(eni, instance, 1);
    }

    [Fact]
    public void An_interface_of_another_zone_or_at_a_taken_index_is_not_attached()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        var elsewhere = cloud.Vpc.AddSubnet(System.Net.IPNetwork.Parse("10.0.2.0/24"), "us-west-2b");
        cloud.Refused("InvalidParameterCombination", Cloud.Attaching(cloud.Create(subnet: elsewhere.Id), instance, 1));
        cloud.Refused("InvalidParameterValue", Cloud.Attaching(cloud.Create(), instance, 0));
        cloud.Refused("InvalidInstanceID.NotFound", Cloud.Attaching(cloud.Create(), instance with { Id = "i-0123456789abcdef0" }, 1));
    }

    [Fact]
    public void The_answer_says_when_it_is_due_and_the_call_is_applied_at_once()
    {
        var cloud = new Cloud(_slow);
        var answer = cloud.Vpc.Call(new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id }, "i-me", cloud.Now);
        Assert.Equal(cloud.Now.AddSeconds(8), answer.Due);
        Assert.Single(cloud.Vpc.NetworkInterfaces);
        Assert.IsType<AddressesChanged>(Assert.Single(cloud.Pass(0)));
        Assert.Equal(cloud.Now.AddSeconds(1), cloud.Vpc.NextDue);
        cloud.Pass(1);
        Assert.Null(cloud.Vpc.NextDue);
    }

    [Fact]
    public void Calls_are_counted_by_action_and_caller()
    {
        var cloud = new Cloud();
        cloud.Vpc.Call(new DescribeSubnetsRequest(), "i-b", cloud.Now);
        cloud.Vpc.Call(new DescribeSubnetsRequest { SubnetIds = ["subnet-0"] }, "i-b", cloud.Now);
        cloud.Vpc.Call(new DescribeSubnetsRequest(), null, cloud.Now);
        Assert.Equal(
            [new("DescribeSubnets", null, 1, 0), new("DescribeSubnets", "i-b", 2, 1)], cloud.Vpc.CallCounts);
    }

    [Fact]
    public void Each_action_has_one_bucket_for_all_callers_and_it_refills()
    {
        var cloud = new Cloud(VpcOptions.Instant with { Throttling = true });
        var detach = new DetachNetworkInterfaceRequest { AttachmentId = "eni-attach-0" };
        for (var i = 0; i < 50; i++)
            Assert.Equal("InvalidAttachmentID.NotFound", Code(detach, i % 2 == 0 ? "i-a" : "i-b"));

        Assert.Equal("RequestLimitExceeded", Code(detach, "i-a"));
        Assert.Equal("InvalidNetworkInterfaceID.NotFound", Code(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = "eni-0123456789abcdef0" }, "i-a"));
        cloud.Pass(0.4);
        Assert.Equal(
            ["InvalidAttachmentID.NotFound", "InvalidAttachmentID.NotFound", "RequestLimitExceeded"],
            Enumerable.Range(0, 3).Select(_ => Code(detach, "i-a")));

        string Code(Ec2Request request, string caller) => ((Ec2Fault)cloud.Vpc.Call(request, caller, cloud.Now).Result).Code;
    }

    [Fact]
    public void A_clock_that_goes_back_changes_nothing()
    {
        var cloud = new Cloud(_slow);
        var eni = cloud.Create();
        cloud.Pass(1);
        var past = cloud.Vpc.Call(new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [eni.Id] }, null, cloud.Now.AddHours(-1));
        Assert.Equal(cloud.Now.AddSeconds(8), past.Due);
        Assert.Equal(NetworkInterfaceStatus.Available, ((DescribeNetworkInterfacesReply)past.Result).Items.Single().Eni.Status);
    }

    private static Instance Running(Cloud cloud)
    {
        var instance = cloud.Launch();
        cloud.Pass(6);
        return instance;
    }

    private static DurationRange Seconds(int seconds) => DurationRange.Milliseconds(seconds * 1000, seconds * 1000);
}
