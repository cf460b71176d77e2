using System.Text.Json;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>
/// Each way in which the published daemon comes to AWS credentials, on a lab that verifies signatures and lets nobody in but who
/// comes that way.
/// </summary>
public sealed class CredentialTests
{
    private const string WebToken = "/run/web-identity-token";
    private const string PodToken = "/run/pod-identity-token";

    private static int _pods;

    private static readonly (string, string)[] _webIdentity =
        [("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/irsa"), ("AWS_WEB_IDENTITY_TOKEN_FILE", WebToken), ("AWS_ROLE_SESSION_NAME", "aws-node")];

    private static readonly (string, string)[] _podIdentity =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"), ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", PodToken)];

    /// <summary>The node's role, which needs no settings, first.</summary>
    private static readonly (string, string)[][] _sources = [[], _webIdentity, _podIdentity];

    [Fact]
    public Task With_the_node_s_role_the_pool_grows() => GrowsAsync(settings: [], others: ["irsa", "vpclab-pod"], "imds.credentialLifetime=304s", "imds.credentialRotation=1s");

    [Fact]
    public Task With_a_role_for_its_service_account_the_pool_grows_although_the_node_s_role_may_nothing() =>
        GrowsAsync(_webIdentity, others: ["vpclab-node", "vpclab-pod"], "access.stsLifetime=304s");

    [Fact]
    public Task With_EKS_Pod_Identity_the_pool_grows_although_the_node_s_role_may_nothing() =>
        GrowsAsync(_podIdentity, others: ["vpclab-node", "irsa"], "access.containerLifetime=304s");

    [Fact]
    public async Task While_credentials_are_refused_it_serves_and_says_why_it_cannot_grow_and_grows_once_they_are_given()
    {
        await using var lab = await StartAsync(nodes: 2);
        (await Lab.RunAsync(["set", "--name", lab.Name, "access.stsRefusal=AccessDenied", "access.containerRefusal=403"])).Succeeded();
        await Task.WhenAll(lab.Nodes.Zip([_webIdentity, _podIdentity], CannotGrowAsync));

        (await Lab.RunAsync(["set", "--name", lab.Name, "access.stsRefusal=none", "access.containerRefusal=0"])).Succeeded();
        foreach (var node in lab.Nodes)
        {
            await node.PoolUntilAsync(pool => pool.Total == 6);
            await node.AddPodAsync($"web-of-{node.Name}");
        }

        static async Task CannotGrowAsync(Node node, (string, string)[] source)
        {
            await node.StartIpamdAsync([.. source, ("IPAMD_ADD_WAIT_SECONDS", "2")]);
            await node.LogUntilAsync("failed with NoCredentials");
            // Each ADD waits its 2 s; the one that ends after the first call was given up has the reason.
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            Ended ended;
            do
                (_, ended) = await node.TryAddPodAsync($"web-{node.Name}-{Interlocked.Increment(ref _pods)}");
            while (!ended.Output.Contains("NoCredentials", StringComparison.Ordinal) && !bound.IsCancellationRequested);
            Assert.NotEqual(0, ended.ExitCode);
            Assert.Matches("(cannot grow|the last attempt failed): NoCredentials", ended.Output);
        }
    }

    [Fact]
    public async Task Calls_that_are_refused_as_expired_cost_their_pod_a_moment()
    {
        await using var lab = await StartAsync();
        var node = lab.Nodes[0];
        (await Lab.RunAsync(["fault", "--name", lab.Name, "AssignPrivateIpAddresses", "--code", "RequestExpired", "--times", "2"])).Succeeded();

        await node.StartIpamdAsync(_webIdentity);
        await node.AddPodAsync("web-0");
    }

    /// <summary>They end hours before the end that they came with: the SDK, which goes by that, would sign with them until then.</summary>
    [Fact]
    public async Task Credentials_that_have_expired_are_replaced_while_a_pod_waits_whatever_their_source()
    {
        await using var lab = await StartAsync(_sources.Length);
        await StartWithTwoAddressesAsync(lab);
        var before = await SessionsAsync(lab);
        Assert.All(before, session => Assert.Equal(0, session.Faults));
        Assert.Equal(_sources.Length, before.Select(session => session.Role).Distinct().Count());

        (await Lab.RunAsync(["access", "--name", lab.Name, "--expire"])).Succeeded();
        await Task.WhenAll(lab.Nodes.Select(AddMoreThanItHasAsync));

        var after = await SessionsAsync(lab);
        foreach (var source in after.GroupBy(session => session.Role))
        {
            var (old, renewed) = (source.Where(session => IsKnown(session, before)).ToList(), source.Where(session => !IsKnown(session, before)).ToList());
            Assert.Contains(old, session => session is { LastFault: "RequestExpired" });
            Assert.Contains(renewed, session => session is { Calls: > 0, Faults: 0 });
            Assert.True(renewed.Max(session => session.Made) > old.Max(session => session.Made), $"{source.Key}: the last call was signed with older credentials");
        }
    }

    /// <summary>
    /// The lab's clock, by which AWS checks signatures and ends credentials, is moved away from the nodes': three hours, three times as long
    /// as STS's credentials last. First from the start on; then back, as where somebody sets a node's clock while the daemon runs.
    /// </summary>
    [Theory]
    [InlineData("3h")]
    [InlineData("-3h")]
    public async Task With_a_clock_that_is_wrong_by_hours_and_when_it_is_set_pods_get_their_addresses(string ahead)
    {
        await using var lab = await StartAsync(_sources.Length, $"access.clock={ahead}");
        await StartWithTwoAddressesAsync(lab);
        foreach (var node in lab.Nodes)
            await node.AddPodAsync($"web-of-{node.Name}");

        (await Lab.RunAsync(["set", "--name", lab.Name, "access.clock=0"])).Succeeded();
        await Task.WhenAll(lab.Nodes.Select(AddMoreThanItHasAsync));

        foreach (var source in (await SessionsAsync(lab)).GroupBy(session => session.Role))
            Assert.Contains(source, session => session is { LastFault: "RequestExpired" });
    }

    /// <summary>Each source of credentials in a node of its own.</summary>
    private static Task StartWithTwoAddressesAsync(Lab lab) => Task.WhenAll(lab.Nodes.Zip(_sources, async (node, source) =>
    {
        await node.StartIpamdAsync([.. source, ("WARM_IP_TARGET", "1"), ("MINIMUM_IP_TARGET", "2")]);
        await node.PoolUntilAsync(pool => pool.Total == 2);
    }));

    /// <summary>Pods at once, the last of which wait for EC2.</summary>
    private static Task AddMoreThanItHasAsync(Node node) =>
        Task.WhenAll(Enumerable.Range(1, 5).Select(pod => node.AddPodAsync($"web-{pod}-of-{node.Name}")));

    private static bool IsKnown(Session session, IReadOnlyList<Session> sessions) => sessions.Any(known => known.Key == session.Key);

    /// <summary>What EC2 was called with so far.</summary>
    private static async Task<IReadOnlyList<Session>> SessionsAsync(Lab lab)
    {
        var access = JsonDocument.Parse((await Lab.RunAsync(["access", "--name", lab.Name, "--json"])).Succeeded()).RootElement;
        return [.. access.GetProperty("sessions").EnumerateArray().Select(session => new Session(
            session.GetProperty("accessKeyId").GetString()!,
            session.GetProperty("principal").GetString()!.Split('/')[1],
            session.GetProperty("made").GetDateTimeOffset(),
            session.GetProperty("calls").GetInt64(),
            session.GetProperty("faults").GetInt64(),
            session.GetProperty("lastFault").GetString()))];
    }

    private sealed record Session(string Key, string Role, DateTimeOffset Made, long Calls, long Faults, string? LastFault);

    private static async Task GrowsAsync((string, string)[] settings, string[] others, params string[] lifetime)
    {
        await using var lab = await StartAsync();
        var node = lab.Nodes[0];
        (await Lab.RunAsync(
            ["access", "--name", lab.Name, .. others.SelectMany(role => (string[])["--deny", $"*@arn:aws:sts::*:assumed-role/{role}/*"])])).Succeeded();
        // The SDK renews credentials five minutes before their end: these from the fourth second on.
        (await Lab.RunAsync(["set", "--name", lab.Name, .. lifetime])).Succeeded();

        await node.StartIpamdAsync(settings);
        var first = await node.AddPodAsync("web-0");
        await first.PingAsync("10.0.0.1");
        await node.PoolUntilAsync(pool => pool.Total == 6);

        var began = DateTimeOffset.Parse(await NowAsync(), null);
        while (DateTimeOffset.Parse(await NowAsync(), null) < began.AddSeconds(4))
            await first.PingAsync("10.0.0.1");
        for (var pod = 1; pod <= 6; pod++)
            await node.AddPodAsync($"web-{pod}");
        await node.PoolUntilAsync(pool => pool is { Total: 10, Assigned: 7 });

        async Task<string> NowAsync() => (await lab.StatusAsync()).GetProperty("now").GetString()!;
    }

    /// <summary>A lab that lets nobody in without a signature, with the tokens that kubelet would project.</summary>
    private static async Task<Lab> StartAsync(int nodes = 1, params string[] knobs)
    {
        var lab = await Lab.StartAsync(nodes, "m5.large", "--authorize");
        try
        {
            if (knobs.Length > 0)
                (await Lab.RunAsync(["set", "--name", lab.Name, .. knobs])).Succeeded();
            foreach (var (file, audience) in ((string, string)[])[(WebToken, "sts.amazonaws.com"), (PodToken, "pods.eks.amazonaws.com")])
            {
                var token = (await Lab.RunAsync(["token", "--name", lab.Name, "--audience", audience])).Succeeded().Trim();
                foreach (var node in lab.Nodes)
                    (await node.RunAsync(["sh", "-c", $"cat > {file}"], token)).Succeeded();
            }

            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }
}
