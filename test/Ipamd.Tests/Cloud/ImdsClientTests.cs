using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ipamd.Cloud.Imds;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

public sealed class ImdsClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_is_there_a_key_that_is_not_and_one_token_for_both()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        using var client = imds.Client();

        Assert.Equal("m5.large", Assert.IsType<ImdsReply<string>.Value>(await client.GetAsync("instance-type", Stop)).Content);
        Assert.IsType<ImdsReply<string>.Absent>(await client.GetAsync("spot/termination-time", Stop));
        Assert.Equal(1, imds.TokensGiven);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_ends()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        var time = new FakeTimeProvider();
        using var client = imds.Client(time);

        await client.GetAsync("mac", Stop);
        time.Advance(TimeSpan.FromMinutes(8));
        await client.GetAsync("mac", Stop);
        Assert.Equal(1, imds.TokensGiven);

        time.Advance(TimeSpan.FromMinutes(1.5));
        await client.GetAsync("mac", Stop);
        Assert.Equal(2, imds.TokensGiven);
    }

    [Fact]
    public async Task A_refused_token_is_replaced_once_for_all_who_hold_it()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        using var client = imds.Client();
        await client.GetAsync("mac", Stop);

        imds.ForgetTokens();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetAsync("mac", Stop)));

        Assert.All(replies, reply => Assert.IsType<ImdsReply<string>.Value>(reply));
        Assert.Equal(2, imds.TokensGiven);
    }

    [Fact]
    public async Task A_fresh_token_that_is_refused_too_is_not_tried_for_ever()
    {
        await using var imds = await FakeImds.StartAsync();
        imds.Fault = (key, context) => Status(key == "mac" ? 401 : 0, context);
        using var client = imds.Client();

        var failure = Failure(await client.GetAsync("mac", Stop));
        Assert.Equal(ImdsFailureKind.Denied, failure.Kind);
        Assert.Equal(2, imds.Asked.Count(path => path.EndsWith("/mac", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(500, ImdsFailureKind.Server, 3)]
    [InlineData(503, ImdsFailureKind.Server, 3)]
    [InlineData(403, ImdsFailureKind.Denied, 1)]
    [InlineData(302, ImdsFailureKind.Garbage, 1)]
    [InlineData(400, ImdsFailureKind.Garbage, 1)]
    public async Task A_status_is_a_failure_of_its_kind_and_only_imdss_own_trouble_is_retried(int status, ImdsFailureKind kind, int attempts)
    {
        await using var imds = await FakeImds.StartAsync();
        imds.Fault = (key, context) => Status(key == "mac" ? status : 0, context);
        using var client = imds.Client();

        var failure = Failure(await client.GetAsync("mac", Stop));
        Assert.Equal(kind, failure.Kind);
        Assert.Contains($"/latest/meta-data/mac: status {status}", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(attempts, imds.Asked.Count(path => path.EndsWith("/mac", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_5xx_is_not_seen_by_the_caller()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        var failures = 0;
        imds.Fault = (key, context) => Status(key == "mac" && Interlocked.Increment(ref failures) == 1 ? 503 : 0, context);
        using var client = imds.Client();
        Assert.IsType<ImdsReply<string>.Value>(await client.GetAsync("mac", Stop));
    }

    [Theory]
    [InlineData("/latest/api/token")]
    [InlineData("mac")]
    public async Task An_imds_that_never_answers_is_a_timeout_that_mentions_the_hop_limit(string silent)
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Fault = (key, context) => key == silent ? NeverAsync(context) : Task.FromResult(false);
        using var client = imds.Client(timeout: TimeSpan.FromMilliseconds(300), retries: 1);

        var failure = Failure(await client.GetAsync("mac", Stop));
        Assert.Equal(ImdsFailureKind.Timeout, failure.Kind);
        Assert.Contains("no answer within 0.3 s, 2 times", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("hop limit", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everybody_who_waits_for_a_token_that_does_not_come_fails_with_the_same_fetch()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Fault = (key, context) => key == "/latest/api/token" ? NeverAsync(context) : Task.FromResult(false);
        using var client = imds.Client(timeout: TimeSpan.FromMilliseconds(300), retries: 0);

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.GetAsync("mac", Stop)));
        Assert.All(replies, reply => Assert.Equal(ImdsFailureKind.Timeout, Failure(reply).Kind));
        Assert.Single(imds.Asked);
    }

    [Fact]
    public async Task A_body_that_drips_for_ever_is_a_timeout()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Fault = async (key, context) =>
        {
            if (key != "mac")
                return false;
            await context.Response.WriteAsync("02:");
            await context.Response.Body.FlushAsync();
            return await NeverAsync(context);
        };
        using var client = imds.Client(timeout: TimeSpan.FromMilliseconds(300), retries: 0);
        Assert.Equal(ImdsFailureKind.Timeout, Failure(await client.GetAsync("mac", Stop)).Kind);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_a_connection_failure()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Fault = (key, context) =>
        {
            if (key == "mac")
                context.Abort();
            return Task.FromResult(key == "mac");
        };
        using var client = imds.Client();
        Assert.Equal(ImdsFailureKind.Connection, Failure(await client.GetAsync("mac", Stop)).Kind);
    }

    [Fact]
    public async Task An_endpoint_where_nobody_listens_is_a_connection_failure_that_names_it()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new ImdsClient(
            new ImdsOptions { Endpoint = new Uri($"http://{socket.LocalEndPoint}"), Retries = 0 }, TimeProvider.System);

        var failure = Failure(await client.GetAsync("mac", Stop));
        Assert.Equal(ImdsFailureKind.Connection, failure.Kind);
        Assert.Contains(socket.LocalEndPoint!.ToString()!, failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("refused", failure.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_reply_without_end_is_refused_at_64_kB()
    {
        await using var imds = await FakeImds.StartAsync();
        imds.Fault = async (key, context) =>
        {
            if (key != "mac")
                return false;
            var chunk = new byte[65536];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            return true;
        };
        using var client = imds.Client();
        var failure = Failure(await client.GetAsync("mac", Stop));
        Assert.Equal(ImdsFailureKind.Garbage, failure.Kind);
        Assert.Contains("more than 65536 bytes", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_of_another_form_is_told_with_its_path_and_itself()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Keys["mac"] = "<html>";
        using var client = imds.Client();
        var failed = Assert.IsType<ImdsReply<string>.Failed>(await client.GetAsync("mac", ImdsForms.Mac, Stop));
        Assert.EndsWith("/latest/meta-data/mac: \"<html>\" is not a MAC address", failed.Failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Giving_up_is_not_a_failure_of_imds()
    {
        await using var imds = await FakeImds.StartAsync();
        imds.Fault = (_, context) => NeverAsync(context);
        using var client = imds.Client();
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("mac", soon.Token));
    }

    [Fact]
    public void No_text_makes_a_form_throw() => Gen.String.Sample(text =>
    {
        _ = ImdsForms.Mac.TryRead(text, out _) | ImdsForms.MacListing.TryRead(text, out _) | ImdsForms.EniId.TryRead(text, out _)
            | ImdsForms.Ipv4.TryRead(text, out _) | ImdsForms.Ipv4List.TryRead(text, out _) | ImdsForms.Ipv4Cidr.TryRead(text, out _)
            | ImdsForms.Ipv4Cidrs.TryRead(text, out _) | ImdsForms.SmallNumber.TryRead(text, out _)
            | ImdsForms.SecurityGroupIds.TryRead(text, out _) | ImdsForms.InstanceType.TryRead(text, out _) | ImdsForms.Place.TryRead(text, out _);
    });

    private static ImdsFailure Failure(ImdsReply<string> reply) => Assert.IsType<ImdsReply<string>.Failed>(reply).Failure;

    internal static Task<bool> Status(int status, HttpContext context)
    {
        if (status == 0)
            return Task.FromResult(false);
        context.Response.StatusCode = status;
        return Task.FromResult(true);
    }

    internal static async Task<bool> NeverAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
        return true;
    }
}
