using System.Diagnostics;
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

        var table = (await ec2.DescribeRouteTablesAsync(new DescribeRouteTablesRequest(), Cancellation)).RouteTables[0].RouteTableId;
        await ec2.CreateTagsAsync(new CreateTagsRequest { Resources = [table, subnet.VpcId], Tags = [new Tag("team", "net")] }, Cancellation);

        (await VpcLabProgram.RunAsync("set", "--name", lab.Name, "transition.Move=1h")).Succeeded();
        var target = (await ec2.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = subnet.SubnetId }, Cancellation)).NetworkInterface;
        var moving = eni.PrivateIpAddresses.First(a => a.Primary != true).PrivateIpAddress;
        await ec2.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = target.NetworkInterfaceId, PrivateIpAddresses = [moving], AllowReassignment = true }, Cancellation);
        var launched = (await ec2.RunInstancesAsync(
            new RunInstancesRequest("ami-0123456789abcdef0", 2, 2) { InstanceType = InstanceType.M5Large, SubnetId = subnet.SubnetId, ClientToken = "once" }, Cancellation))
            .Reservation.Instances;

        var before = (await lab.StatusAsync()).Now;
        var dump = JsonSerializer.Deserialize((await VpcLabProgram.RunAsync("dump", "--name", lab.Name)).Succeeded(), InspectionJson.Default.LabDump)!;

        Assert.InRange(dump.Now, before, DateTimeOffset.MaxValue);
        Assert.Equal((subnet.VpcId, "us-west-2", "10.0.0.0/16"), (dump.VpcId, dump.Region, Assert.Single(dump.Blocks)));
        Assert.Equal(
            (kept.SubnetCidrReservationId, subnet.SubnetId, "10.0.0.240/28", "explicit", "for me"),
            Assert.Single(dump.Reservations) is var r ? (r.Id, r.SubnetId, r.Cidr, r.Type, r.Description) : default);
        Assert.Equal("default", Assert.Single(dump.SecurityGroups).Name);
        Assert.Equal((table, "net", "net"), (dump.MainRouteTable.Id, dump.MainRouteTable.Tags["team"], dump.VpcTags["team"]));
        Assert.Equal([new AddressMoveDump(moving, eni.NetworkInterfaceId, target.NetworkInterfaceId)], dump.AddressMoves);
        Assert.Equal(["192.168.0.0/16"], dump.PeerBlocks);
        Assert.Equal(
            launched.Select((one, i) => (one.InstanceId, i, (string?)"once", (string?)null)),
            dump.Instances.Skip(1).Select(one => (one.Id, one.LaunchIndex, one.ClientToken, one.Node)));
        var instance = dump.Instances[0];
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
        Assert.Empty(check.Differences);
        Assert.Empty(check.FabricErrors);
    }

    /// <summary>Somebody has been at the router: what no change of EC2's has told is found by looking.</summary>
    [Fact]
    public async Task A_check_looks_at_the_router_and_tells_what_is_not_as_EC2_says()
    {
        await using var lab = await Lab.UpAsync("--nodes", "2", "--profile", "instant");
        using var ec2 = ClientOf(lab.State.Ec2Endpoint!);
        var (first, second) = (lab.State.Nodes[0], lab.State.Nodes[1]);
        var primary = (await lab.StatusAsync()).Nodes[0].Interfaces[0].Id;
        var assigned = (await ec2.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = primary, SecondaryPrivateIpAddressCount = 1 }, Cancellation)).AssignedPrivateIpAddresses[0].PrivateIpAddress;
        var prefix = (await ec2.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = primary, Ipv4PrefixCount = 1 }, Cancellation)).AssignedIpv4Prefixes[0].Ipv4Prefix;
        var idle = (await ec2.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = first.SubnetId }, Cancellation)).NetworkInterface.PrivateIpAddress;
        Assert.Empty(await DifferencesAsync());

        var port = "eni" + primary[^12..];
        var mac = (await lab.StatusAsync()).Nodes[0].Interfaces[0].MacAddress;
        await PlantAsync($"{assigned} is assigned to {primary} and not routed", $"ip route del {assigned}", $"ip route add {assigned} via {first.PrivateAddress} dev {port}");
        await PlantAsync($"{prefix} is assigned to {primary} and not routed", $"ip route del {prefix}", $"ip route add {prefix} via {first.PrivateAddress} dev {port}");
        await PlantAsync($"10.0.0.77 is routed to {primary} and not assigned to it", $"ip route add 10.0.0.77 dev {port}", "ip route del 10.0.0.77");
        await PlantAsync($"{second.PrivateAddress} is assigned to {(await lab.StatusAsync()).Nodes[1].Interfaces[0].Id} and routed to {primary}",
            $"ip route add {second.PrivateAddress} dev {port} metric 7", $"ip route del {second.PrivateAddress} dev {port} metric 7");
        await PlantAsync($"{primary}: the router's end of its link ({port}) has MTU 1500, not 65535", $"ip link set {port} mtu 1500", $"ip link set {port} mtu 65535");
        await PlantAsync($"{primary}: the router's end of its link ({port}) is in group 2, not 1: its source/destination check is another than EC2's",
            $"ip link set {port} group 2", $"ip link set {port} group 1");
        await PlantAsync($"{primary}: the router does not know that {first.PrivateAddress} is at {mac}",
            $"ip neigh del {first.PrivateAddress} dev {port}", $"ip neigh add {first.PrivateAddress} dev {port} lladdr {mac} nud permanent");
        await PlantAsync($"{first.PrivateAddress} is not in the router's set 'public'",
            $"nft delete element ip vpclab public {{ {first.PrivateAddress} }}", $"nft add element ip vpclab public {{ {first.PrivateAddress} }}");
        await PlantAsync($"{idle} is not in the router's set 'unlinked'",
            $"nft delete element ip vpclab unlinked {{ {idle} }}", $"nft add element ip vpclab unlinked {{ {idle} }}");
        await PlantAsync("10.0.0.78 is in the router's set 'unlinked' and should not be",
            "nft add element ip vpclab unlinked { 10.0.0.78 }", "nft delete element ip vpclab unlinked { 10.0.0.78 }");
        await PlantAsync("the subnet gateway 10.0.0.1 is not on the router", "ip address del 10.0.0.1/32 dev lo", "ip address add 10.0.0.1/32 dev lo");
        await PlantAsync("the router does not forward (net.ipv4.ip_forward)", "echo 0 > /proc/sys/net/ipv4/ip_forward", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        await PlantAsync("internet: 0.0.0.0/0 is not routed to it", "ip route flush table 100 default", "ip route add default via 203.0.113.10 dev internet onlink table 100");
        await PlantAsync("the router's rule for what leaves the VPC is gone", "ip rule del priority 100", "ip rule add priority 100 fwmark 1 table 100");
        await PlantAsync("the router's last route, a blackhole for what nobody has, is gone", "ip route del blackhole default", "ip route add blackhole default");

        // For good:
        await RouterAsync($"ip link set {port} down");
        Assert.Contains($"{primary}: the router's end of its link ({port}) is down", await DifferencesAsync());
        await RouterAsync($"ip link del {port}");
        Assert.Contains($"{primary}: its link is not on the router", await DifferencesAsync());
        await RouterAsync("nft flush chain ip vpclab to");
        Assert.Contains(await DifferencesAsync(), wrong => wrong.StartsWith("the router has ", StringComparison.Ordinal) && wrong.Contains("rules of nftables", StringComparison.Ordinal));
        await RouterAsync("nft delete table ip vpclab");
        Assert.Contains(await DifferencesAsync(), wrong => wrong.StartsWith("the router's nftables can't be read", StringComparison.Ordinal));
        var said = await VpcLabProgram.RunAsync("check", "--name", lab.Name);
        Assert.Equal(1, said.ExitCode);
        Assert.Contains($"The router is out of step with EC2: {primary}: its link is not on the router", said.Output, StringComparison.Ordinal);

        async Task PlantAsync(string wrong, string plant, string mend)
        {
            await RouterAsync(plant);
            Assert.Equal([wrong], await DifferencesAsync());
            await RouterAsync(mend);
            Assert.Empty(await DifferencesAsync());
        }

        async Task RouterAsync(string command)
        {
            using var shell = Process.Start("ip", ["netns", "exec", lab.Paths.RouterNetwork, "sh", "-ec", command]);
            await shell.WaitForExitAsync(Cancellation);
            Assert.True(shell.ExitCode == 0, command);
        }

        async Task<IReadOnlyList<string>> DifferencesAsync() => JsonSerializer.Deserialize(
            (await VpcLabProgram.RunAsync("check", "--name", lab.Name, "--json")).Output, InspectionJson.Default.LabCheck)!.Differences;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_check_tells_each_violation_and_exits_with_1(bool json)
    {
        var output = new StringWriter();
        LabCheck check = new(DateTimeOffset.UnixEpoch, ["10.0.0.9 is on eni-a and on eni-b", "subnet-1 counts 3 free addresses"], ["10.0.0.8 is not routed"], ["eth1 is not there"]);
        Assert.Equal(1, CheckCommand.Tell(check, json, output));
        Assert.All([.. check.Violations, .. check.Differences, .. check.FabricErrors], wrong => Assert.Contains(wrong, output.ToString(), StringComparison.Ordinal));
        Assert.Equal(1, CheckCommand.Tell(check with { Violations = [], FabricErrors = [] }, json, output));
        Assert.Equal(1, CheckCommand.Tell(check with { Violations = [], Differences = [] }, json, output));
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
