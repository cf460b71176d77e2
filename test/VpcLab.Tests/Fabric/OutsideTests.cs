using Amazon.EC2;
using Amazon.EC2.Model;

namespace AwsVpcCni.VpcLab.Tests.Fabric;

/// <summary>Subnets, zones and blocks of a VPC with more than one of each, and what is beyond it: the internet and a peer VPC.</summary>
public sealed class OutsideTests(OutsideTests.WideVpc fixture) : IClassFixture<OutsideTests.WideVpc>
{
    private const string Internet = "203.0.113.10";
    private const string Peer = "192.168.0.10";

    private readonly Lab _lab = fixture.Lab;
    private readonly AmazonEC2Client _ec2 = fixture.Ec2;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subnets_are_where_and_as_they_were_asked_for()
    {
        var subnets = (await _ec2.DescribeSubnetsAsync(new DescribeSubnetsRequest(), Cancellation)).Subnets;
        Assert.Equal(
            ["10.0.0.0/24 us-west-2a", "10.0.4.0/22 us-west-2b", "100.64.0.0/20 us-west-2a"],
            subnets.Select(s => $"{s.CidrBlock} {s.AvailabilityZone}").Order(StringComparer.Ordinal));
        Assert.Equal("1", subnets.Single(s => s.CidrBlock == "100.64.0.0/20").Tags.Single(t => t.Key == "kubernetes.io/role/cni").Value);
        Assert.Equal(["us-west-2a", "us-west-2b", "us-west-2a"], _lab.State.Nodes.Select(n => n.AvailabilityZone)); // None in 100.64.0.0/20.
    }

    [Fact]
    public async Task Each_route_of_the_route_table_is_a_way_that_packets_take()
    {
        var table = (await _ec2.DescribeRouteTablesAsync(new DescribeRouteTablesRequest(), Cancellation)).RouteTables.Single();
        Assert.Equal(
            ["0.0.0.0/0 igw-", "10.0.0.0/16 local", "100.64.0.0/16 local", "192.168.0.0/16 pcx-"],
            table.Routes.Select(r => $"{r.DestinationCidrBlock} {(r.GatewayId is "local" ? "local" : (r.GatewayId ?? r.VpcPeeringConnectionId)[..4])}").Order(StringComparer.Ordinal));
        Assert.True(await _lab.PingAsync("node-1", _lab.State.Nodes[1].PrivateAddress));
        Assert.True(await _lab.PingAsync("node-1", Internet));
        Assert.True(await _lab.PingAsync("node-1", Peer));
    }

