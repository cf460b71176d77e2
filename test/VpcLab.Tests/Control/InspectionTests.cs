using System.Text.Json;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using AwsVpcCni.VpcLab.Cli;
using AwsVpcCni.VpcLab.Control;
using Tag = Amazon.EC2.Model.Tag;

namespace AwsVpcCni.VpcLab.Tests.Control;

/// <summary>vpclab dump and vpclab check: all of EC2's state, and what should never be in it.</summary>
public sealed class InspectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dump_has_all_that_was_made_through_the_api()
    {
        await using var lab = await Lab.UpAsync("--nodes", "0", "--model-nodes", "1", "--profile", "instant");
        var node = lab.State.ModelNodes[0];
        using var ec2 = ClientOf(node.Endpoint);
        var subnet = (await ec2.DescribeSubnetsAsync(new DescribeSubnetsRequest(), Cancellation)).Subnets[0];
        var kept = (await ec2.CreateSubnetCidrReservationAsync(
            new CreateSubnetCidrReservationRequest { SubnetId = subnet.SubnetId, Cidr = "10.0.0.240/28", ReservationType = "explicit", Description = "for me" },
            Cancellation)).SubnetCidrReservation;
        var eni = (await ec2.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest
            {
                SubnetId = subnet.SubnetId,
                Description = "a pod's",
                SecondaryPrivateIpAddressCount = 2,
                TagSpecifications = [new TagSpecification { ResourceType = "network-interface", Tags = [new Tag("owner", "me")] }],
            },
            Cancellation)).NetworkInterface;
        await ec2.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni.NetworkInterfaceId, Ipv4PrefixCount = 1 }, Cancellation);
        var attachment = (await ec2.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni.NetworkInterfaceId, InstanceId = node.InstanceId, DeviceIndex = 1 }, Cancellation)).AttachmentId;

        var before = (await lab.StatusAsync()).Now;
        var dump = JsonSerializer.Deserialize((await VpcLabProgram.RunAsync("dump", "--name", lab.Name)).Succeeded(), InspectionJson.Default.LabDump)!;

        Assert.InRange(dump.Now, before, DateTimeOffset.MaxValue);
        Assert.Equal((subnet.VpcId, "us-west-2", "10.0.0.0/16"), (dump.VpcId, dump.Region, Assert.Single(dump.Blocks)));
        Assert.Equal(
            (kept.SubnetCidrReservationId, subnet.SubnetId, "10.0.0.240/28", "explicit", "for me"),
            Assert.Single(dump.Reservations) is var r ? (r.Id, r.SubnetId, r.Cidr, r.Type, r.Description) : default);
        Assert.Equal("default", Assert.Single(dump.SecurityGroups).Name);
        var instance = Assert.Single(dump.Instances);
        Assert.Equal((node.InstanceId, "model-1", "running"), (instance.Id, instance.Node, instance.State));
        Assert.Equal($"{lab.Name}-model-1", instance.Tags["Name"]);
        Assert.Contains(dump.Subnets, s => s.Id == subnet.SubnetId && s.Cidr == subnet.CidrBlock);
        var dumped = Assert.Single(dump.NetworkInterfaces, i => i.Id == eni.NetworkInterfaceId);
        Assert.Equal(("in-use", "a pod's", "me", eni.PrivateIpAddress), (dumped.Status, dumped.Description, dumped.Tags["owner"], dumped.PrimaryAddress));
        Assert.Equal(eni.PrivateIpAddresses.Where(a => a.Primary != true).Select(a => a.PrivateIpAddress), dumped.SecondaryAddresses);
        Assert.EndsWith("/28", Assert.Single(dumped.Prefixes), StringComparison.Ordinal);
        Assert.Equal((attachment, node.InstanceId, 0, 1, "attached", false), dumped.Attachment is { } on
            ? (on.Id, on.InstanceId, on.NetworkCardIndex, on.DeviceIndex, on.Status, on.DeleteOnTermination)
            : default);
    }

    [Fact]
    public async Task A_check_of_a_sound_lab_says_so_and_exits_with_0()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1");
        Assert.StartsWith("All is well", (await VpcLabProgram.RunAsync("check", "--name", lab.Name)).Succeeded(), StringComparison.Ordinal);
        var check = JsonSerializer.Deserialize((await VpcLabProgram.RunAsync("check", "--name", lab.Name, "--json")).Succeeded(), InspectionJson.Default.LabCheck)!;
        Assert.Empty(check.Violations);
        Assert.Empty(check.FabricErrors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_check_tells_each_violation_and_exits_with_1(bool json)
    {
        var output = new StringWriter();
        LabCheck check = new(DateTimeOffset.UnixEpoch, ["10.0.0.9 is on eni-a and on eni-b", "subnet-1 counts 3 free addresses"], ["eth1 is not there"]);
        Assert.Equal(1, CheckCommand.Tell(check, json, output));
        Assert.All([.. check.Violations, .. check.FabricErrors], wrong => Assert.Contains(wrong, output.ToString(), StringComparison.Ordinal));
        Assert.Equal(1, CheckCommand.Tell(check with { Violations = [] }, json, output));
    }

    [Fact]
    public async Task Status_counts_the_interfaces_of_all_network_cards_and_tells_each_ones_card()
    {
        await using var lab = await Lab.UpAsync("--nodes", "0", "--model-nodes", "1", "--instance-type", "p4d.24xlarge", "--profile", "instant");
        var node = lab.State.ModelNodes[0];
        using var ec2 = ClientOf(node.Endpoint);
        var eni = (await ec2.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = node.SubnetId }, Cancellation)).NetworkInterface;
        await ec2.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni.NetworkInterfaceId, InstanceId = node.InstanceId, NetworkCardIndex = 3, DeviceIndex = 1 }, Cancellation);

        var drawn = (await VpcLabProgram.RunAsync("status", "--name", lab.Name)).Succeeded();
        Assert.Contains("2/60 ENIs on 4 network cards", drawn, StringComparison.Ordinal);
        Assert.Contains(drawn.Split('\n'), line => line.Contains(eni.NetworkInterfaceId, StringComparison.Ordinal) && line.Contains("  card 3", StringComparison.Ordinal));
        Assert.Equal([0, 3], (await lab.StatusAsync()).Nodes[0].Interfaces.Select(i => i.NetworkCardIndex));
    }

    private static AmazonEC2Client ClientOf(string endpoint) => new(
        new BasicAWSCredentials("any", "any"), new AmazonEC2Config { ServiceURL = endpoint, AuthenticationRegion = "us-west-2", MaxErrorRetry = 0 });
}
