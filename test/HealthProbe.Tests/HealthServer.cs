using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AwsVpcCni.HealthProbe.Tests;

/// <summary>A real Kestrel with grpc.health.v1 on a unix socket and on a free TCP port.</summary>
internal sealed class HealthServer : Health.HealthBase, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("probe-").FullName;
    private readonly WebApplication _app;

    private HealthServer(Func<HealthCheckRequest, ServerCallContext, Task<HealthCheckResponse>> answer)
    {
        Answer = answer;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(SocketPath, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        _app.MapGrpcService<HealthServer>();
    }

    public string SocketPath => Path.Combine(_folder, "health.sock");

    public int Port { get; private set; }

    public Func<HealthCheckRequest, ServerCallContext, Task<HealthCheckResponse>> Answer { get; }

    public static Task<HealthServer> AnsweringAsync(HealthCheckResponse.Types.ServingStatus status) =>
        StartAsync((_, _) => Task.FromResult(new HealthCheckResponse { Status = status }));

    public static async Task<HealthServer> StartAsync(Func<HealthCheckRequest, ServerCallContext, Task<HealthCheckResponse>> answer)
    {
        var server = new HealthServer(answer);
        await server._app.StartAsync();
        server.Port = server._app.Urls.Where(url => url.StartsWith("http://127", StringComparison.Ordinal)).Select(url => new Uri(url).Port).Single();
        return server;
    }

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) => Answer(request, context);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
