using System.Collections.Concurrent;
using System.Net.Sockets;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>A real gRPC server in ipamd's place, that gives every key one address and can be told to misbehave.</summary>
internal sealed class FakeDaemon : CNIBackend.CNIBackendBase, IAsyncDisposable
{
    private readonly Socket? _listener;
    private WebApplication? _app;

    private FakeDaemon(Socket? listener) => _listener = listener;

    public ConcurrentQueue<AddNetworkRequest> Adds { get; } = [];

    public ConcurrentQueue<DelNetworkRequest> Dels { get; } = [];

    public Func<AddNetworkRequest, ServerCallContext, Task<AddNetworkReply>> OnAdd { get; set; } = (_, _) => Task.FromResult(Reply("10.0.1.23"));

    public Func<DelNetworkRequest, ServerCallContext, Task<DelNetworkReply>> OnDel { get; set; } = (_, _) => Task.FromResult(Deleted("10.0.1.23"));

    /// <summary>The calls that only our daemon has; the original's says UNIMPLEMENTED.</summary>
    public bool IsOriginal { get; set; }

    public Func<AttachmentRequest, AttachmentReply> OnFind { get; set; } = _ => Recorded("10.0.1.23");

    public ConcurrentQueue<CollectGarbageRequest> Collections { get; } = [];

    public Func<CollectGarbageRequest, CollectGarbageReply> OnCollect { get; set; } = _ => new CollectGarbageReply();

    public HealthServiceImpl Health { get; } = new();

    public static AttachmentReply Recorded(string address, int table = 254) =>
        new() { Found = true, Addresses = { new AttachmentAddress { IPv4Addr = address, RouteTableId = table } } };

    public static AddNetworkReply Reply(string address, int table = 254, int device = 0, string policies = "") => new()
    {
        Success = true,
        IPAllocationMetadata = { new IPAllocationMetadata { IPv4Addr = address, RouteTableId = table, DeviceNumber = device } },
        NetworkPolicyMode = policies,
    };

    public static DelNetworkReply Deleted(string address, int table = 254, string policies = "") => new()
    {
        Success = true,
        IPAllocationMetadata = { new IPAllocationMetadata { IPv4Addr = address, RouteTableId = table } },
        NetworkPolicyMode = policies,
    };

    public static RpcException Refusal(StatusCode status, string reason) => new(new Status(status, reason));

    public static RpcException Unknown() => Refusal(StatusCode.Unknown, Wording.UnknownPod);

    public static async Task<FakeDaemon> StartAsync(string? socketPath, Socket? listener, Action<FakeDaemon>? behave)
    {
        var daemon = new FakeDaemon(listener);
        daemon.Says(HealthCheckResponse.Types.ServingStatus.Serving);
        behave?.Invoke(daemon);
        daemon._app = await Servers.StartAsync(
            daemon,
            kestrel =>
            {
                if (socketPath is not null)
                    kestrel.ListenUnixSocket(socketPath, listen => listen.Protocols = HttpProtocols.Http2);
                if (listener is not null)
                    kestrel.ListenHandle((ulong)listener.Handle, listen => listen.Protocols = HttpProtocols.Http2);
            },
            services => services.AddSingleton(daemon.Health).AddSingleton(new Attachments(daemon)),
            app =>
            {
                app.MapGrpcService<HealthServiceImpl>();
                if (!daemon.IsOriginal)
                    app.MapGrpcService<Attachments>();
            });
        return daemon;
    }

    public void Says(HealthCheckResponse.Types.ServingStatus status) => Health.SetStatus("", status);

    public override Task<AddNetworkReply> AddNetwork(AddNetworkRequest request, ServerCallContext context)
    {
        Adds.Enqueue(request);
        return OnAdd(request, context);
    }

    public override Task<DelNetworkReply> DelNetwork(DelNetworkRequest request, ServerCallContext context)
    {
        Dels.Enqueue(request);
        return OnDel(request, context);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await Servers.StopAsync(_app);
        _app = null;
        _listener?.Dispose();
    }

    private sealed class Attachments(FakeDaemon daemon) : AttachmentBackend.AttachmentBackendBase
    {
        public override Task<AttachmentReply> GetAttachment(AttachmentRequest request, ServerCallContext context) =>
            Task.FromResult(daemon.OnFind(request));

        public override Task<CollectGarbageReply> CollectGarbage(CollectGarbageRequest request, ServerCallContext context)
        {
            daemon.Collections.Enqueue(request);
            return Task.FromResult(daemon.OnCollect(request));
        }
    }
}

/// <summary>A real gRPC server in the network policy agent's place.</summary>
internal sealed class FakePolicyAgent : NPBackend.NPBackendBase, IAsyncDisposable
{
    private WebApplication? _app;

    public ConcurrentQueue<EnforceNpRequest> Enforced { get; } = [];

    public ConcurrentQueue<DeleteNpRequest> Forgotten { get; } = [];

    public Func<ServerCallContext, Task<bool>> Answer { get; set; } = _ => Task.FromResult(true);

    public static async Task<FakePolicyAgent> StartAsync(string socketPath, Action<FakePolicyAgent>? behave)
    {
        var agent = new FakePolicyAgent();
        behave?.Invoke(agent);
        agent._app = await Servers.StartAsync(agent, kestrel => kestrel.ListenUnixSocket(socketPath, listen => listen.Protocols = HttpProtocols.Http2));
        return agent;
    }

    public override async Task<EnforceNpReply> EnforceNpToPod(EnforceNpRequest request, ServerCallContext context)
    {
        Enforced.Enqueue(request);
        return new EnforceNpReply { Success = await Answer(context) };
    }

    public override async Task<DeleteNpReply> DeletePodNp(DeleteNpRequest request, ServerCallContext context)
    {
        Forgotten.Enqueue(request);
        return new DeleteNpReply { Success = await Answer(context) };
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await Servers.StopAsync(_app);
    }
}

internal static class Servers
{
    public static async Task<WebApplication> StartAsync<TService>(
        TService service, Action<KestrelServerOptions> listen, Action<IServiceCollection>? more = null, Action<WebApplication>? map = null)
        where TService : class
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        more?.Invoke(builder.Services);
        builder.WebHost.ConfigureKestrel(listen);
        var app = builder.Build();
        app.MapGrpcService<TService>();
        map?.Invoke(app);
        await app.StartAsync();
        return app;
    }

    public static async Task StopAsync(WebApplication app)
    {
        // Without waiting for calls that never end.
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
