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
    public async Task Credentials_that_expire_in_the_middle_of_a_call_cost_its_pod_a_moment()
    {
        await using var lab = await StartAsync();
        var node = lab.Nodes[0];
        (await Lab.RunAsync(["fault", "--name", lab.Name, "AssignPrivateIpAddresses", "--code", "RequestExpired", "--times", "2"])).Succeeded();

        await node.StartIpamdAsync(_webIdentity);
        await node.AddPodAsync("web-0");
    }

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
    private static async Task<Lab> StartAsync(int nodes = 1)
    {
        var lab = await Lab.StartAsync(nodes, "m5.large", "--authorize");
        try
        {
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
