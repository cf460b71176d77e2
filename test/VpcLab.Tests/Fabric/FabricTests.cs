using System.Net;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using AwsVpcCni.VpcLab.Control;

namespace AwsVpcCni.VpcLab.Tests.Fabric;

/// <summary>What EC2 says, on packets: through the API from outside, and seen from inside the nodes.</summary>
public sealed class FabricTests(FabricTests.TwoNodes fixture) : IClassFixture<FabricTests.TwoNodes>
{
    private readonly Lab _lab = fixture.Lab;
    private readonly AmazonEC2Client _ec2 = fixture.Ec2;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_attached_eni_appears_in_its_node_as_a_link_and_goes_when_detached()
    {
        var (eni, attachment) = await AttachAsync("node-1", deviceIndex: 2);
        var link = (await _lab.ExecAsync("node-1", "ip", "-o", "link", "show", "eth2")).Succeeded();
        Assert.Contains(eni.MacAddress, link, StringComparison.Ordinal);
        Assert.Contains("mtu 9001", link, StringComparison.Ordinal);
        Assert.DoesNotContain("UP", link, StringComparison.Ordinal); // Configuring it is the node's business.
        Assert.Empty((await _lab.ExecAsync("node-1", "ip", "-o", "-4", "address", "show", "eth2")).Succeeded());
        Assert.NotEqual(0, (await _lab.ExecAsync("node-2", "ip", "link", "show", "eth2")).ExitCode);

        await DetachAsync(eni.NetworkInterfaceId, attachment);
        Assert.NotEqual(0, (await _lab.ExecAsync("node-1", "ip", "link", "show", "eth2")).ExitCode);
        await _ec2.DeleteNetworkInterfaceAsync(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.NetworkInterfaceId }, Cancellation);
        Assert.Empty((await _lab.StatusAsync()).FabricErrors);
    }

    [Fact]
    public async Task A_node_comes_up_as_an_instance_would()
    {
        var node = _lab.State.Nodes[0];
        var addresses = (await _lab.ExecAsync("node-1", "ip", "-o", "-4", "address", "show", "eth0")).Succeeded();
        Assert.Contains($"{node.PrivateAddress}/24", addresses, StringComparison.Ordinal);
        var routes = (await _lab.ExecAsync("node-1", "ip", "route")).Succeeded();
        Assert.Contains($"default via 10.0.0.1 dev eth0 proto dhcp src {node.PrivateAddress}", routes, StringComparison.Ordinal);
        Assert.Equal("1", (await _lab.ExecAsync("node-1", "cat", "/proc/sys/net/ipv4/ip_forward")).Succeeded());
        Assert.Equal("2", (await _lab.ExecAsync("node-1", "cat", "/proc/sys/net/ipv4/conf/eth0/rp_filter")).Succeeded());
        Assert.Contains(node.Network, AwsVpcCni.VpcLab.Machine.NamedNetworks.Names()); // As ip netns lists it on the machine.
    }

    [Fact]
    public async Task Full_frames_reach_the_gateway_and_the_other_subnets_node_and_greater_ones_do_not()
    {
        var other = _lab.State.Nodes[1].PrivateAddress;
        Assert.True(await _lab.PingAsync("node-1", "10.0.0.1", payload: 8973));
        Assert.True(await _lab.PingAsync("node-1", other, payload: 8973));
        Assert.True(await _lab.PingAsync("node-2", _lab.State.Nodes[0].PrivateAddress, payload: 8973));
        Assert.False(await _lab.PingAsync("node-1", other, payload: 8974));
    }

    [Fact]
    public async Task A_secondary_address_is_reachable_from_its_assignment_to_its_removal()
    {
        var eni = (await _lab.StatusAsync()).Nodes[1].Interfaces[0].Id;
        var assigned = await _ec2.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = 1 }, Cancellation);
        var address = Assert.Single(assigned.AssignedPrivateIpAddresses).PrivateIpAddress;
        await _lab.WithAddressAsync("node-2", address, async () =>
        {
            Assert.True(await _lab.PingAsync("node-1", address, payload: 8973));
            Assert.True(await _lab.PingAsync("node-2", _lab.State.Nodes[0].PrivateAddress, from: address));

            await _ec2.UnassignPrivateIpAddressesAsync(
                new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni, PrivateIpAddresses = [address] }, Cancellation);
            Assert.False(await _lab.PingAsync("node-1", address));
            Assert.False(await _lab.PingAsync("node-2", _lab.State.Nodes[0].PrivateAddress, from: address));
        });
    }

    [Fact]
    public async Task Every_address_of_a_prefix_is_reachable()
    {
        var eni = (await _lab.StatusAsync()).Nodes[1].Interfaces[0].Id;
        var assigned = await _ec2.AssignPrivateIpAddressesAsync(new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, Ipv4PrefixCount = 1 }, Cancellation);
        var prefix = IPNetwork.Parse(Assert.Single(assigned.AssignedIpv4Prefixes).Ipv4Prefix);
        var last = prefix.BaseAddress.GetAddressBytes();
        last[3] += 15;
        foreach (var address in new[] { prefix.BaseAddress, new IPAddress(last) })
            await _lab.WithAddressAsync("node-2", address.ToString(), async () => Assert.True(await _lab.PingAsync("node-1", address.ToString())));
    }

    [Theory]
    [InlineData("10.0.0.249")]
    [InlineData("10.0.1.249")]
    [InlineData("10.0.200.1")]
    [InlineData("192.0.2.1")]
    public async Task An_address_that_nobody_has_is_silence(string address)
    {
        var ping = await _lab.ExecAsync("node-1", "ping", "-n", "-c", "1", "-W", "1", address);
        Assert.NotEqual(0, ping.ExitCode);
        Assert.DoesNotContain("From 10.0.0.1", ping.Output, StringComparison.Ordinal); // EC2 sends no ICMP errors.
    }

    [Fact]
    public async Task Instance_metadata_knows_who_asks_and_wants_a_token()
    {
        const string Tree = "http://169.254.169.254/latest/meta-data";
        foreach (var node in _lab.State.Nodes)
        {
            Assert.Equal("401", (await _lab.ExecAsync(node.Name, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", $"{Tree}/instance-id")).Succeeded());
            var token = (await _lab.ExecAsync(
                node.Name, "curl", "-s", "-X", "PUT", "-H", "X-aws-ec2-metadata-token-ttl-seconds: 60", "http://169.254.169.254/latest/api/token")).Succeeded();
            var header = $"X-aws-ec2-metadata-token: {token}";
            Assert.Equal(node.InstanceId, (await _lab.ExecAsync(node.Name, "curl", "-s", "-H", header, $"{Tree}/instance-id")).Succeeded());
            Assert.Equal(node.PrivateAddress, (await _lab.ExecAsync(node.Name, "curl", "-s", "-H", header, $"{Tree}/local-ipv4")).Succeeded());
        }
    }

    [Fact]
    public async Task Calls_are_counted_by_action_and_by_who_calls()
    {
        var query = "curl -s \"$AWS_ENDPOINT_URL_EC2/?Action=DescribeTags&Version=2016-11-15\"";
        Assert.Contains("DescribeTagsResponse", (await _lab.ShellAsync("node-2", query)).Succeeded(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<AmazonEC2Exception>(() => _ec2.DeleteNetworkInterfaceAsync(
            new DeleteNetworkInterfaceRequest { NetworkInterfaceId = "eni-0123456789abcdef0" }, Cancellation));
        var calls = (await _lab.StatusAsync()).Ec2Calls;
        Assert.Contains(calls, c => c is { Action: "DescribeTags", Caller: "node-2", Calls: 1, Faults: 0 });
        Assert.Contains(calls, c => c is { Action: "DeleteNetworkInterface", Caller: "machine", Faults: 1 });
    }

    [Fact]
    public async Task Status_reads_well_and_as_json()
    {
        var table = (await VpcLabProgram.RunAsync("status", "--name", _lab.Name)).Succeeded();
        Assert.Contains(_lab.State.Nodes[0].PrivateAddress, table, StringComparison.Ordinal);
        var json = (await VpcLabProgram.RunAsync("status", "--name", _lab.Name, "--json")).Succeeded();
        Assert.Contains($"\"instanceId\": \"{_lab.State.Nodes[0].InstanceId}\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_subnet_is_exhausted_as_ec2_exhausts_it()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1", "--subnet-size", "/28", "--profile", "instant", "--instance-type", "m5.4xlarge");
        using var ec2 = TwoNodes.Client(lab);
        var eni = (await lab.StatusAsync()).Nodes[0].Interfaces[0].Id;
        var request = new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = 10 };
        Assert.Equal(10, (await ec2.AssignPrivateIpAddressesAsync(request, Cancellation)).AssignedPrivateIpAddresses.Count);
        request.SecondaryPrivateIpAddressCount = 1;
        var full = await Assert.ThrowsAsync<AmazonEC2Exception>(() => ec2.AssignPrivateIpAddressesAsync(request, Cancellation));
        Assert.Equal("InsufficientFreeAddressesInSubnet", full.ErrorCode);
    }

    private async Task<(NetworkInterface Eni, string Attachment)> AttachAsync(string node, int deviceIndex)
    {
        var at = _lab.State.Nodes.Single(n => n.Name == node);
        var created = await _ec2.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = at.SubnetId }, Cancellation);
        var eni = created.NetworkInterface;
        await _lab.WaitAsync(status => status.FreeInterfaces.Any(i => i.Id == eni.NetworkInterfaceId && i.Status == "available"));
        var attached = await _ec2.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni.NetworkInterfaceId, InstanceId = at.InstanceId, DeviceIndex = deviceIndex }, Cancellation);
        await _lab.WaitAsync(status => Find(status, eni.NetworkInterfaceId)?.Link is not null);
        return (eni, attached.AttachmentId);
    }

    private async Task DetachAsync(string eni, string attachment)
    {
        await _ec2.DetachNetworkInterfaceAsync(new DetachNetworkInterfaceRequest { AttachmentId = attachment }, Cancellation);
        await _lab.WaitAsync(status => status.FreeInterfaces.Any(i => i.Id == eni && i.Status == "available"));
    }

    private static InterfaceStatus? Find(LabStatus status, string eni) =>
        status.Nodes.SelectMany(n => n.Interfaces).Concat(status.FreeInterfaces).SingleOrDefault(i => i.Id == eni);

    public sealed class TwoNodes : IAsyncLifetime
    {
        internal Lab Lab { get; private set; } = null!;

        internal AmazonEC2Client Ec2 { get; private set; } = null!;

        /// <summary>Node-1's.</summary>
        internal string PrimaryEni { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Lab = await Lab.UpAsync("--profile", "brisk");

            // A node doesn't answer ARP for its pods' addresses, which are on no link of its own; so it must not for those on lo here.
            foreach (var node in Lab.State.Nodes)
                (await Lab.ShellAsync(node.Name, "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore")).Succeeded();
            Ec2 = Client(Lab);
            PrimaryEni = (await Lab.StatusAsync()).Nodes[0].Interfaces[0].Id;
        }

        public ValueTask DisposeAsync()
        {
            Ec2?.Dispose();
            return Lab?.DisposeAsync() ?? ValueTask.CompletedTask;
        }

        internal static AmazonEC2Client Client(Lab lab) => new(
            new BasicAWSCredentials("any", "any"),
            new AmazonEC2Config { ServiceURL = lab.State.Ec2Endpoint, AuthenticationRegion = lab.State.Region, MaxErrorRetry = 0 });
    }
}
