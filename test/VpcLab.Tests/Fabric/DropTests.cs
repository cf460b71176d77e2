using System.Globalization;
using System.Text.Json;
using Amazon.EC2;
using Amazon.EC2.Model;
using AwsVpcCni.VpcLab.Control;

namespace AwsVpcCni.VpcLab.Tests.Fabric;

/// <summary>What EC2 would drop is dropped, and the log says why; the same packet without the fault passes.</summary>
public sealed class DropTests(FabricTests.TwoNodes fixture) : IClassFixture<FabricTests.TwoNodes>
{
    private readonly Lab _lab = fixture.Lab;
    private readonly AmazonEC2Client _ec2 = fixture.Ec2;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Own => _lab.State.Nodes[0].PrivateAddress;

    private string Other => _lab.State.Nodes[1].PrivateAddress;

    [Fact]
    public async Task A_spoofed_source_is_dropped_with_the_reason()
    {
        const string Nobodys = "10.0.0.250";
        Assert.False(await PingAsAsync(Nobodys, Other));
        await AssertDropAsync(Nobodys, Other, 84, "spoofed-source");
        Assert.True(await _lab.PingAsync("node-1", Other));
    }

    [Fact]
    public async Task An_address_of_another_eni_is_dropped_with_the_reason()
    {
        var eni = (await _lab.StatusAsync()).Nodes[1].Interfaces[0].Id;
        var assigned = await _ec2.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = 1 }, Cancellation);
        var others = Assert.Single(assigned.AssignedPrivateIpAddresses).PrivateIpAddress;
        Assert.False(await PingAsAsync(others, Other));
        await AssertDropAsync(others, Other, 84, "address-of-another-eni");
    }

    /// <summary>EC2 has given the address, and the router has no route to it: it is not nobody's.</summary>
    [Fact]
    public async Task An_address_of_an_eni_without_a_link_is_told_apart_from_nobodys()
    {
        var subnets = (await _ec2.DescribeSubnetsAsync(new DescribeSubnetsRequest(), Cancellation)).Subnets.OrderBy(s => s.CidrBlock, StringComparer.Ordinal).ToList();
        var eni = (await _ec2.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = subnets[1].SubnetId, SecondaryPrivateIpAddressCount = 1 }, Cancellation)).NetworkInterface;
        var prefix = (await _ec2.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni.NetworkInterfaceId, Ipv4PrefixCount = 1 }, Cancellation)).AssignedIpv4Prefixes[0].Ipv4Prefix;
        var inPrefix = System.Net.IPNetwork.Parse(prefix).BaseAddress.GetAddressBytes() is var bytes && ++bytes[3] > 0 ? new System.Net.IPAddress(bytes).ToString() : "";
        var (own, secondary) = (eni.PrivateIpAddress, eni.PrivateIpAddresses.Single(a => a.Primary != true).PrivateIpAddress);
        foreach (var address in (string[])[own, secondary, inPrefix])
        {
            Assert.False(await PingAsAsync(address, Other));
            await AssertDropAsync(address, Other, 84, "address-of-another-eni");
            Assert.False(await _lab.PingAsync("node-1", address));
            await AssertDropAsync(Own, address, 84, "eni-without-link");
        }

        // From outside as well; what nobody has stays unassigned there too.
        await _lab.PingAsync("peer", secondary, payload: 60);
        await _lab.WaitForDropAsync(d => d.Destination == secondary && d is { From: "peer", Reason: "eni-without-link", Length: 88 });
        await _lab.PingAsync("peer", "10.0.1.245", payload: 60);
        await _lab.WaitForDropAsync(d => d is { Destination: "10.0.1.245", From: "peer", Reason: "unassigned-destination" });

        // Given back, it is nobody's; attached, it answers or is at least routed.
        await _ec2.UnassignPrivateIpAddressesAsync(
            new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni.NetworkInterfaceId, PrivateIpAddresses = [secondary] }, Cancellation);
        Assert.False(await _lab.PingAsync("node-1", secondary, payload: 61));
        await AssertDropAsync(Own, secondary, 89, "unassigned-destination");
        var attachment = (await _ec2.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni.NetworkInterfaceId, InstanceId = _lab.State.Nodes[1].InstanceId, DeviceIndex = 2 }, Cancellation)).AttachmentId;
        await _lab.WaitAsync(status => status.Nodes[1].Interfaces.Any(i => i.Id == eni.NetworkInterfaceId && i.Link is not null));
        Assert.Empty(await CheckAsync());
        Assert.False(await PingAsAsync(own, Other, payload: 62));
        await AssertDropAsync(own, Other, 90, "address-of-another-eni");

        await _ec2.DetachNetworkInterfaceAsync(new DetachNetworkInterfaceRequest { AttachmentId = attachment }, Cancellation);
        await _lab.WaitAsync(status => status.Nodes[1].Interfaces.All(i => i.Id != eni.NetworkInterfaceId));
        Assert.False(await _lab.PingAsync("node-1", own, payload: 63));
        await AssertDropAsync(Own, own, 91, "eni-without-link");
        Assert.Empty(await CheckAsync());
        await _ec2.DeleteNetworkInterfaceAsync(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.NetworkInterfaceId }, Cancellation);
        Assert.False(await _lab.PingAsync("node-1", own, payload: 64));
        await AssertDropAsync(Own, own, 92, "unassigned-destination");
        Assert.Empty(await CheckAsync());

        async Task<IReadOnlyList<string>> CheckAsync() => JsonSerializer.Deserialize(
            (await VpcLabProgram.RunAsync("check", "--name", _lab.Name, "--json")).Succeeded(), InspectionJson.Default.LabCheck)!.Differences;
    }

    [Fact]
    public async Task A_gateways_address_as_source_is_spoofed()
    {
        // A router doesn't answer ARP that names an address of its own as the sender's: the node has sent before and knows its gateway.
        Assert.True(await _lab.PingAsync("node-1", Other));
        Assert.False(await PingAsAsync("10.0.1.1", Other));
        await AssertDropAsync("10.0.1.1", Other, 84, "spoofed-source");
    }

    [Fact]
    public async Task An_unassigned_destination_is_dropped_with_the_reason()
    {
        Assert.False(await _lab.PingAsync("node-1", "10.0.1.249"));
        await AssertDropAsync(Own, "10.0.1.249", 84, "unassigned-destination");
        await _lab.PingAsync("node-1", "10.0.200.1"); // In the VPC's block, in no subnet.
        await AssertDropAsync(Own, "10.0.200.1", 84, "unassigned-destination");
    }

    [Fact]
    public async Task A_frame_of_9001_bytes_passes_and_one_of_9002_is_dropped_with_the_reason()
    {
        (await _lab.ExecAsync("node-1", "ip", "link", "set", "eth0", "mtu", "9300")).Succeeded();
        try
        {
            Assert.True(await _lab.PingAsync("node-1", Other, payload: 9001 - 28));
            Assert.False(await _lab.PingAsync("node-1", Other, payload: 9002 - 28));
            await AssertDropAsync(Own, Other, 9002, "oversized");
        }
        finally
        {
            await _lab.ExecAsync("node-1", "ip", "link", "set", "eth0", "mtu", "9001");
        }
    }

    [Fact]
    public async Task Tcp_in_bulk_passes_because_a_node_sends_frames_and_not_unsegmented_pieces()
    {
        const int Megabytes = 32;
        const string Receive = "import socket; s=socket.create_server(('0.0.0.0',7001)); print('ready',flush=True); c,_=s.accept(); n=0\nwhile b:=c.recv(1<<20): n+=len(b)\nprint(n)";
        using var receiver = VpcLabProgram.Start("exec", "--name", _lab.Name, "node-2", "--", "python3", "-c", Receive);
        Assert.Equal("ready", await receiver.StandardOutput.ReadLineAsync(Cancellation));
        var send = $"import socket; c=socket.create_connection(('{Other}',7001)); c.sendall(bytes({Megabytes}<<20)); c.close()";
        (await _lab.ExecAsync("node-1", "python3", "-c", send)).Succeeded();
        Assert.Equal(((long)Megabytes << 20).ToString(CultureInfo.InvariantCulture), await receiver.StandardOutput.ReadLineAsync(Cancellation));
        await receiver.WaitForExitAsync(Cancellation);
        Assert.DoesNotContain((await _lab.StatusAsync()).Drops, d => d.From == PrimaryEni() && d.Reason == "oversized" && d.Packets > 2);
    }

    [Theory]
    [InlineData("172.16.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("10.1.0.1")]
    public async Task A_private_destination_outside_the_vpc_has_no_route(string destination)
    {
        Assert.False(await _lab.PingAsync("node-1", destination));
        await AssertDropAsync(Own, destination, 84, "no-route");
    }

    [Fact]
    public async Task Multicast_is_dropped_with_the_reason()
    {
        await _lab.ExecAsync("node-1", "ping", "-n", "-c", "1", "-W", "1", "-I", "eth0", "239.1.2.3");
        await AssertDropAsync(Own, "239.1.2.3", 84, "not-unicast");
    }

    [Fact]
    public async Task An_eni_without_source_check_sends_from_any_address_until_the_check_is_back()
    {
        const string Foreign = "198.18.0.1";
        var eni = PrimaryEni();
        await SetCheckAsync(eni, enabled: false);
        try
        {
            using var seen = VpcLabProgram.Start("exec", "--name", _lab.Name, "node-2", "--", "python3", "-c", Listen);
            Assert.Equal("ready", await seen.StandardOutput.ReadLineAsync(Cancellation));
            await SendAsAsync(Foreign, Other);
            Assert.Equal(Foreign, await seen.StandardOutput.ReadLineAsync(Cancellation));
            await seen.WaitForExitAsync(Cancellation);
        }
        finally
        {
            await SetCheckAsync(eni, enabled: true);
        }

        await SendAsAsync(Foreign, Other);
        await _lab.WaitForDropAsync(d => d.Source == Foreign && d.Reason == "spoofed-source" && d.Protocol == "udp");
    }

    [Fact]
    public async Task Drops_are_listed_followed_and_counted_per_eni()
    {
        using var follow = VpcLabProgram.Start("drops", "--name", _lab.Name, "--follow", "--json");
        var before = CountOf(await _lab.StatusAsync());
        await _lab.PingAsync("node-1", "10.0.1.248");
        await AssertDropAsync(Own, "10.0.1.248", 84, "unassigned-destination");
        Assert.True(CountOf(await _lab.StatusAsync()) > before);

        while (JsonDocument.Parse((await follow.StandardOutput.ReadLineAsync(Cancellation))!).RootElement.GetProperty("destination").GetString() != "10.0.1.248")
        {
        }

        follow.Kill();
        var text = (await VpcLabProgram.RunAsync("drops", "--name", _lab.Name)).Succeeded();
        Assert.Contains($"{Own} > 10.0.1.248", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        var json = JsonDocument.Parse((await VpcLabProgram.RunAsync("drops", "--name", _lab.Name, "--json")).Succeeded());
        Assert.Equal(0, json.RootElement.GetProperty("untold").GetInt64());

        long CountOf(LabStatus status) =>
            status.Drops.SingleOrDefault(d => d.From == PrimaryEni() && d.Reason == "unassigned-destination")?.Packets ?? 0;
    }

    private const string Listen = "import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('0.0.0.0',7002)); print('ready',flush=True); print(s.recvfrom(9)[1][0])";

    private async Task AssertDropAsync(string source, string destination, int length, string reason)
    {
        var drop = await _lab.WaitForDropAsync(d => d.Source == source && d.Destination == destination && d.Length == length);
        Assert.Equal((reason, "node-1", PrimaryEni(), "icmp"), (drop.Reason, drop.Node, drop.From, drop.Protocol));
    }

    private string PrimaryEni() => fixture.PrimaryEni;

    private async Task SetCheckAsync(string eni, bool enabled) =>
        await _ec2.ModifyNetworkInterfaceAttributeAsync(new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, SourceDestCheck = enabled }, Cancellation);

    private Task<bool> PingAsAsync(string source, string destination, int payload = 56) =>
        WithAddressAsync(source, () => _lab.PingAsync("node-1", destination, payload, from: source));

    private Task<string> SendAsAsync(string source, string destination) => WithAddressAsync(source, async () =>
        (await _lab.ExecAsync("node-1", "python3", "-c", $"import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('{source}',0)); s.sendto(b'x',('{destination}',7002))")).Succeeded());

    private async Task<T> WithAddressAsync<T>(string address, Func<Task<T>> work)
    {
        (await _lab.ExecAsync("node-1", "ip", "address", "add", $"{address}/32", "dev", "lo")).Succeeded();
        try
        {
            return await work();
        }
        finally
        {
            await _lab.ExecAsync("node-1", "ip", "address", "del", $"{address}/32", "dev", "lo");
        }
    }
}
