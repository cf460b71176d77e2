using System.Collections.Concurrent;
using System.Globalization;
using AwsVpcCni.Ipamd.Cloud.Imds;
using Microsoft.AspNetCore.Http;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>IMDSv2 as ec2-facts.md §6 tells it, and every way in which it can fail.</summary>
internal sealed class FakeImds : IAsyncDisposable
{
    private LoopbackServer? _server;
    private int _tokens;
    private int _underWay;

    public ConcurrentDictionary<string, string> Keys { get; } = new();

    public ConcurrentQueue<string> Asked { get; } = new();

    public int TokensGiven => _tokens;

    public int MostAtOnce { get; private set; }

    /// <summary>Answers instead of the ordinary reply when it returns true; path without the root.</summary>
    public Func<string, HttpContext, Task<bool>> Fault { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Every token given so far is refused from now on.</summary>
    public void ForgetTokens() => OldestGoodToken = _tokens + 1;

    private int OldestGoodToken { get; set; } = 1;

    public static async Task<FakeImds> StartAsync()
    {
        var fake = new FakeImds();
        fake._server = await LoopbackServer.StartAsync(fake.AnswerAsync);
        return fake;
    }

    public ImdsClient Client(TimeProvider? time = null, TimeSpan? timeout = null, int retries = 2) => new(
        new ImdsOptions
        {
            Endpoint = _server!.Address,
            AttemptTimeout = timeout ?? TimeSpan.FromSeconds(30),
            Retries = retries,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            TokenLifetime = TimeSpan.FromMinutes(10),
        },
        time ?? TimeProvider.System);

    /// <summary>An m5.large with two ENIs, the second with secondary addresses and a prefix.</summary>
    public FakeImds WithAnOrdinaryNode()
    {
        Keys["instance-id"] = "i-0123456789abcdef0";
        Keys["instance-type"] = "m5.large";
        Keys["placement/region"] = "eu-central-1";
        Keys["placement/availability-zone"] = "eu-central-1a";
        Keys["local-ipv4"] = "10.0.0.10";
        Keys["mac"] = "02:00:00:00:00:01";
        Keys["network/interfaces/macs/"] = "02:00:00:00:00:01/\n02:00:00:00:00:02/";
        Eni("02:00:00:00:00:01", "eni-01", 0, "10.0.0.10\n10.0.0.11");
        Eni("02:00:00:00:00:02", "eni-02", 1, "10.0.0.20\n10.0.0.21");
        Keys["network/interfaces/macs/02:00:00:00:00:02/ipv4-prefix"] = "10.0.0.32/28";
        return this;
    }

    public void Eni(string mac, string id, int device, string addresses)
    {
        var at = $"network/interfaces/macs/{mac}/";
        Keys[at + "interface-id"] = id;
        Keys[at + "device-number"] = device.ToString(CultureInfo.InvariantCulture);
        Keys[at + "subnet-id"] = "subnet-0a";
        Keys[at + "vpc-id"] = "vpc-0a";
        Keys[at + "subnet-ipv4-cidr-block"] = "10.0.0.0/24";
        Keys[at + "vpc-ipv4-cidr-blocks"] = "10.0.0.0/16\n100.64.0.0/16";
        Keys[at + "security-group-ids"] = "sg-0a\nsg-0b";
        Keys[at + "local-ipv4s"] = addresses;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Asked.Enqueue(path);
        var now = Interlocked.Increment(ref _underWay);
        lock (Keys)
            MostAtOnce = Math.Max(MostAtOnce, now);
        try
        {
            var key = path.Replace("/latest/meta-data/", "", StringComparison.Ordinal);
            if (await Fault(key, context))
                return;
            await (path == "/latest/api/token" ? TokenAsync(context) : KeyAsync(context, key));
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task TokenAsync(HttpContext context)
    {
        var ttl = context.Request.Headers["X-aws-ec2-metadata-token-ttl-seconds"].ToString();
        if (context.Request.Method != "PUT" || !int.TryParse(ttl, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 21600)
        {
            context.Response.StatusCode = 400;
            return;
        }

        await context.Response.WriteAsync($"token-{Interlocked.Increment(ref _tokens)}==");
    }

    private async Task KeyAsync(HttpContext context, string key)
    {
        var token = context.Request.Headers["X-aws-ec2-metadata-token"].ToString();
        if (!token.StartsWith("token-", StringComparison.Ordinal)
            || int.Parse(token["token-".Length..^2], CultureInfo.InvariantCulture) < OldestGoodToken)
        {
            context.Response.StatusCode = 401;
        }
        else if (Keys.TryGetValue(key, out var value))
        {
            await context.Response.WriteAsync(value);
        }
        else
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("""<?xml version="1.0" encoding="iso-8859-1"?><h1>404 - Not Found</h1>""" + "\n");
        }
    }
}
