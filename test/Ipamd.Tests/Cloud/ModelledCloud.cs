using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Ipamd.Cloud.Ec2;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.VpcLab.Ec2Api;
using Microsoft.AspNetCore.Http;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>The lab's EC2 and IMDS, as an m5.large sees them, on loopback ports.</summary>
internal sealed class ModelledCloud : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly List<LoopbackServer> _servers = [];

    private ModelledCloud(IPNetwork subnet, VpcOptions options)
    {
        Vpc = new Vpc(options);
        Subnet = Vpc.AddSubnet(subnet, "us-west-2a");
        Instance = Vpc.Launch(new LaunchInstance("m5.large", Subnet.Id), _now);
        Vpc.Advance(_now);
    }

    public Vpc Vpc { get; }

    public Subnet Subnet { get; }

    public Instance Instance { get; }

    public Ec2Client Ec2 { get; private set; } = null!;

    public ImdsClient Imds { get; private set; } = null!;

    /// <summary>What IMDS says instead of the instance's type; null for the truth.</summary>
    public string? InstanceTypeInImds { get; set; }

    /// <summary>Where EC2 listens.</summary>
    public Uri Ec2Endpoint => _servers[0].Address;

    /// <summary>Where IMDS listens.</summary>
    public Uri ImdsEndpoint => _servers[1].Address;

    public static async Task<ModelledCloud> StartAsync(string subnet = "10.0.1.0/24", VpcOptions? options = null)
    {
        var cloud = new ModelledCloud(IPNetwork.Parse(subnet), options ?? VpcOptions.Instant);
        var endpoint = new Ec2QueryEndpoint(request =>
        {
            lock (cloud._lock)
                return cloud.Vpc.Call(request, cloud.Instance.Id, cloud._now);
        });
        var ec2 = await LoopbackServer.StartAsync(async context => await SendAsync(
            context, await endpoint.HandleAsync(context.Request.QueryString.Value, context.Request.Body, context.RequestAborted)));
        var imds = await LoopbackServer.StartAsync(context =>
        {
            if (cloud.InstanceTypeInImds is { } type && context.Request.Path.Value!.EndsWith("/meta-data/instance-type", StringComparison.Ordinal))
                return context.Response.WriteAsync(type, context.RequestAborted);
            HttpReply? reply;
            lock (cloud._lock)
                reply = VpcLab.Imds.ImdsEndpoint.Handle(cloud.Vpc.Imds, cloud.Instance.Id, context.Request, cloud._now);
            if (reply is not null)
                return SendAsync(context, reply);
            context.Abort();   // its packets are dropped
            return Task.CompletedTask;
        });
        cloud._servers.AddRange([ec2, imds]);
        cloud.Ec2 = new Ec2Client(
            new Ec2Options
            {
                InstanceId = cloud.Instance.Id,
                Region = "us-west-2",
                Endpoint = ec2.Address,
                Timeout = TimeSpan.FromSeconds(60),
                ClusterName = "c",
                VpcId = cloud.Subnet.VpcId,
                AvailabilityZone = "us-west-2a",
            },
            TimeProvider.System);
        cloud.Imds = new ImdsClient(
            new ImdsOptions { Endpoint = imds.Address, AttemptTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
        return cloud;
    }

    public async ValueTask DisposeAsync()
    {
        Ec2.Dispose();
        Imds.Dispose();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    private static async Task SendAsync(HttpContext context, HttpReply reply)
    {
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        foreach (var (name, value) in reply.Headers)
            context.Response.Headers[name] = value;
        await context.Response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }
}
