using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Injection;
using AwsVpcCni.Ipamd.Cloud;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>What a start makes of what IMDS and EC2 tell, and of what they do not.</summary>
public sealed class NodeCloudTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task On_an_instance_type_that_nobody_knows_the_node_starts_with_what_IMDS_shows_and_says_so(string imdsOnly)
    {
        await using var cloud = await ModelledCloud.StartAsync();
        var primary = new EniId(cloud.Instance.PrimaryInterfaceId);
        Assert.IsType<Ec2Outcome<IReadOnlyList<System.Net.IPNetwork>>.Done>(await cloud.Ec2.AssignBlocksAsync(primary, new BlockCount(5, 0), Stop));
        cloud.InstanceTypeInImds = "z99.large";

        var state = await DiscoverAsync(cloud, ("ENABLE_IMDS_ONLY_MODE", imdsOnly));

        Assert.Equal([1], state.Limits.EnisPerCard);
        Assert.Equal(5, state.Limits.BlocksPerEni);
        Assert.False(state.Limits.SupportsPrefixes);
        Assert.StartsWith("the limits of instance type z99.large are not built in", state.LimitsUnknown, StringComparison.Ordinal);
        Assert.Null(state.Limits.Problem());
    }

    [Fact]
    public async Task On_a_known_type_the_limits_are_the_types()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        var state = await DiscoverAsync(cloud);
        Assert.Equal([3], state.Limits.EnisPerCard);
        Assert.Equal((9, null), (state.Limits.BlocksPerEni, state.LimitsUnknown));
    }

    [Fact]
    public void Without_any_address_shown_an_ENI_holds_what_every_types_ENI_does()
    {
        var limits = ShownLimits.Of("z99.large", []);
        Assert.Equal([1], limits.EnisPerCard);
        Assert.Equal(1, limits.BlocksPerEni);
    }

    [Theory]
    [InlineData("c", "CreateTags", true)]
    [InlineData("c", "DeleteTags", false)]
    [InlineData("", "CreateTags", false)]
    public async Task A_primary_ENI_that_was_not_tagged_at_the_start_is_left_to_the_pool_to_tag(string cluster, string denied, bool left)
    {
        await using var cloud = await ModelledCloud.StartAsync(options: VpcOptions.Instant with
        {
            Faults = [new FaultRule { Action = denied, Code = "UnauthorizedOperation", Probability = 1 }],
        });
        var state = await DiscoverAsync(cloud, ("CLUSTER_NAME", cluster));
        Assert.Equal(left, Assert.Single(state.Enis).LostTags);
    }

    [Fact]
    public async Task Limits_are_asked_for_ever_less_often_until_EC2_tells_them()
    {
        var time = new FakeTimeProvider();
        var asked = new List<DateTimeOffset>();
        InstanceLimits? told = null;
        InstanceLimits? used = null;
        var following = LateLimits.FollowAsync(
            _ =>
            {
                asked.Add(time.GetUtcNow());
                return Task.FromResult(told);
            },
            limits => used = limits, static e => throw e, time, Stop);
        var began = time.GetUtcNow();
        for (var minute = 0; minute < 60; minute++)
            time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((began + TimeSpan.FromMinutes(1), null), (asked[0], used));
        Assert.InRange(asked.Count, 8, 11);

        told = new InstanceLimits([4], 15, 110);
        time.Advance(TimeSpan.FromMinutes(10));
        await following;
        Assert.Same(told, used);
    }

    [Fact]
    public async Task Limits_that_could_not_be_read_once_are_told_of_and_asked_for_again()
    {
        var time = new FakeTimeProvider();
        var failures = new List<string>();
        InstanceLimits? told = null;
        InstanceLimits? used = null;
        var following = LateLimits.FollowAsync(
            _ => told is null ? throw new StartException("eni-max-pods.txt, line 5: no number") : Task.FromResult<InstanceLimits?>(told),
            limits => used = limits, e => failures.Add(e.Message), time, Stop);
        time.Advance(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(["eni-max-pods.txt, line 5: no number", "eni-max-pods.txt, line 5: no number"], failures);

        told = new InstanceLimits([4], 15, 110);
        time.Advance(TimeSpan.FromMinutes(2));
        await following;
        Assert.Same(told, used);
    }

    [Fact]
    public void ENIs_of_other_network_cards_are_no_limit_of_the_first()
    {
        ImdsEni Shown(int card, int blocks) => new(
            new EniId($"eni-{card}"), "02:00:00:00:00:01", card, card, "subnet-1", IPNetwork.Parse("10.0.1.0/24"), IPAddress.Parse("10.0.1.4"),
            [.. Enumerable.Range(10, blocks).Select(static last => IPNetwork.Parse($"10.0.1.{last}/32"))]);
        var limits = ShownLimits.Of("z99.large", [Shown(card: 0, blocks: 3), Shown(card: 1, blocks: 7)]);
        Assert.Equal([1], limits.EnisPerCard);
        Assert.Equal(3, limits.BlocksPerEni);
    }

    /// <summary>HTTP_TIMEOUT goes up to ten minutes; a start waits for each of its questions to EC2 for 5 s.</summary>
    [Fact(Timeout = 20_000)]
    public async Task A_start_on_an_unknown_type_waits_for_an_EC2_that_does_not_answer_for_five_seconds_per_question()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        cloud.InstanceTypeInImds = "z99.large";
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var began = time.GetUtcNow();
        var hole = new TaskCompletionSource();
        await using var ec2 = await LoopbackServer.StartAsync(async context =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await hole.Task;
        });
        using var node = await OpenAsync(cloud, time, ("AWS_EC2_ENDPOINT", ec2.Address.ToString()), ("HTTP_TIMEOUT", "600"), ("CLUSTER_NAME", "c"));

        var state = await node.DiscoverAsync(TestContext.Current.CancellationToken);

        hole.SetResult();
        Assert.Contains("no answer within 5 s", state.LimitsUnknown, StringComparison.Ordinal);
        Assert.True(Assert.Single(state.Enis).LostTags);
        // The type's limits, the primary ENI's tag, this node's ENIs.
        Assert.Equal(TimeSpan.FromSeconds(15), time.GetUtcNow() - began);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_daemon_that_ends_does_not_wait_for_EC2_to_tell_the_types_limits()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        cloud.InstanceTypeInImds = "z99.large";
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var hole = new TaskCompletionSource();
        await using var ec2 = await LoopbackServer.StartAsync(async context =>
        {
            await ends.CancelAsync();
            await hole.Task;
        });
        using var node = await OpenAsync(cloud, TimeProvider.System, ("AWS_EC2_ENDPOINT", ec2.Address.ToString()), ("HTTP_TIMEOUT", "600"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => node.LimitsAsync(ends.Token));
        hole.SetResult();
    }

    private static async Task<NodeState> DiscoverAsync(ModelledCloud cloud, params (string Name, string Value)[] environment)
    {
        using var node = await OpenAsync(cloud, TimeProvider.System, environment);
        return await node.DiscoverAsync(Stop);
    }

    private static async Task<NodeCloud> OpenAsync(ModelledCloud cloud, TimeProvider time, params (string Name, string Value)[] environment)
    {
        var all = environment.Where(static variable => variable.Value.Length > 0).ToDictionary(static variable => variable.Name, static variable => variable.Value);
        all.TryAdd("AWS_EC2_ENDPOINT", cloud.Ec2Endpoint.ToString());
        all["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = cloud.ImdsEndpoint.ToString();
        all["AWS_REGION"] = "us-west-2";
        var settings = Assert.IsType<SettingsOutcome.Good>(IpamdSettings.Parse(all)).Settings;
        return await NodeCloud.OpenAsync(settings.Cloud, settings.Pool, static _ => { }, NullLogger.Instance, time, Stop);
    }
}
