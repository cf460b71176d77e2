using System.Net.Sockets;
using System.Text.Json;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.Rpc.Transport;
using AwsVpcCni.Tests;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>What others on the node ask the daemon, and who may.</summary>
public sealed class ServingTests
{
    private const string TcpConfiguration = """{"cniVersion":"1.0.0","name":"aws-cni","type":"aws-cni","ipamdAddress":"localhost:50051"}""";

    [Fact]
    public async Task The_probe_says_serving_by_both_ways_also_when_the_subnet_is_exhausted_and_has_its_own_codes_otherwise()
    {
        // A /28 has 11 addresses to give: one is the node's own.
        await using var lab = await Lab.StartAsync(1, "m5.large", "--subnet-size", "/28");
        var node = lab.Nodes[0];
        Assert.Equal(2, (await node.ProbeAsync("-addr=localhost:50051", "-connect-timeout=200ms")).ExitCode);
        Assert.Equal(2, (await node.ProbeAsync("-addr=unix:///var/run/aws-node/ipamd.sock", "-connect-timeout=200ms")).ExitCode);
        Assert.Equal(1, (await node.ProbeAsync("-adr=localhost:50051")).ExitCode);

        await node.StartIpamdAsync();
        var pods = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => node.TryAddPodAsync($"web-{i}")));
        var failed = pods.Where(pod => pod.Ended.ExitCode != 0).Select(pod => pod.Ended).ToList();
        Assert.NotEmpty(failed);
        Assert.All(failed, ended =>
        {
            var error = JsonDocument.Parse(ended.Output).RootElement;
            Assert.Equal(11, error.GetProperty("code").GetInt32());
            Assert.Contains("no free addresses", ended.Output, StringComparison.Ordinal);
            Assert.Contains("subnet-", ended.Output, StringComparison.Ordinal);
        });

        foreach (var address in (string[])["-addr=localhost:50051", "-addr=:50051", "-addr=unix:///var/run/aws-node/ipamd.sock"])
            Assert.Equal(0, (await node.ProbeAsync(address)).ExitCode);
        Assert.Equal(0, (await node.ProbeAsync("-addr=:50051", $"-service={Wording.HealthService}")).ExitCode);
        Assert.Equal(3, (await node.ProbeAsync("-addr=:50051", "-service=no.such.service")).ExitCode);
    }

    [Fact]
    public async Task Metrics_and_introspection_tell_what_the_pool_has()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        await node.AddPodAsync("web-0");
        await node.AddPodAsync("web-1");

        var pool = await node.PoolUntilAsync(pool => pool.Total == 6);
        var metrics = await node.GetAsync(61678, "/metrics");
        Assert.Contains("awscni_assigned_ip_addresses 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("awscni_total_ip_addresses 6\n", metrics, StringComparison.Ordinal);
        Assert.Contains("awscni_eni_max 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains("awscni_add_ip_req_count 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("awscni_build_info{version=", metrics, StringComparison.Ordinal);
        Assert.Contains("awscni_ipamd_startup_duration_seconds_count{success=\"true\",with_api_server=\"false\",failure_reason=\"\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("awscni_ipamd_node_initialization_duration_seconds_count{success=\"true\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("awscni_ec2api_req_count{fn=\"AssignPrivateIpAddresses\"}", metrics, StringComparison.Ordinal);
        Assert.Contains($"awscni_assigned_ip_per_eni{{eni=\"{pool.Enis[0].Id}\"}} 2\n", metrics, StringComparison.Ordinal);

        Assert.Contains("/v1/enis", await node.GetAsync(61679, "/"), StringComparison.Ordinal);
        Assert.Equal("3", JsonDocument.Parse(await node.GetAsync(61679, "/v1/ipamd-env-settings")).RootElement.GetProperty("WARM_IP_TARGET").GetString());
        Assert.Equal("9001", JsonDocument.Parse(await node.GetAsync(61679, "/v1/networkutils-env-settings")).RootElement.GetProperty("AWS_VPC_ENI_MTU").GetString());
        var page = await node.GetAsync(61679, "/v1/enis");
        Assert.DoesNotContain("box-web-0", page, StringComparison.Ordinal);   // readable for everybody: no container ids
        Assert.Contains("web-0", page, StringComparison.Ordinal);

        var line = (await node.LogAsync()).Split('\n').Last(line => line.Contains("warm pool", StringComparison.Ordinal));
        Assert.Equal(6, JsonDocument.Parse(line).RootElement.GetProperty("Total").GetInt32());
    }

    [Fact]
    public async Task Root_may_add_a_pod_over_TCP_and_nobody_else_may()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var pod = await node.AddPodAsync("web-0", TcpConfiguration);
        await pod.PingAsync("10.0.0.1");

        var request = new AddNetworkRequest { NetworkName = "aws-cni", ContainerID = "thief", IfName = "eth0", K8SPODNAME = "thief", K8SPODNAMESPACE = "default" };
        using (var asNobody = GrpcChannels.Over(node.ConnectTcp(uid: 65534)))
        {
            var refused = await Assert.ThrowsAsync<RpcException>(async () => await new CNIBackend.CNIBackendClient(asNobody).AddNetworkAsync(request, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
            Assert.Contains("uid 65534", refused.Status.Detail, StringComparison.Ordinal);

            // What policy agents of any user may ask.
            var configuration = await new ConfigServerBackend.ConfigServerBackendClient(asNobody).GetNetworkPolicyConfigsAsync(new Empty(), cancellationToken: TestContext.Current.CancellationToken);
            Assert.StartsWith("i-", configuration.InstanceID, StringComparison.Ordinal);
            Assert.Equal("us-west-2", configuration.Region);
        }

        Assert.Equal("600 root", (await node.ShellAsync("stat -c '%a %U' /var/run/aws-node/ipamd.sock")).Output.Trim());
        Assert.Single((await node.PoolAsync()).Taken);
    }

    /// <summary>What a container has by default, and what the original's DaemonSet adds: NET_ADMIN and NET_RAW.</summary>
    private static readonly string[] _originalPrivileges =
    [
        "setpriv", "--bounding-set",
        "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+mknod,+net_admin,+net_bind_service,+net_raw,+setfcap,+setgid,+setpcap,+setuid,+sys_chroot",
    ];

    [Fact]
    public async Task With_the_original_s_privileges_an_ADD_over_TCP_says_what_is_missing_and_a_DEL_gives_the_address_back()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.ServingAsync(node.LaunchIpamdBy(_originalPrivileges));
        var pod = await node.AddPodAsync("web-0");   // the unix socket needs nothing more
        await pod.PingAsync("10.0.0.1");

        var (_, refused) = await node.TryAddPodAsync("web-1", TcpConfiguration);
        Assert.Equal(101, JsonDocument.Parse(refused.Output).RootElement.GetProperty("code").GetInt32());
        Assert.Contains("hostPID: true and the capability SYS_PTRACE", refused.Output, StringComparison.Ordinal);

        (await pod.DeleteAsync(TcpConfiguration)).Succeeded();
        await node.PoolUntilAsync(pool => pool.Taken.Count == 0);
    }

    [Fact]
    public async Task On_a_kernel_without_IPv6_everything_is_served()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.ServingAsync(WithoutIpv6.Run(() => node.LaunchIpamd()));
        await node.AddPodAsync("web-0", TcpConfiguration);
        Assert.Equal(0, (await node.ProbeAsync("-addr=localhost:50051")).ExitCode);
        Assert.Contains("awscni_assigned_ip_addresses 1\n", await node.GetAsync(61678, "/metrics"), StringComparison.Ordinal);
        Assert.Single((await node.PoolAsync()).Taken);
    }

    [Fact]
    public async Task Idle_connections_of_other_users_find_an_end_and_root_is_served_all_the_same()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var idle = new List<Socket>();
        try
        {
            for (var i = 0; i < 80; i++)
                idle.Add(node.ConnectTcp(uid: 65534));
            // A connection that is taken gets the server's HTTP/2 settings, one that is not gets its end (RFC 9113, section 3.4).
            byte[] preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];
            var greeted = 0;
            foreach (var socket in idle)
            {
                try
                {
                    await socket.SendAsync(preface, TestContext.Current.CancellationToken);
                    greeted += await socket.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken) > 0 ? 1 : 0;
                }
                catch (SocketException)
                {
                    // Reset: no room.
                }
            }

            Assert.Equal(64, greeted);
            Assert.Equal(0, (await node.ProbeAsync("-addr=localhost:50051")).ExitCode);
            await node.AddPodAsync("web-0", TcpConfiguration);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_port_50051_that_is_taken_costs_that_port_and_not_the_daemon()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        using var squatter = node.Network.Listen(NodeSockets.IpamdTcp);
        await node.StartIpamdAsync();
        var pod = await node.AddPodAsync("web-0");
        await pod.PingAsync("10.0.0.1");
        Assert.Contains("127.0.0.1:50051", await node.LogAsync(), StringComparison.Ordinal);
        Assert.Contains("awscni_tcp_listener_down 1\n", await node.GetAsync(61678, "/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_services_can_be_listed_by_reflection()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        using var channel = GrpcChannels.Over(node.ConnectTcp());
        using var call = new Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(new Grpc.Reflection.V1Alpha.ServerReflectionRequest { ListServices = "" }, TestContext.Current.CancellationToken);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        var services = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToList();
        Assert.Contains("rpc.CNIBackend", services);
        Assert.Contains("grpc.health.v1.Health", services);
        await call.RequestStream.CompleteAsync();
    }
}
