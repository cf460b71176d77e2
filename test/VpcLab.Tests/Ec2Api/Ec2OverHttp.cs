using System.Net;
using Amazon.EC2;
using Amazon.Runtime;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Ec2Api;
using AwsVpcCni.VpcLab.Imds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>A VPC with its EC2 API and its first instance's metadata on loopback ports, and the unmodified SDK in front of it.</summary>
internal sealed class Ec2OverHttp : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<WebApplication> _servers = [];
    private DateTimeOffset _now = DateTimeOffset.UtcNow;

    private Ec2OverHttp(VpcOptions options)
    {
        Vpc = new Vpc(options);
        Subnet = Vpc.AddSubnet(IPNetwork.Parse("10.0.1.0/24"), "us-west-2a", new Dictionary<string, string> { ["kubernetes.io/role/cni"] = "1" });
        Instance = Vpc.Launch(new LaunchInstance("m5.large", Subnet.Id), _now);
        Vpc.Advance(_now);
    }

    public Vpc Vpc { get; }

    public Subnet Subnet { get; }

    public Instance Instance { get; }

    public AmazonEC2Client Client { get; private set; } = null!;

    public Uri Ec2 { get; private set; } = null!;

    public Uri Imds { get; private set; } = null!;

    public DateTimeOffset Now
    {
        get
        {
            lock (_lock)
                return _now;
        }
    }

    public static async Task<Ec2OverHttp> StartAsync(VpcOptions? options = null)
    {
        var host = new Ec2OverHttp(options ?? VpcOptions.Instant);
        var endpoint = new AwsEndpoint(() => host.Vpc.Options, () => host.Now, (request, caller) =>
        {
            lock (host._lock)
                return host.Vpc.Call(request, caller, host._now);
        });
        host.Ec2 = await host.ServeAsync(async context => await SendAsync(context, await endpoint.AnswerAsync(context.Request, host.Instance.Id)));
        host.Imds = await host.ServeAsync(async context =>
        {
            HttpReply? reply;
            lock (host._lock)
                reply = ImdsEndpoint.Handle(host.Vpc.Imds, host.Instance.Id, context.Request, host._now);
            await SendAsync(context, reply ?? throw new InvalidOperationException("this client is on the node"));
        });
        host.Client = new AmazonEC2Client(
            new BasicAWSCredentials("key", "secret"),
            new AmazonEC2Config { ServiceURL = host.Ec2.ToString(), AuthenticationRegion = "us-west-2", MaxErrorRetry = 0 });
        return host;
    }

    /// <summary>Time passes, and what is due happens.</summary>
    public void Pass(TimeSpan time)
    {
        lock (_lock)
        {
            _now += time;
            Vpc.Advance(_now);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
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

    private async Task<Uri> ServeAsync(RequestDelegate handle)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        _servers.Add(server);
        server.Run(handle);
        await server.StartAsync();
        var addresses = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        return new Uri(addresses!.Addresses.Single());
    }
}
