using AwsVpcCni.Ec2Model;
using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Nodes;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>All that a lab serves over HTTP, by one Kestrel: EC2 and IMDS in every node, EC2 on the machine, and the control socket.</summary>
internal sealed class LabWeb : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LabWeb(WebApplication app) => _app = app;

    /// <summary>All of it that needs no lab yet.</summary>
    internal static LabWeb Prepare(ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        return new LabWeb(builder.Build());
    }

    internal async Task StartAsync(
        LabOptions options,
        LabPaths lab,
        string ec2Endpoint,
        Vpc vpc,
        VpcLoop loop,
        VpcFabric fabric,
        IReadOnlyList<OutsideHost> outside,
        DropLog drops,
        LabNodes nodes,
        Listeners listeners,
        ILoggerFactory logs,
        CancellationTokenSource shutdown,
        CancellationToken cancellation)
    {
        listeners.GiveTo(_app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value, lab);
        var status = new StatusReport(options, ec2Endpoint, loop, fabric, outside, drops, nodes);
        var knobs = new KnobApi(loop, new FaultOrders(nodes.Names()));
        var aws = new AwsApi(loop, () => vpc.Options, TimeProvider.System, logs.CreateLogger<AwsApi>());
        var control = new ControlApi(
            status, new DropsReport(drops, nodes, loop), knobs, new AccessControl(loop, nodes.InstanceIds, aws.Sessions), new Inspection(options, loop, fabric, drops, nodes), loop, shutdown);
        _app.Run(context => context.Features.Get<EndpointRole>() switch
        {
            { Kind: EndpointKind.Control } => control.AnswerAsync(context),
            { Kind: EndpointKind.Metadata, InstanceId: { } instance } => aws.AnswerMetadataAsync(context, instance),
            { Kind: EndpointKind.Both, InstanceId: { } instance } when AwsApi.IsMetadata(context.Request) => aws.AnswerMetadataAsync(context, instance),
            { Kind: EndpointKind.Both, InstanceId: { } instance } => aws.AnswerAwsAsync(context, instance),
            { Kind: EndpointKind.Ec2, InstanceId: var caller } => aws.AnswerAwsAsync(context, caller),
            _ => throw new InvalidOperationException("A listener without a role."),
        });
        await _app.StartAsync(cancellation);
    }

    /// <summary>Replies under way get a second.</summary>
    internal async Task StopAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
