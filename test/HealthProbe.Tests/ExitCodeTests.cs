using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace AwsVpcCni.HealthProbe.Tests;

public class ExitCodeTests
{
    [Fact]
    public async Task A_serving_server_is_seen_over_its_unix_socket()
    {
        await using var server = await HealthServer.AnsweringAsync(ServingStatus.Serving);
        foreach (var addr in (string[])[$"unix://{server.SocketPath}", $"unix:{server.SocketPath}"])
        {
            var probe = await ProbeProcess.RunAsync($"-addr={addr}", "-connect-timeout=5s", "-rpc-timeout=5s");
            Assert.Equal((0, "status: SERVING\n", ""), (probe.ExitCode, probe.Output, probe.Error));
        }
    }

    [Fact]
    public async Task A_serving_server_is_seen_over_tcp_however_the_address_is_written()
    {
        await using var server = await HealthServer.AnsweringAsync(ServingStatus.Serving);
        foreach (var addr in (string[])[$"localhost:{server.Port}", $":{server.Port}", $"127.0.0.1:{server.Port}", $"dns:///localhost:{server.Port}"])
        {
            var probe = await ProbeProcess.RunAsync("--addr", addr, "--connect-timeout", "5s", "--rpc-timeout", "5s");
            Assert.Equal((0, "status: SERVING\n", ""), (probe.ExitCode, probe.Output, probe.Error));
        }
    }

    [Fact]
    public async Task The_service_and_the_user_agent_reach_the_server()
    {
        (string Service, string? Agent) seen = default;
        await using var server = await HealthServer.StartAsync((request, context) =>
        {
            seen = (request.Service, context.RequestHeaders.GetValue("user-agent"));
            return Task.FromResult(new HealthCheckResponse { Status = ServingStatus.Serving });
        });
        var probe = await ProbeProcess.RunAsync(
            $"-addr=:{server.Port}", "-service=grpc.health.v1.aws-node", "-user-agent=kubelet", "-connect-timeout=5s", "-rpc-timeout=5s", "-v");
        Assert.Equal(0, probe.ExitCode);
        Assert.Equal("grpc.health.v1.aws-node", seen.Service);
        Assert.Contains("kubelet", seen.Agent, StringComparison.Ordinal);
        Assert.Contains($"connected to :{server.Port} in ", probe.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ServingStatus.NotServing, "NOT_SERVING")]
    [InlineData(ServingStatus.Unknown, "UNKNOWN")]
    [InlineData(ServingStatus.ServiceUnknown, "SERVICE_UNKNOWN")]
    public async Task A_server_that_says_anything_but_serving_is_4(ServingStatus status, string said)
    {
        await using var server = await HealthServer.AnsweringAsync(status);
        var probe = await ProbeProcess.RunAsync($"-addr=unix://{server.SocketPath}", "-connect-timeout=5s", "-rpc-timeout=5s");
        Assert.Equal((4, ""), (probe.ExitCode, probe.Output));
        Assert.Contains($"answers \"{said}\"", probe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_service_is_3()
    {
        await using var server = await HealthServer.StartAsync((_, _) => throw new RpcException(new Status(StatusCode.NotFound, "no")));
        var probe = await ProbeProcess.RunAsync($"-addr=unix://{server.SocketPath}", "-service=nobody", "-connect-timeout=5s", "-rpc-timeout=5s");
        Assert.Equal((3, ""), (probe.ExitCode, probe.Output));
        Assert.Contains("doesn't know the service \"nobody\"", probe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_3_after_the_rpc_timeout()
    {
        await using var server = await HealthServer.StartAsync(async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken); // ended by the caller
            return new HealthCheckResponse();
        });
        var probe = await ProbeProcess.RunAsync($"-addr=unix://{server.SocketPath}", "-connect-timeout=5s", "-rpc-timeout=200ms");
        Assert.Equal((3, ""), (probe.ExitCode, probe.Output));
        Assert.Contains("within 0.2 s", probe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_does_not_speak_grpc_is_3()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var hangUp = GreetAndHangUpAsync();
        var probe = await ProbeProcess.RunAsync($"-addr=:{((IPEndPoint)listener.LocalEndpoint).Port}", "-connect-timeout=5s", "-rpc-timeout=5s");
        await hangUp;
        Assert.Equal((3, ""), (probe.ExitCode, probe.Output));
        Assert.Contains("does a plain-text gRPC server listen there?", probe.Error, StringComparison.Ordinal);

        async Task GreetAndHangUpAsync()
        {
            using var connection = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
            await connection.SendAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task No_socket_is_2_and_says_so()
    {
        var probe = await ProbeProcess.RunAsync("-addr=unix:///nowhere/ipamd.sock");
        Assert.Equal((2, ""), (probe.ExitCode, probe.Output));
        Assert.Contains("there is no such socket", probe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_nobody_listens_on_is_2()
    {
        var path = Path.Combine(Path.GetTempPath(), $"probe-{Guid.NewGuid():N}.sock");
        using (var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            bound.Bind(new UnixDomainSocketEndPoint(path));
            var probe = await ProbeProcess.RunAsync($"-addr=unix://{path}");
            Assert.Equal((2, ""), (probe.ExitCode, probe.Output));
            Assert.Contains("nobody listens on it", probe.Error, StringComparison.Ordinal);
        }

        File.Delete(path);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_2()
    {
        int port;
        using (var probeFor = new TcpListener(IPAddress.Loopback, 0))
        {
            probeFor.Start();
            port = ((IPEndPoint)probeFor.LocalEndpoint).Port;
        }

        var probe = await ProbeProcess.RunAsync($"-addr=127.0.0.1:{port}");
        Assert.Equal((2, ""), (probe.ExitCode, probe.Output));
        Assert.Contains("nobody listens there", probe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_IPv6_address_on_a_node_without_IPv6_is_2_and_says_so()
    {
        var probe = await ProbeProcess.RunWithoutIpv6Async("-addr=[::1]:50051", "-connect-timeout=5s");
        Assert.Equal((2, ""), (probe.ExitCode, probe.Output));
        Assert.Equal("error: no connection: [::1]:50051: this node has no IPv6; is the server running, and is -addr right?\n", probe.Error);
    }

    [Fact]
    public async Task A_serving_server_is_seen_on_a_node_without_IPv6_by_name_and_by_port_alone()
    {
        await using var server = await HealthServer.AnsweringAsync(ServingStatus.Serving);
        foreach (var addr in (string[])[$"localhost:{server.Port}", $":{server.Port}", $"127.0.0.1:{server.Port}"])
        {
            var probe = await ProbeProcess.RunWithoutIpv6Async("-addr", addr, "-connect-timeout=5s", "-rpc-timeout=5s");
            Assert.Equal((0, "status: SERVING\n", ""), (probe.ExitCode, probe.Output, probe.Error));
        }
    }

    [Fact]
    public async Task A_listener_whose_queue_is_full_is_2_after_the_connect_timeout()
    {
        var path = Path.Combine(Path.GetTempPath(), $"probe-{Guid.NewGuid():N}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var first = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(0);
        await first.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        var probe = await ProbeProcess.RunAsync($"-addr=unix://{path}", "-connect-timeout=100ms", "-rpc-timeout=100ms");
        File.Delete(path);
        Assert.Equal((2, ""), (probe.ExitCode, probe.Output));
    }
}
