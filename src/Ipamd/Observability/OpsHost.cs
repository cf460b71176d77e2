using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ipamd.Observability.Introspection;
using AwsVpcCni.Ipamd.Serving;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Prometheus;

namespace AwsVpcCni.Ipamd.Observability;

/// <summary>
/// What people and scrapers ask, away from the pods' way: <c>/metrics</c> on the node's address (cni-metrics-helper comes through the
/// API server's proxy, so not on loopback only) and introspection on loopback. A port that is taken costs that page, not the daemon.
/// </summary>
public sealed partial class OpsHost : IAsyncDisposable
{
    /// <summary>Connections to one page at once.</summary>
    private const int MostVisitors = 64;

    /// <summary>How long a connection may be without a request: long enough for a person's next one, not for a scraper's.</summary>
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(5);

    private readonly List<WebApplication> _apps = [];
    private readonly ILoggerProvider _logs;

    private OpsHost(ILoggerProvider logs) => _logs = logs;

    /// <param name="metrics">Null with DISABLE_METRICS.</param>
    /// <param name="introspection">Null with DISABLE_INTROSPECTION; an <see cref="IPEndPoint"/> or a unix socket.</param>
    public static async Task<OpsHost> StartAsync(
        EndPoint? metrics, EndPoint? introspection, CollectorRegistry registry, IntrospectionPages pages, ILoggerProvider logs,
        CancellationToken cancellation)
    {
        var host = new OpsHost(logs);
        if (metrics is not null)
            await host.StartAsync("metrics", metrics, app => app.MapMetrics(registry: registry), cancellation);
        if (introspection is not null)
            await host.StartAsync("introspection", introspection, pages.Map, cancellation);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
            await app.DisposeAsync();
    }

    private async Task StartAsync(string what, EndPoint endPoint, Action<WebApplication> map, CancellationToken cancellation)
    {
        var (socket, error) = Bind(endPoint);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ipamd" });
        builder.Logging.AddProvider(_logs);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.KeepAliveTimeout = _idle;
            kestrel.Limits.RequestHeadersTimeout = _idle;
            if (socket is not null)
                Listen(kestrel, socket, new Visitors(MostVisitors));
        });

        var app = builder.Build();
        var logger = app.Services.GetRequiredService<ILogger<OpsHost>>();
        if (socket is null)
        {
            Unavailable(logger, what, error!);
            await app.DisposeAsync();
            return;
        }

        app.Use(static (context, next) => context.Features.GetRequiredFeature<Visitors.Visitor>().AnswerAsync(() => next(context)));
        map(app);
        _apps.Add(app);
        await app.StartAsync(cancellation);
        Listening(logger, what, (socket.LocalEndPoint ?? endPoint).ToString()!);
    }

    private static void Listen(KestrelServerOptions kestrel, Socket socket, Visitors visitors) =>
        kestrel.ListenHandle((ulong)socket.Handle, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => async connection =>
            {
                using var visitor = visitors.Enter(connection);
                if (visitor is null)
                {
                    connection.Abort();
                    return;
                }

                connection.Features.Set(visitor);
                await next(connection);
            });
        });

    private static (Socket? Socket, string? Error) Bind(EndPoint endPoint)
    {
        if (endPoint is IPEndPoint ip)
            return Listeners.Tcp(ip);
        try
        {
            return (Listeners.Unix(endPoint.ToString()!), null);
        }
        catch (StartException e)
        {
            return (null, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{What} listens on {EndPoint}")]
    private static partial void Listening(ILogger logger, string what, string endPoint);

    [LoggerMessage(LogLevel.Error, "no {What}: {Reason}")]
    private static partial void Unavailable(ILogger logger, string what, string reason);
}
