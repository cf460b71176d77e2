using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ipamd.Cloud.Ec2;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>How calls that fail are told apart: refused, or nobody knows. The texts are EC2's own (ec2-facts.md §2).</summary>
public sealed class Ec2FailureTests
{
    private static readonly EniId _eni = new("eni-0a");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, "InsufficientFreeAddressesInSubnet", "The specified subnet does not have enough free addresses to satisfy the request.", Refusal.NoFreeAddresses)]
    [InlineData(400, "InvalidParameterValue", "There aren't sufficient free Ipv4 addresses or prefixes", Refusal.NoFreeAddresses)]
    [InlineData(400, "InvalidParameterValue", "[10.0.0.9] assigned, but move is not allowed.", Refusal.Other)]
    [InlineData(400, "InsufficientCidrBlocks", "The specified subnet does not have enough free cidr blocks to satisfy the request.", Refusal.Fragmented)]
    [InlineData(400, "PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.", Refusal.AddressLimit)]
    [InlineData(400, "InvalidInterface.IpAddressLimitExceeded", "Address count 7 on interface-0a exceeds the limit for t3.medium", Refusal.AddressLimit)]
    [InlineData(400, "AttachmentLimitExceeded", "Interface count 4 exceeds the limit for t3.medium", Refusal.AttachmentLimit)]
    [InlineData(400, "NetworkInterfaceLimitExceeded", "?", Refusal.AccountLimit)]
    [InlineData(503, "RequestLimitExceeded", "Request limit exceeded.", Refusal.Throttled)]
    [InlineData(401, "AuthFailure", "AWS was not able to validate the provided access credentials", Refusal.Denied)]
    [InlineData(400, "RequestExpired", "Request has expired.", Refusal.Unavailable)]
    [InlineData(400, "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-0a' does not exist", Refusal.NotFound)]
    [InlineData(400, "InvalidSubnetID.NotFound", "The subnet ID 'subnet-0a' does not exist", Refusal.Other)]
    [InlineData(400, "InvalidNetworkInterface.InUse", "Interface: [eni-0a] in use.", Refusal.InUse)]
    [InlineData(503, "Throttling", "Rate exceeded", Refusal.Throttled)]
    [InlineData(400, "ConcurrentTagAccess", "?", Refusal.Unavailable)]
    public async Task A_refusal_is_told_by_its_code(int status, string code, string message, Refusal kind)
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Refuses(status, code, message);
        using var client = ec2.Client();
        var refused = Refused(await client.AssignBlocksAsync(_eni, new BlockCount(1, 0), Stop));
        Assert.Equal((kind, code, message), (refused.Kind, refused.Code, refused.Message));
        Assert.Single(ec2.Requests);
        Assert.Equal(("AssignPrivateIpAddresses", code, true), Told(ec2));
    }

    [Fact]
    public async Task A_taken_device_index_and_an_eni_in_use_have_no_code_of_their_own()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        using var client = ec2.Client();
        ec2.Refuses(400, "InvalidParameterValue", "Instance 'i-0123456789abcdef0' already has an interface attached at device index '1'.");
        Assert.Equal(Refusal.IndexTaken, Refused(await client.AttachEniAsync(_eni, 0, 1, Stop)).Kind);
        ec2.Refuses(400, "InvalidParameterValue", "Network interface 'eni-0a' is currently in use.");
        Assert.Equal(Refusal.InUse, Refused(await client.DeleteEniAsync(_eni, Stop)).Kind);
    }

    [Fact]
    public async Task A_denial_shows_the_action_and_not_the_blob()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        using var client = ec2.Client();
        ec2.Refuses(403, "UnauthorizedOperation", "You are not authorized to perform this operation. User: arn:aws:sts::1:assumed-role/node/i-0 is not "
            + "authorized to perform: ec2:DeleteNetworkInterface on resource: eni-0a because no identity-based policy allows the "
            + "ec2:DeleteNetworkInterface action. Encoded authorization failure message: " + new string('x', 900));
        var message = Refused(await client.DeleteEniAsync(_eni, Stop)).Message;
        Assert.Contains("not authorized to perform: ec2:DeleteNetworkInterface on resource: eni-0a", message, StringComparison.Ordinal);
        Assert.DoesNotContain("xxx", message, StringComparison.Ordinal);

        ec2.Refuses(403, "UnauthorizedOperation", "You are not authorized to perform this operation.");
        var refused = Refused(await client.DeleteEniAsync(_eni, Stop));
        Assert.Equal((Refusal.Denied, "You are not authorized to perform this operation. (ec2:DeleteNetworkInterface)"), (refused.Kind, refused.Message));
    }

    [Fact]
    public async Task A_connection_that_is_lost_after_the_request_leaves_the_outcome_unknown_and_is_not_repeated()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        using var client = ec2.Client();

        // A pooled connection first: that is what the SDK would otherwise repeat by itself.
        ec2.Replies("AssignPrivateIpAddresses", "<return>true</return>");
        await client.AssignBlocksAsync(_eni, new BlockCount(1, 0), Stop);
        ec2.Answer = (_, context) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        Assert.Contains(
            "AssignPrivateIpAddresses: connection lost",
            Unknown(await client.AssignBlocksAsync(_eni, new BlockCount(1, 0), Stop)),
            StringComparison.Ordinal);
        Assert.Equal(2, ec2.Requests.Count);
        Assert.Equal("ConnectionLost", ec2.Attempts.Last().Status);
    }

    [Fact]
    public async Task A_reply_that_does_not_come_in_time_leaves_the_outcome_unknown()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Answer = (_, context) => ImdsClientTests.NeverAsync(context);
        using var client = ec2.Client(timeout: TimeSpan.FromSeconds(1.5));
        Assert.Equal("DeleteNetworkInterface: no reply within 1.5 s", Unknown(await client.DeleteEniAsync(_eni, Stop)));
        Assert.Equal(("DeleteNetworkInterface", "Timeout", true), Told(ec2));
    }

    [Fact]
    public async Task A_reply_may_take_as_long_as_HTTP_TIMEOUT_allows_and_no_longer()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var client = ec2.Client(timeout: TimeSpan.FromSeconds(600), time: time);
        ec2.Answer = (_, context) =>
        {
            time.Advance(TimeSpan.FromSeconds(599));
            return FakeEc2.Reply(context, "DeleteNetworkInterface", "<return>true</return>");
        };
        Assert.IsType<Ec2Outcome<Nothing>.Done>(await client.DeleteEniAsync(_eni, Stop));

        ec2.Answer = (_, context) =>
        {
            time.Advance(TimeSpan.FromSeconds(600));
            return ImdsClientTests.NeverAsync(context);
        };
        Assert.Equal("DeleteNetworkInterface: no reply within 600 s", Unknown(await client.DeleteEniAsync(_eni, Stop)));
    }

    /// <summary>HttpClient's default of 100 s would make a long HTTP_TIMEOUT a lost connection.</summary>
    [Fact]
    public void Below_HTTP_TIMEOUT_nothing_bounds_a_reply()
    {
        using var http = new WireTrace.ClientFactory(TimeSpan.FromSeconds(1)).CreateHttpClient(new Amazon.EC2.AmazonEC2Config());
        Assert.Equal(Timeout.InfiniteTimeSpan, http.Timeout);
    }

    [Fact]
    public async Task A_reply_that_breaks_off_leaves_the_outcome_unknown()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Answer = async (_, context) =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("<?xml version=\"1.0\"?><Delete");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        using var client = ec2.Client();
        Unknown(await client.DeleteEniAsync(_eni, Stop));
        Assert.Single(ec2.Requests);
    }

    [Theory]
    [InlineData(502, "<html><body>Bad Gateway</body></html>")]
    [InlineData(500, "")]
    [InlineData(503, "<Response><Errors/></Response>")]
    public async Task A_5xx_without_an_error_code_leaves_the_outcome_unknown(int status, string body)
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Answer = (_, context) =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        };
        using var client = ec2.Client();
        var reason = Unknown(await client.DeleteEniAsync(_eni, Stop));
        Assert.Contains($"{status}", reason, StringComparison.Ordinal);
        Assert.Single(ec2.Requests);
    }

    [Theory]
    [InlineData(500, "InternalError")]
    [InlineData(500, "InternalFailure")]
    [InlineData(503, "Unavailable")]
    [InlineData(503, "ServiceUnavailable")]
    [InlineData(400, "InternalError")]
    [InlineData(502, "SomethingNew")]
    public async Task After_EC2s_own_trouble_nobody_knows_whether_a_change_was_made(int status, string code)
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Refuses(status, code, "An internal error has occurred");
        using var client = ec2.Client();
        string[] reasons =
        [
            Unknown(await client.CreateEniAsync(new CreateEni("subnet-0a", ["sg-0a"], new BlockCount(1, 0), "t"), Stop)),
            Unknown(await client.AttachEniAsync(_eni, 0, 1, Stop)),
            Unknown(await client.SetDeleteOnTerminationAsync(_eni, new AttachmentId("eni-attach-0a"), Stop)),
            Unknown(await client.AssignBlocksAsync(_eni, new BlockCount(1, 0), Stop)),
            Unknown(await client.UnassignBlocksAsync(_eni, [IPNetwork.Parse("10.0.0.9/32")], Stop)),
            Unknown(await client.DetachEniAsync(new AttachmentId("eni-attach-0a"), Stop)),
            Unknown(await client.DeleteEniAsync(_eni, Stop)),
            Unknown(await client.SetSecurityGroupsAsync(_eni, ["sg-0a"], Stop)),
            Unknown(await client.TagEniAsync(_eni, Stop)),
        ];
        Assert.All(reasons, reason => Assert.EndsWith($": {code}: An internal error has occurred", reason, StringComparison.Ordinal));
        Assert.Equal(reasons.Length, ec2.Requests.Count);
        Assert.All(ec2.Attempts, attempt => Assert.Equal((code, true), (attempt.Status, attempt.Failed)));
    }

    [Theory]
    [InlineData("this is not XML")]
    [InlineData("<a><b></a>")]
    public async Task A_200_that_is_not_ec2s_leaves_the_outcome_unknown(string body)
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Answer = (_, context) => context.Response.WriteAsync(body);
        using var client = ec2.Client();
        Unknown(await client.CreateEniAsync(new CreateEni("subnet-0a", ["sg-0a"], new BlockCount(1, 0), "t"), Stop));
        Assert.Single(ec2.Requests);
    }

    [Fact]
    public async Task Without_a_connection_nothing_happened_and_that_is_known()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Ec2Client(
            new Ec2Options { InstanceId = "i-0", Region = "eu-central-1", Endpoint = new Uri($"http://{socket.LocalEndPoint}") }, TimeProvider.System);
        var refused = Refused(await client.DeleteEniAsync(_eni, Stop));
        Assert.Equal((Refusal.Unavailable, "NotSent"), (refused.Kind, refused.Code));
        Assert.Contains("refused", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Giving_up_is_the_callers_and_not_an_outcome()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        using var soon = new CancellationTokenSource();
        // Once the request is with EC2: before, nothing has happened, and that is an outcome.
        ec2.Answer = async (_, context) =>
        {
            await soon.CancelAsync();
            await ImdsClientTests.NeverAsync(context);
        };
        using var client = ec2.Client();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.DeleteEniAsync(_eni, soon.Token));
    }

    private static (string Action, string Status, bool Failed) Told(FakeEc2 ec2)
    {
        var attempt = Assert.Single(ec2.Attempts);
        return (attempt.Action, attempt.Status, attempt.Failed);
    }

    private static Ec2Outcome<T>.Refused Refused<T>(Ec2Outcome<T> outcome) => Assert.IsType<Ec2Outcome<T>.Refused>(outcome);

    private static string Unknown<T>(Ec2Outcome<T> outcome) => Assert.IsType<Ec2Outcome<T>.Unknown>(outcome).Reason;
}
