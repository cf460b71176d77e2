using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class LimitTests
{
    [Theory]
    [InlineData("t3.small", 3, 4)]
    [InlineData("t3.medium", 3, 6)]
    [InlineData("m5.large", 3, 10)]
    [InlineData("m5.xlarge", 4, 15)]
    [InlineData("m4.4xlarge", 8, 30)]
    [InlineData("c5.4xlarge", 8, 30)]
    [InlineData("c5.18xlarge", 15, 50)]
    [InlineData("p3dn.24xlarge", 15, 50)]
    public void An_instance_holds_the_interfaces_of_its_type_and_not_one_more(string type, int interfaces, int addresses)
    {
        var cloud = new Cloud(subnet: "10.0.0.0/20");
        var instance = cloud.Launch(type);
        for (var index = 1; index < interfaces; index++)
            cloud.Attach(cloud.Create(addresses - 1), instance, index);

        var fault = cloud.Refused("AttachmentLimitExceeded", Cloud.Attaching(cloud.Create(), instance, interfaces));
        Assert.Equal($"Interface count {interfaces + 1} exceeds the limit for {type}", fault.Message);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void Network_cards_have_limits_and_device_indexes_of_their_own()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch("p5.48xlarge");
        cloud.Attach(cloud.Create(), instance, 1, card: 0);
        cloud.Attach(cloud.Create(), instance, 0, card: 1);
        cloud.Attach(cloud.Create(), instance, 1, card: 1);
        cloud.Refused("AttachmentLimitExceeded", Cloud.Attaching(cloud.Create(), instance, 2, card: 1));
        cloud.Attach(cloud.Create(), instance, 1, card: 31);
        cloud.Refused("InvalidParameterValue", Cloud.Attaching(cloud.Create(), instance, 1, card: 32));
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void Addresses_are_limited_at_attach_not_at_create()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch("t3.small");
        var eni = cloud.Create(addresses: 4);
        var fault = cloud.Refused("InvalidInterface.IpAddressLimitExceeded", Cloud.Attaching(eni, instance, 1));
        Assert.Equal($"Address count 5 on interface-{eni.Id[4..]} exceeds the limit for t3.small", fault.Message);
        cloud.Attach(cloud.Create(addresses: 3), instance, 1);
    }

    [Fact]
    public void Addresses_are_limited_at_assign_once_the_interface_is_attached()
    {
        var cloud = new Cloud();
        var eni = cloud.Create(addresses: 2);
        cloud.Attach(eni, cloud.Launch("t3.small"), 1);
        cloud.Refused("PrivateIpAddressLimitExceeded", Cloud.Assigning(eni, addresses: 2));
        cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 1));
        cloud.Refused("PrivateIpAddressLimitExceeded", Cloud.Assigning(eni, prefixes: 1));
    }

    [Fact]
    public void A_prefix_takes_one_slot_as_an_address_does()
    {
        var cloud = new Cloud();
        var eni = cloud.Create(prefixes: 2);
        cloud.Attach(eni, cloud.Launch("t3.small"), 1);
        cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, prefixes: 1));
        cloud.Refused("PrivateIpAddressLimitExceeded", Cloud.Assigning(eni, addresses: 1));
    }

    [Fact]
    public void Prefixes_are_for_nitro_only()
    {
        var cloud = new Cloud();
        var xen = cloud.Launch("m4.large");
        cloud.Refused("InvalidParameterValue", Cloud.Attaching(cloud.Create(prefixes: 1), xen, 1));
        var eni = cloud.Create();
        cloud.Attach(eni, xen, 1);
        cloud.Refused("InvalidParameterValue", Cloud.Assigning(eni, prefixes: 1));
        cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 1));
    }

    [Fact]
    public void A_detaching_interface_keeps_its_slot_and_its_index_until_it_is_gone()
    {
        var cloud = new Cloud(VpcOptions.Instant with { Latencies = VpcLatencies.None with { Detach = Time.DurationRange.Milliseconds(2000, 2000) } });
        var instance = cloud.Launch("t3a.small");
        var attachment = cloud.Attach(cloud.Create(), instance, 1);
        cloud.Call<Done>(new DetachNetworkInterfaceRequest { AttachmentId = attachment });
        cloud.Refused("AttachmentLimitExceeded", Cloud.Attaching(cloud.Create(), instance, 1));
        cloud.Pass(2);
        cloud.Attach(cloud.Create(), instance, 1);
    }

    public static TheoryData<string> DescriptionsOfEverything => ["DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups"];

    [Theory]
    [MemberData(nameof(DescriptionsOfEverything))]
    public void A_description_of_everything_has_a_smaller_bucket_of_its_own_and_one_that_names_or_pages_has_not(string action)
    {
        var cloud = new Cloud(VpcOptions.Instant with { Throttling = true });
        var instance = cloud.Launch();
        var (all, others) = action switch
        {
            "DescribeInstances" => ((DescribeRequest)new DescribeInstancesRequest(), (DescribeRequest[])[new DescribeInstancesRequest { InstanceIds = [instance.Id] }]),
            "DescribeNetworkInterfaces" =>
                (new DescribeNetworkInterfacesRequest(), [new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [instance.PrimaryInterfaceId] }]),
            _ => (new DescribeSecurityGroupsRequest(),
            [
                new DescribeSecurityGroupsRequest { GroupIds = [cloud.Vpc.DefaultSecurityGroupId] }, new DescribeSecurityGroupsRequest { GroupNames = ["default"] },
            ]),
        };
        for (var call = 0; call < 50; call++)
            Assert.IsNotType<Ec2Fault>(cloud.Vpc.Call(all, null, cloud.Now).Result);
        cloud.Refused("RequestLimitExceeded", all);

        // The other bucket of the action is full as yet, and twice as large.
        List<DescribeRequest> smaller = [.. others, all with { MaxResults = 5 }, all with { Filters = [new Filter("vpc-id", ["vpc-*"])] }];
        for (var call = 0; call < 100; call++)
            Assert.IsNotType<Ec2Fault>(cloud.Vpc.Call(smaller[call % smaller.Count], null, cloud.Now).Result);
        Assert.All(smaller, request => cloud.Refused("RequestLimitExceeded", request));

        cloud.Pass(0.1); // 10 a second, and 20.
        Assert.IsNotType<Ec2Fault>(cloud.Vpc.Call(all, null, cloud.Now).Result);
        cloud.Refused("RequestLimitExceeded", all);
        Assert.IsNotType<Ec2Fault>(cloud.Vpc.Call(smaller[0], null, cloud.Now).Result);
        Assert.IsNotType<Ec2Fault>(cloud.Vpc.Call(smaller[0], null, cloud.Now).Result);
        cloud.Refused("RequestLimitExceeded", smaller[0]);
    }

    [Fact]
    public void The_account_has_a_quota_of_interfaces()
    {
        var cloud = new Cloud(VpcOptions.Instant with { NetworkInterfaceQuota = 2 });
        cloud.Create();
        var second = cloud.Create();
        cloud.Refused("NetworkInterfaceLimitExceeded", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id });
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = second.Id });
        cloud.Create();
    }

    [Fact]
    public void Security_groups_are_limited_with_one_text_at_create_and_another_at_modify()
    {
        var cloud = new Cloud();
        var six = Enumerable.Range(0, 6).Select(n => cloud.Vpc.AddSecurityGroup($"group-{n}", "")).ToArray();
        var fault = cloud.Refused(
            "InvalidParameterValue", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, SecurityGroupIds = six });
        Assert.Equal("user 111122223333 exceeded limit 5 on the number of interface security group memberships", fault.Message);
        cloud.Refused(
            "SecurityGroupsPerInterfaceLimitExceeded",
            new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = cloud.Create().Id, SecurityGroupIds = six });
    }

    [Fact]
    public void Every_instance_type_is_known_once_and_has_room_for_its_own_address()
    {
        Assert.Equal(InstanceTypes.All.Length, InstanceTypes.All.Select(type => type.Name).Distinct().Count());
        Assert.All(InstanceTypes.All, type =>
        {
            Assert.NotEmpty(type.InterfacesPerCard);
            Assert.All(type.InterfacesPerCard, interfaces => Assert.InRange(interfaces, 1, 24));
            Assert.InRange(type.Ipv4AddressesPerInterface, 2, 64);
        });
    }
}
