using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.WarmPool.Engine;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Reflection;
using Grpc.Reflection.V1Alpha;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>
/// gRPC on the unix socket and, unless switched off, on 127.0.0.1:50051: the plugin's calls, the policy agent's, health and reflection.
/// Health speaks of the daemon and never of fullness: liveness probes restart by it (design.md decision 5).
/// </summary>
public sealed partial class GrpcHost : IAsyncDisposable
{
    /// <summary>Connections of users other than root at once.</summary>
    private const int MostStrangers = 64;

    private static readonly string[] _healthNames = ["", Wording.HealthService];

    private readonly WebApplication _app;
    private readonly HealthServiceImpl _health;

    private GrpcHost(WebApplication app, HealthServiceImpl health) => (_app, _health) = (app, health);

    public static async Task<GrpcHost> StartAsync(
        GrpcHostOptions options, WarmPoolEngine pool, NodeFacts node, ServingMetrics metrics, ILoggerProvider logs, CancellationToken cancellation)
    {
        var unix = Listeners.Unix(options.SocketPath);
        var (tcp, tcpError) = options.Tcp is { } endPoint ? Listeners.Tcp(endPoint) : (null, null);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ipamd" });
        builder.Logging.AddProvider(logs);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = AttachmentService.LongestRequest;   // gRPC itself takes less from most calls
            Listen(kestrel, unix, CallerOrigin.Unix, options, strangers: null);
            if (tcp is not null)
                Listen(kestrel, tcp, CallerOrigin.Tcp, options, new Strangers(MostStrangers));
        });

        var health = new HealthServiceImpl();
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(static grpc =>
        {
            grpc.MaxReceiveMessageSize = 64 * 1024;
            grpc.EnableDetailedErrors = false;
        }).AddServiceOptions<AttachmentService>(static grpc => grpc.MaxReceiveMessageSize = AttachmentService.LongestRequest);
        builder.Services.AddSingleton(health);
        builder.Services.AddSingleton(pool);
        builder.Services.AddSingleton(node);
        builder.Services.AddSingleton(metrics);
        builder.Services.AddSingleton<CallerGate>();
        builder.Services.AddSingleton<CniBackendService>();
        builder.Services.AddSingleton<ConfigServerService>();
        builder.Services.AddSingleton<PodCleanup>();
        builder.Services.AddSingleton<AttachmentService>();
        builder.Services.AddSingleton(new ReflectionServiceImpl(
            CNIBackend.Descriptor, AttachmentBackend.Descriptor, ConfigServerBackend.Descriptor, Health.Descriptor, ServerReflection.Descriptor));

        var app = builder.Build();
        app.MapGrpcService<CniBackendService>();
        app.MapGrpcService<AttachmentService>();
        app.MapGrpcService<ConfigServerService>();
        app.MapGrpcService<HealthServiceImpl>();
        app.MapGrpcService<ReflectionServiceImpl>();

        var logger = app.Services.GetRequiredService<ILogger<GrpcHost>>();
        metrics.TcpListenerDown.Set(tcpError is null ? 0 : 1);
        if (tcpError is not null)
            TcpUnavailable(logger, tcpError);

        var host = new GrpcHost(app, health);
        host.Say(ServingStatus.NotServing);
        await app.StartAsync(cancellation);
        Listening(logger, options.SocketPath, tcp?.LocalEndPoint?.ToString() ?? "no TCP");
        return host;
    }

    /// <summary>From "pool and host network are ready" until the stop begins.</summary>
    public void Serving() => Say(ServingStatus.Serving);

    /// <summary>The first thing of a stop: probes and policy agents see it before anything else changes.</summary>
    public void NotServing() => Say(ServingStatus.NotServing);

    /// <summary>Waits for the calls under way, bounded by <paramref name="cancellation"/>.</summary>
    public Task StopAsync(CancellationToken cancellation) => _app.StopAsync(cancellation);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Listen(KestrelServerOptions kestrel, Socket socket, CallerOrigin origin, GrpcHostOptions options, Strangers? strangers) =>
        kestrel.ListenHandle((ulong)socket.Handle, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => async connection =>
            {
                var caller = new CallerConnection(origin, connection, options.PodsMayCall);
                connection.Features.Set(caller);
                if (strangers is null || caller.IsRoot)
                {
                    await next(connection);
                    return;
                }

                if (!strangers.TryEnter())
                {
                    connection.Abort();
                    return;
                }

                try
                {
                    await next(connection);
                }
                finally
                {
                    strangers.Leave();
                }
            });
        });

    private void Say(ServingStatus status)
    {
        foreach (var name in _healthNames)
            _health.SetStatus(name, status);
    }

    [LoggerMessage(LogLevel.Information, "gRPC listens on unix:{Socket} and {Tcp}")]
    private static partial void Listening(ILogger logger, string socket, string tcp);

    [LoggerMessage(LogLevel.Error, "{Reason}; the unix socket serves alone. `ss -ltnp` tells who has the port")]
    private static partial void TcpUnavailable(ILogger logger, string reason);
}

/// <param name="Tcp">Null when IPAMD_TCP_BACKEND is off.</param>
/// <param name="PodsMayCall">Root's processes in pods may take and give addresses, over the unix socket.</param>
public sealed record GrpcHostOptions(string SocketPath, IPEndPoint? Tcp, bool PodsMayCall);
