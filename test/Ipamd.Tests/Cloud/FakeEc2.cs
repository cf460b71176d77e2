using System.Collections.Concurrent;
using System.Globalization;
using AwsVpcCni.Ipamd.Cloud.Ec2;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>An endpoint that answers EC2 Query requests with recorded texts (ec2-facts.md §7), and fails in every way on the wire.</summary>
internal sealed class FakeEc2 : IAsyncDisposable
{
    private LoopbackServer? _server;

    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Requests { get; } = new();

    public ConcurrentQueue<string> UserAgents { get; } = new();

    public ConcurrentQueue<string> Signatures { get; } = new();

    public ConcurrentQueue<Ec2Attempt> Attempts { get; } = new();

    /// <summary>What to answer to whom.</summary>
    public Func<IReadOnlyDictionary<string, string>, HttpContext, Task> Answer { get; set; } = (_, context) => Error(context, 400, "InvalidAction", "?");

    public static async Task<FakeEc2> StartAsync()
    {
        var fake = new FakeEc2();
        fake._server = await LoopbackServer.StartAsync(async context =>
        {
            var form = await context.Request.ReadFormAsync();
            var fields = form.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
            fake.UserAgents.Enqueue(context.Request.Headers.UserAgent.ToString());
            fake.Signatures.Enqueue(context.Request.Headers.Authorization.ToString());
            fake.Requests.Enqueue(fields);
            await fake.Answer(fields, context);
        });
        return fake;
    }

    public Ec2Client Client(TimeSpan? timeout = null, string cluster = "", IReadOnlyDictionary<string, string>? tags = null, TimeProvider? time = null) =>
        new(
            new Ec2Options
            {
                InstanceId = "i-0123456789abcdef0",
                Region = "eu-central-1",
                Endpoint = _server!.Address,
                Timeout = timeout ?? TimeSpan.FromSeconds(60),
                ClusterName = cluster,
                AdditionalTags = tags ?? new Dictionary<string, string>(),
                Version = "v1.2.3",
                OnAttempt = Attempts.Enqueue,
            },
            time ?? TimeProvider.System);

    public void Replies(string action, string content) => Answer = (_, context) => Reply(context, action, content);

    public void Refuses(int status, string code, string message) => Answer = (_, context) => Error(context, status, code, message);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    public static Task Reply(HttpContext context, string action, string content)
    {
        context.Response.ContentType = "text/xml;charset=UTF-8";
        return context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-1</requestId>{content}</{action}Response>
            """));
    }

    public static Task Error(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/xml;charset=UTF-8";
        context.Response.Headers.Server = new StringValues("AmazonEC2");
        return context.Response.WriteAsync(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + $"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>r-1</RequestID></Response>");
    }

    /// <summary>One ENI as EC2 shows it, between the tags of whatever it is in.</summary>
    public static string Eni(string id, string more = "") => $"""
        <networkInterfaceId>{id}</networkInterfaceId><subnetId>subnet-0a</subnetId><vpcId>vpc-0a</vpcId><status>in-use</status>
        <description>aws-K8S-i-0123456789abcdef0</description><macAddress>02:00:00:00:00:0A</macAddress><privateIpAddress>10.0.0.20</privateIpAddress>
        <interfaceType>interface</interfaceType>
        <privateIpAddressesSet><item><privateIpAddress>10.0.0.20</privateIpAddress><primary>true</primary></item>
        <item><privateIpAddress>10.0.0.21</privateIpAddress><primary>false</primary></item></privateIpAddressesSet>{more}
        """;
}