    [Fact]
    public async Task An_eni_in_the_secondary_block_is_reached_from_the_primary_one()
    {
        var (eni, address) = await AttachAsync("node-1", Subnet("100.64.0.0/20"));
        Assert.StartsWith("100.64.", address, StringComparison.Ordinal);
        (await _lab.ShellAsync("node-1", $"ip link set eth1 up && ip address add {address}/20 dev eth1 && ip route add default via 100.64.0.1 dev eth1 table 2 && ip rule add from {address} lookup 2")).Succeeded();
        Assert.True(await _lab.PingAsync("node-2", address, payload: 8973));
        Assert.True(await _lab.PingAsync("node-1", _lab.State.Nodes[1].PrivateAddress, from: address));
        Assert.Contains("100.64.0.0/16", await MetadataAsync("node-1", $"network/interfaces/macs/{eni.MacAddress}/vpc-ipv4-cidr-blocks"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_internet_sees_an_enis_primary_address_and_no_other()
    {
        Assert.True(await _lab.PingAsync("node-2", Internet));
        var node = _lab.State.Nodes[1];
        Assert.True(await FromOutsideAsync("internet", node.PrivateAddress));

        var secondary = await AssignAsync("node-2");
        await _lab.WithAddressAsync("node-2", secondary, async () =>
        {
            Assert.False(await _lab.PingAsync("node-2", Internet, from: secondary));
            var drop = await _lab.WaitForDropAsync(d => d.Source == secondary && d.Destination == Internet);
            Assert.Equal(("no-public-address", "node-2"), (drop.Reason, drop.Node));

            Assert.False(await FromOutsideAsync("internet", secondary));
            drop = await _lab.WaitForDropAsync(d => d.Source == Internet && d.Destination == secondary);
            Assert.Equal(("no-public-address", "internet", null), (drop.Reason, drop.From, drop.Node));

            Assert.True(await _lab.PingAsync("node-2", _lab.State.Nodes[0].PrivateAddress, from: secondary)); // Within the VPC it is as good as any.
        });
    }

    [Fact]
    public async Task A_pods_packet_reaches_the_internet_with_the_nodes_address_when_the_node_translates()
    {
        const string Listen = "import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('0.0.0.0',7003)); print('ready',flush=True); print(s.recvfrom(9)[1][0])";
        using var seen = VpcLabProgram.Start("exec", "--name", _lab.Name, "internet", "--", "python3", "-c", Listen);
        Assert.Equal("ready", await seen.StandardOutput.ReadLineAsync(Cancellation));
        (await _lab.ExecAsync("node-1", "python3", "-c", $"import socket; socket.socket(socket.AF_INET,socket.SOCK_DGRAM).sendto(b'x',('{Internet}',7003))")).Succeeded();
        Assert.Equal(_lab.State.Nodes[0].PrivateAddress, await seen.StandardOutput.ReadLineAsync(Cancellation));
        await seen.WaitForExitAsync(Cancellation);
    }

    [Fact]
    public async Task Frames_for_the_internet_are_1500_bytes_and_the_sender_is_told()
    {
        Assert.True(await _lab.PingAsync("node-1", Internet, payload: 1472));
        var told = await _lab.ExecAsync("node-1", "ping", "-n", "-c", "1", "-W", "2", "-M", "do", "-s", "1473", Internet);
        Assert.Contains("mtu = 1500", told.Output + told.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_is_reached_both_ways_from_any_address_and_without_translation()
    {
        var secondary = await AssignAsync("node-3");
        await _lab.WithAddressAsync("node-3", secondary, async () =>
        {
            Assert.True(await _lab.PingAsync("node-3", Peer, payload: 8973, from: secondary));
            Assert.True(await FromOutsideAsync("peer", secondary));
        });
        Assert.False(await FromOutsideAsync("peer", "10.0.0.240"));
        Assert.Equal("unassigned-destination", (await _lab.WaitForDropAsync(d => d.From == "peer" && d.Destination == "10.0.0.240")).Reason);
    }

    [Fact]
    public async Task A_peering_is_not_transitive()
    {
        await FromOutsideAsync("peer", Internet);
        Assert.Equal("unassigned-destination", (await _lab.WaitForDropAsync(d => d.From == "peer" && d.Destination == Internet)).Reason);
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_named_with_those_that_are()
    {
        var wrong = await VpcLabProgram.RunAsync("exec", "--name", _lab.Name, "node-9", "--", "true");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("node-1, node-2, node-3, internet and peer", wrong.Errors, StringComparison.Ordinal);
        Assert.Contains("internet has no pods", (await VpcLabProgram.RunAsync("exec", "--name", _lab.Name, "internet", "--pod", "x", "--", "true")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--secondary-cidr 10.0.128.0/17", "overlaps the VPC 10.0.0.0/16")]
    [InlineData("--secondary-cidr 192.168.4.0/22", "overlaps --secondary-cidr 192.168.4.0/22")]
    [InlineData("--subnet 10.1.0.0/24", "Subnet 10.1.0.0/24 is outside the VPC")]
    [InlineData("--subnet 10.0.0.0/24 --subnet 10.0.0.128/25,b", "overlaps subnet 10.0.0.0/24")]
    [InlineData("--subnet 100.64.0.0/24 --secondary-cidr 100.64.0.0/16", "No subnet is in 10.0.0.0/16")]
    [InlineData("--subnet 10.0.0.1/24", "--subnet is '10.0.0.1/24'")]
    [InlineData("--subnet 10.0.0.0/24,a,tag", "--subnet is '10.0.0.0/24,a,tag'")]
    [InlineData("--secondary-cidr nonsense", "--secondary-cidr is 'nonsense'")]
    public async Task Blocks_that_cannot_be_are_refused_before_anything_is_made(string options, string error)
    {
        using var unborn = new NoLab();
        var up = await VpcLabProgram.RunAsync(["up", "--name", unborn.Paths.Name, "--ec2-port", "0", .. options.Split(' ')]);
        Assert.Equal(1, up.ExitCode);
        Assert.Contains(error, up.Errors, StringComparison.Ordinal);
    }

    private string Subnet(string cidr) => fixture.Subnets[cidr];

    private async Task<bool> FromOutsideAsync(string host, string address) =>
        (await VpcLabProgram.RunAsync("exec", "--name", _lab.Name, host, "--", "ping", "-n", "-q", "-c", "1", "-W", "1", address)).ExitCode == 0;

    private async Task<string> AssignAsync(string node)
    {
        var eni = (await _lab.StatusAsync()).Nodes.Single(n => n.Name == node).Interfaces[0].Id;
        var assigned = await _ec2.AssignPrivateIpAddressesAsync(new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = 1 }, Cancellation);
        return Assert.Single(assigned.AssignedPrivateIpAddresses).PrivateIpAddress;
    }

    private async Task<(NetworkInterface Eni, string Address)> AttachAsync(string node, string subnet)
    {
        var created = (await _ec2.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = subnet }, Cancellation)).NetworkInterface;
        await _ec2.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = created.NetworkInterfaceId, InstanceId = _lab.State.Nodes.Single(n => n.Name == node).InstanceId, DeviceIndex = 1 },
            Cancellation);
        await _lab.WaitAsync(status => status.Nodes.SelectMany(n => n.Interfaces).Any(i => i.Id == created.NetworkInterfaceId && i.Link is not null));
        return (created, created.PrivateIpAddress);
    }

    private async Task<string> MetadataAsync(string node, string key) => (await _lab.ShellAsync(
        node,
        "T=$(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token); "
        + $"curl -s -H \"X-aws-ec2-metadata-token: $T\" http://169.254.169.254/latest/meta-data/{key}")).Succeeded();

    public sealed class WideVpc : IAsyncLifetime
    {
        internal Lab Lab { get; private set; } = null!;

        internal AmazonEC2Client Ec2 { get; private set; } = null!;

        internal IReadOnlyDictionary<string, string> Subnets { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Lab = await Lab.UpAsync(
                "--nodes", "3", "--profile", "instant", "--secondary-cidr", "100.64.0.0/16",
                "--subnet", "10.0.0.0/24", "--subnet", "10.0.4.0/22,b", "--subnet", "100.64.0.0/20,a,kubernetes.io/role/cni=1");
            foreach (var node in Lab.State.Nodes)
                (await Lab.ShellAsync(node.Name, "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore")).Succeeded();
            Ec2 = FabricTests.TwoNodes.Client(Lab);
            Subnets = (await Lab.StatusAsync()).Subnets.ToDictionary(s => s.Cidr, s => s.Id);
        }

        public ValueTask DisposeAsync()
        {
            Ec2?.Dispose();
            return Lab?.DisposeAsync() ?? ValueTask.CompletedTask;
        }
    }
}
