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

    private Ec2OverHttp(VpcOptions options, string subnet, string instanceType)
    {
        Vpc = new Vpc(options with { Ipv6Cidr = IPNetwork.Parse("2600:1f14:1:100::/56") });
        Subnet = Vpc.AddSubnet(
            IPNetwork.Parse(subnet), "us-west-2a", new Dictionary<string, string> { ["kubernetes.io/role/cni"] = "1" }, IPNetwork.Parse("2600:1f14:1:100::/64"));
        var first = IPNetwork.Parse(subnet).BaseAddress.GetAddressBytes();
        first[3] += 4; // The first that EC2 gives: in a /28 where no prefix can be anyway.
        Instance = Vpc.Launch(new LaunchInstance(instanceType, Subnet.Id) { PrivateAddress = new IPAddress(first) }, _now);
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

    public static async Task<Ec2OverHttp> StartAsync(
        VpcOptions? options = null, string subnet = "10.0.1.0/24", string instanceType = "m5.large")
    {
        var host = new Ec2OverHttp(options ?? VpcOptions.Instant, subnet, instanceType);
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
            host.Config());
        return host;
    }

    /// <summary>For more clients. Both of the SDK's ways to repeat a call are off: a call that is lost is seen as lost.</summary>
    public AmazonEC2Config Config() =>
        new() { ServiceURL = Ec2.ToString(), AuthenticationRegion = "us-west-2", MaxErrorRetry = 0, MaxStaleConnectionRetries = 0 };

    /// <summary>Time passes, and what is due happens; what the model tells the outside of it.</summary>
    public IReadOnlyList<VpcChange> Pass(TimeSpan time)
    {
        lock (_lock)
        {
            _now += time;
            return Vpc.Advance(_now);
        }
    }

    public IReadOnlyList<VpcChange> Pass(double seconds) => Pass(TimeSpan.FromSeconds(seconds));

    /// <summary>Turns knobs while clients call.</summary>
    public void Set(params (string Knob, string Value)[] settings)
    {
        lock (_lock)
            Vpc.Set(settings.Select(setting => KeyValuePair.Create(setting.Knob, setting.Value)));
    }

    public Instance Launch(string type, string? subnetId = null)
    {
        lock (_lock)
        {
            var instance = Vpc.Launch(new LaunchInstance(type, subnetId ?? Subnet.Id), _now);
            Vpc.Advance(_now);
            return instance;
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
        if (reply.Lost)
        {
            context.Abort();
            return;
        }

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
