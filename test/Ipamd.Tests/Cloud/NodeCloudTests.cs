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
            limits => used = limits, time, Stop);
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

    private static async Task<NodeState> DiscoverAsync(ModelledCloud cloud, params (string Name, string Value)[] environment)
    {
        var all = environment.Where(static variable => variable.Value.Length > 0).ToDictionary(static variable => variable.Name, static variable => variable.Value);
        all["AWS_EC2_ENDPOINT"] = cloud.Ec2Endpoint.ToString();
        all["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = cloud.ImdsEndpoint.ToString();
        all["AWS_REGION"] = "us-west-2";
        var settings = Assert.IsType<SettingsOutcome.Good>(IpamdSettings.Parse(all)).Settings;
        using var node = await NodeCloud.OpenAsync(settings.Cloud, settings.Pool, static _ => { }, NullLogger.Instance, TimeProvider.System, Stop);
        return await node.DiscoverAsync(Stop);
    }
}
