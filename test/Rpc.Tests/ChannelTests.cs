using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.Rpc.Transport;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AwsVpcCni.Rpc.Tests;

public sealed class ChannelTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rpc-").FullName;
    private readonly WebApplication _app;
    private int _port;

    public ChannelTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(SocketPath, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.MapGrpcService<Backend>();
    }

    private string SocketPath => Path.Combine(_folder, "ipamd.sock");

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        _port = _app.Urls.Where(u => u.StartsWith("http://127", StringComparison.Ordinal)).Select(u => new Uri(u).Port).Single();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_call_goes_over_a_unix_socket_and_the_server_sees_who_calls()
    {
        using var channel = GrpcChannels.Open(GrpcTarget.Unix(SocketPath));
        var reply = await new CNIBackend.CNIBackendClient(channel).AddNetworkAsync(
            new AddNetworkRequest { ContainerID = "c" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal($"c from {Environment.ProcessId} root={Environment.IsPrivilegedProcess}", reply.NetworkPolicyMode);
    }

    [Fact]
    public async Task Calls_go_over_tcp_by_address_and_by_name()
    {
        Assert.True(GrpcTarget.TryParse($"localhost:{_port}", out var byName, out _));
        foreach (var target in (GrpcTarget[])[GrpcTarget.Tcp(new IPEndPoint(IPAddress.Loopback, _port)), byName])
        {
            using var channel = GrpcChannels.Open(target);
            var reply = await new CNIBackend.CNIBackendClient(channel).AddNetworkAsync(
                new AddNetworkRequest { ContainerID = "c" }, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal("c over tcp", reply.NetworkPolicyMode);
        }
    }

    [Fact]
    public async Task A_refusal_of_the_server_and_a_missing_server_can_be_told_apart()
    {
        using var here = GrpcChannels.Open(GrpcTarget.Unix(SocketPath));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new CNIBackend.CNIBackendClient(here).DelNetworkAsync(
            new DelNetworkRequest(), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((StatusCode.Unavailable, Wording.UnknownPod), (refused.StatusCode, refused.Status.Detail));
        Assert.Null(refused.Status.DebugException);

        using var nobody = GrpcChannels.Open(GrpcTarget.Unix(SocketPath + ".not"));
        var absent = await Assert.ThrowsAsync<RpcException>(async () => await new CNIBackend.CNIBackendClient(nobody).DelNetworkAsync(
            new DelNetworkRequest(), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.Unavailable, absent.StatusCode);
        Assert.NotNull(absent.Status.DebugException);
    }

    [Fact]
    public async Task A_dial_that_fails_says_where_and_why()
    {
        var target = GrpcTarget.Unix(SocketPath + ".not");
        var missing = await Assert.ThrowsAsync<SocketException>(async () => await GrpcDialer.DialAsync(target, TestContext.Current.CancellationToken));
        Assert.Equal($"unix:{SocketPath}.not: there is no such socket", GrpcDialer.Explain(target, missing));
    }

    private sealed class Backend : CNIBackend.CNIBackendBase
    {
        public override Task<AddNetworkReply> AddNetwork(AddNetworkRequest request, ServerCallContext context)
        {
            var socket = context.GetHttpContext().Features.Get<IConnectionSocketFeature>()!.Socket;
            var from = "over tcp";
            if (socket.AddressFamily == AddressFamily.Unix)
            {
                var peer = PeerCredentials.Of(socket);
                from = $"from {peer.ProcessId} root={peer.IsRoot}";
            }

            return Task.FromResult(new AddNetworkReply { NetworkPolicyMode = $"{request.ContainerID} {from}" });
        }

        public override Task<DelNetworkReply> DelNetwork(DelNetworkRequest request, ServerCallContext context) =>
            throw new RpcException(new Status(StatusCode.Unavailable, Wording.UnknownPod));
    }
}
