using Amazon.EC2;
using Amazon.EC2.Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;
using Tag = Amazon.EC2.Model.Tag;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>RunInstances through AWSSDK.EC2 (ec2-facts.md §5).</summary>
public sealed class LaunchTests
{
    private const string Image = "ami-0123456789abcdef0";

    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_instance_is_pending_then_running_with_a_primary_interface_that_goes_with_it()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Boot", "9s"));
        var reservation = await RunAsync(ec2, request => request.TagSpecifications =
        [
            new TagSpecification { ResourceType = ResourceType.Instance, Tags = [new Tag("Name", "fresh")] },
            new TagSpecification { ResourceType = ResourceType.NetworkInterface, Tags = [new Tag("of", "fresh")] },
        ]);
        var told = reservation.Instances.Single();
        Assert.Equal((InstanceStateName.Pending, "m5.large", Image), (told.State.Name, told.InstanceType.Value, told.ImageId));
        Assert.Equal((true, 0), (told.NetworkInterfaces.Single().Attachment.DeleteOnTermination, told.NetworkInterfaces.Single().Attachment.DeviceIndex));

        var pending = await FindAsync(ec2, "tag:Name", "fresh");
        Assert.Equal((reservation.ReservationId, told.InstanceId, InstanceStateName.Pending), (pending.ReservationId, pending.Instances.Single().InstanceId, pending.Instances[0].State.Name));
        var another = (await ec2.CreateAsync()).NetworkInterfaceId;
        await RefusedAsync("IncorrectInstanceState", () => ec2.AttachAsync(another, 1, told.InstanceId));
        ec2.Pass(9);
        Assert.Equal(InstanceStateName.Running, (await FindAsync(ec2, "instance-id", told.InstanceId)).Instances.Single().State.Name);
        await ec2.AttachAsync(another, 1, told.InstanceId);

        var primary = told.NetworkInterfaces.Single().NetworkInterfaceId;
        Assert.Equal("fresh", (await ec2.DescribeAsync(primary)).TagSet.Single(tag => tag.Key == "of").Value);
        await ec2.TerminateAsync(told.InstanceId);
        await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.DescribeAsync(primary));
        Assert.Equal(NetworkInterfaceStatus.Available, (await ec2.DescribeAsync(another)).Status);
        Assert.Empty(ec2.Vpc.Violations());
    }

    [Fact]
    public async Task The_same_token_launches_once_and_with_other_parameters_not_at_all()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var first = await RunAsync(ec2, request => request.ClientToken = "once");
        var again = await RunAsync(ec2, request => request.ClientToken = "once");
        Assert.Equal((first.ReservationId, first.Instances[0].InstanceId), (again.ReservationId, again.Instances.Single().InstanceId));
        await RefusedAsync("IdempotentParameterMismatch", () => RunAsync(ec2, request =>
        {
            request.ClientToken = "once";
            request.MaxCount = 2;
        }));
        foreach (var tagged in new[] { ResourceType.Instance, ResourceType.NetworkInterface })
        {
            await RefusedAsync("IdempotentParameterMismatch", () => RunAsync(ec2, request =>
            {
                request.ClientToken = "once";
                request.TagSpecifications = [new TagSpecification { ResourceType = tagged, Tags = [new Tag("a", "b")] }];
            }));
        }

        Assert.Equal(2, ec2.Vpc.Instances.Count);
        Assert.Equal(first.ReservationId, (await FindAsync(ec2, "client-token", "once")).ReservationId);
    }

    [Fact]
    public async Task As_many_are_launched_as_there_are_addresses_for_or_none_when_that_is_too_few()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(subnet: "10.0.1.0/28");
        Assert.Equal(10, await ec2.AvailableAsync());
        await RefusedAsync("InsufficientFreeAddressesInSubnet", () => RunAsync(ec2, request => (request.MinCount, request.MaxCount) = (11, 50)));
        Assert.Equal((10, 1), (await ec2.AvailableAsync(), ec2.Vpc.NetworkInterfaces.Count));

        var launched = await RunAsync(ec2, request => (request.MinCount, request.MaxCount) = (2, 50));
        Assert.Equal((10, 0), (launched.Instances.Count, await ec2.AvailableAsync()));
        var told = await FindAsync(ec2, "reservation-id", launched.ReservationId);
        Assert.Equal(Enumerable.Range(0, 10), told.Instances.Select(instance => instance.AmiLaunchIndex ?? -1));
        Assert.Equal(10, told.Instances.Select(instance => instance.PrivateIpAddress).Distinct().Count());
        Assert.Empty(ec2.Vpc.Violations());
    }

    [Fact]
    public async Task Interfaces_are_as_the_launch_specifies_them_and_stay_or_go_as_it_says()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var instance = (await RunAsync(ec2, request =>
        {
            request.SubnetId = null;
            request.NetworkInterfaces =
            [
                new InstanceNetworkInterfaceSpecification { DeviceIndex = 2, SubnetId = ec2.Subnet.Id },
                new InstanceNetworkInterfaceSpecification { DeviceIndex = 1, SubnetId = ec2.Subnet.Id, Ipv4PrefixCount = 2, DeleteOnTermination = true, Description = "pods" },
                new InstanceNetworkInterfaceSpecification
                {
                    DeviceIndex = 0, SubnetId = ec2.Subnet.Id, SecondaryPrivateIpAddressCount = 3, DeleteOnTermination = false, Groups = [ec2.Vpc.DefaultSecurityGroupId],
                },
            ];
        })).Instances.Single();
        Assert.Equal([0, 1, 2], instance.NetworkInterfaces.Select(eni => eni.Attachment.DeviceIndex ?? -1));
        Assert.Equal([false, true, false], instance.NetworkInterfaces.Select(eni => eni.Attachment.DeleteOnTermination ?? true));
        Assert.Equal((4, 2, "pods"), (instance.NetworkInterfaces[0].PrivateIpAddresses.Count, instance.NetworkInterfaces[1].Ipv4Prefixes.Count, instance.NetworkInterfaces[1].Description));

        await ec2.TerminateAsync(instance.InstanceId);
        Assert.Equal(
            [instance.NetworkInterfaces[0].NetworkInterfaceId, instance.NetworkInterfaces[2].NetworkInterfaceId],
            ec2.Vpc.NetworkInterfaces.Where(eni => eni.Attachment is null).Select(eni => eni.Id));
        Assert.Empty(ec2.Vpc.Violations());
    }

    [Fact]
    public async Task A_launch_that_cannot_be_leaves_nothing_behind()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        await RefusedAsync("InvalidAMIID.Malformed", () => RunAsync(ec2, request => request.ImageId = "linux"));
        var type = await RefusedAsync("InvalidParameterValue", () => RunAsync(ec2, request => request.InstanceType = "m5.enormous"));
        Assert.Equal("Invalid value 'm5.enormous' for InstanceType.", type.Message);
        await RefusedAsync("InvalidParameterValue", () => RunAsync(ec2, request => request.MinCount = 0));
        await RefusedAsync("InvalidParameterCombination", () => RunAsync(ec2, request => request.MinCount = 2));
        await RefusedAsync("InvalidSubnetID.NotFound", () => RunAsync(ec2, request => request.SubnetId = "subnet-0123456789abcdef0"));
        await RefusedAsync("VPCIdNotSpecified", () => RunAsync(ec2, request => request.SubnetId = null));
        await RefusedAsync("InvalidIPAddress.InUse", () => RunAsync(ec2, request =>
        {
            request.PrivateIpAddress = "10.0.1.77";
            request.MaxCount = 2;
        }));
        await RefusedAsync("DryRunOperation", () => RunAsync(ec2, request => request.DryRun = true));

        var both = await RefusedAsync("InvalidParameterCombination", () => WithAsync(ec2.Subnet.Id, Of(0)));
        Assert.Equal("Network interfaces and an instance-level subnet ID may not be specified on the same request", both.Message);
        var noIndex = await RefusedAsync("InvalidParameterValue", () => WithAsync(null, Of(null)));
        Assert.Equal("Each network interface requires a device index.", noIndex.Message);
        await RefusedAsync("InvalidParameterValue", () => WithAsync(null, Of(1)));
        await RefusedAsync("InvalidParameterCombination", () => WithAsync(null, Of(0), Of(0)));
        await RefusedAsync("AttachmentLimitExceeded", () => WithAsync(null, Of(0), Of(1), Of(2), Of(3)));
        await RefusedAsync("InvalidInterface.IpAddressLimitExceeded", () => WithAsync(null, Of(0, secondaries: 10)));
        var elsewhere = ec2.Vpc.AddSubnet(System.Net.IPNetwork.Parse("10.0.2.0/24"), "us-west-2b");
        var zones = await RefusedAsync(
            "InvalidParameterCombination",
            () => WithAsync(null, Of(0), new InstanceNetworkInterfaceSpecification { DeviceIndex = 1, SubnetId = elsewhere.Id }));
        Assert.Contains("availability zone", zones.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Single(ec2.Vpc.Instances);
        Assert.Single(ec2.Vpc.NetworkInterfaces);
        Assert.Equal(251, ec2.Vpc.Subnets[1].AvailableAddressCount);
        Assert.Equal(250, await ec2.AvailableAsync());
        Assert.Empty(ec2.Vpc.Violations());

        Task WithAsync(string? subnet, params InstanceNetworkInterfaceSpecification[] enis) => RunAsync(ec2, request =>
        {
            request.SubnetId = subnet;
            request.NetworkInterfaces = [.. enis];
        });

        InstanceNetworkInterfaceSpecification Of(int? index, int? secondaries = null) =>
            new() { DeviceIndex = index, SubnetId = ec2.Subnet.Id, SecondaryPrivateIpAddressCount = secondaries };
    }

    [Fact]
    public async Task A_lab_shows_an_instance_that_the_aws_command_line_has_launched()
    {
        await using var lab = await Lab.UpAsync("--nodes", "0", "--model-nodes", "1", "--profile", "instant");
        var aws = new Clients.AwsCli(lab.State.Ec2Endpoint!);
        var id = (await aws.Ec2Async(
            "run-instances", "--image-id", Image, "--instance-type", "c5.large", "--subnet-id", lab.State.ModelNodes[0].SubnetId,
            "--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=late}]")).GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!;
        var status = await lab.WaitAsync(seen => seen.Nodes.Any(node => node.InstanceId == id && node.State == "running"));
        Assert.Equal(("c5.large", null), (status.Nodes.Single(node => node.InstanceId == id).InstanceType, status.Nodes.Single(node => node.InstanceId == id).Endpoint));
        await aws.Ec2Async("terminate-instances", "--instance-ids", id);
        await lab.WaitAsync(seen => seen.Nodes.Any(node => node.InstanceId == id && node is { State: "terminated", Interfaces.Count: 0 }));
    }

    private static async Task<Reservation> RunAsync(Ec2OverHttp ec2, Action<RunInstancesRequest>? with = null)
    {
        var request = new RunInstancesRequest(Image, 1, 1) { InstanceType = InstanceType.M5Large, SubnetId = ec2.Subnet.Id };
        with?.Invoke(request);
        var reservation = (await ec2.Client.RunInstancesAsync(request, _cancel)).Reservation;
        ec2.Pass(0);
        return reservation;
    }

    private static async Task<Reservation> FindAsync(Ec2OverHttp ec2, string filter, string value) =>
        (await ec2.Client.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [new Filter(filter, [value])] }, _cancel)).Reservations.Single();
}
