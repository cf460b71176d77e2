using System.Text.Json;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>How instance metadata fails and lags (ec2-facts.md §6), and that a seed brings the same failures again.</summary>
public sealed class MetadataFaultTests
{
    private const string Id = "/latest/meta-data/instance-id";
    private const string Macs = "meta-data/network/interfaces/macs/";
    private const string TtlHeader = "X-aws-ec2-metadata-token-ttl-seconds";

    private static readonly ImdsOptions _open = new() { TokenRequired = false };

    [Fact]
    public void A_burst_of_503_comes_and_goes_and_each_instance_has_its_own()
    {
        var options = _open with { ErrorsEvery = DurationRange.Milliseconds(5000, 20000), ErrorsLast = DurationRange.Milliseconds(1000, 3000) };
        var cloud = With(options);
        var (a, b) = (cloud.Launch(), cloud.Launch());
        var statuses = Watch(cloud, 600, () => (cloud.Imds(a, "GET", Id).Status, cloud.Imds(b, "GET", Id).Status));
        Assert.All(statuses, s => Assert.Contains(s.Item1, (int[])[200, 503]));
        Assert.InRange(statuses.Count(s => s.Item1 == 503), 30, 180);
        Assert.NotEqual(statuses.Select(s => s.Item1), statuses.Select(s => s.Item2));

        var again = With(options);
        (a, b) = (again.Launch(), again.Launch());
        Assert.Equal(statuses, Watch(again, 600, () => (again.Imds(a, "GET", Id).Status, again.Imds(b, "GET", Id).Status)));
    }

    [Fact]
    public void In_a_404_window_the_mac_is_listed_and_nothing_is_under_it_while_the_rest_answers()
    {
        var cloud = With(_open with { NotFoundEvery = DurationRange.Milliseconds(3000, 3000), NotFoundLasts = DurationRange.Milliseconds(2000, 2000) });
        var instance = cloud.Launch();
        List<bool> found = [];
        for (var second = 0; second < 10; second++)
        {
            Assert.Equal(instance.MacAddress + "/", cloud.Metadata(instance, Macs));
            Assert.NotNull(cloud.Metadata(instance, "meta-data/instance-id"));
            found.Add(cloud.Metadata(instance, $"{Macs}{instance.MacAddress}/interface-id") is not null);
            cloud.Pass(1);
        }

        Assert.Equal([true, true, true, false, false, true, true, true, false, false], found);
    }

    [Fact]
    public void Answers_take_their_time_and_some_take_long()
    {
        var cloud = With(_open with
        {
            Latency = DurationRange.Milliseconds(2, 4),
            SlowShare = 0.25,
            SlowLatency = DurationRange.Milliseconds(1000, 2000),
        });
        var instance = cloud.Launch();
        var waits = Enumerable.Range(0, 400).Select(_ => (cloud.Imds(instance, "GET", Id).Due!.Value - cloud.Now).TotalMilliseconds).ToList();
        Assert.All(waits, wait => Assert.True(wait is >= 2 and <= 4 or >= 1000 and <= 2000));
        Assert.InRange(waits.Count(wait => wait > 4), 60, 140);
    }

    [Fact]
    public void A_token_does_not_reach_a_pod_behind_a_hop_limit_of_one_and_does_with_two()
    {
        var near = With(new ImdsOptions { HopLimit = 1 });
        var instance = near.Launch();
        Assert.False(Put(near, instance, hops: 1).NeverArrives);
        Assert.True(Put(near, instance, hops: 2).NeverArrives);
        var far = With(new ImdsOptions { HopLimit = 2 });
        Assert.False(Put(far, far.Launch(), hops: 2).NeverArrives);

        static ImdsAnswer Put(Cloud cloud, Instance from, int hops) =>
            cloud.Vpc.Imds.Answer(from.Id, "PUT", "/latest/api/token", name => name == TtlHeader ? "60" : null, cloud.Now, hops);
    }

    [Fact]
    public void Beyond_the_packets_of_a_second_answers_wait_for_a_retransmission()
    {
        var cloud = With(_open with { PacketsPerSecond = 1024 });
        var instance = cloud.Launch();
        var waits = Enumerable.Range(0, 1000).Select(_ => (cloud.Imds(instance, "GET", Id).Due ?? cloud.Now) - cloud.Now).ToList();
        Assert.Equal(204, waits.Count(wait => wait == TimeSpan.Zero));
        Assert.Equal(204, waits.Count(wait => wait == TimeSpan.FromSeconds(1)));
        Assert.Equal(204, waits.Count(wait => wait == TimeSpan.FromSeconds(3)));
        Assert.Null(cloud.Imds(cloud.Launch(), "GET", Id).Due);
        cloud.Pass(60);
        Assert.Null(cloud.Imds(instance, "GET", Id).Due);
    }

    [Fact]
    public void A_packet_that_is_lost_again_and_again_waits_twice_as_long_each_time_and_in_the_end_for_no_other()
    {
        var cloud = With(_open with { PacketsPerSecond = 5 }); // One request a second.
        var instance = cloud.Launch();
        var waits = Enumerable.Range(0, 9).Select(_ => ((cloud.Imds(instance, "GET", Id).Due ?? cloud.Now) - cloud.Now).TotalSeconds);
        Assert.Equal([0, 1, 3, 7, 15, 31, 63, 63, 63], waits);
    }

    [Fact]
    public void The_roles_credentials_rotate_and_expire_as_often_as_they_are_told_to()
    {
        var cloud = With(_open with { CredentialLifetime = TimeSpan.FromSeconds(150), CredentialRotation = TimeSpan.FromMinutes(1) });
        var instance = cloud.Launch();
        var first = Read();
        Assert.Equal(first, Read());
        cloud.Pass(60);
        var second = Read();
        Assert.NotEqual(first.Key, second.Key);
        Assert.Equal(first.Expires + TimeSpan.FromMinutes(1), second.Expires);
        Assert.InRange((second.Expires - cloud.Now).TotalSeconds, 90, 150);

        (string Key, DateTimeOffset Expires) Read()
        {
            using var json = JsonDocument.Parse(cloud.Metadata(instance, "meta-data/iam/security-credentials/vpclab-node")!);
            return (json.RootElement.GetProperty("AccessKeyId").GetString()!, json.RootElement.GetProperty("Expiration").GetDateTimeOffset());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(90)]
    [InlineData(305)]
    public void However_short_the_lifetime_the_credentials_shown_have_half_of_it_left(int lifetime)
    {
        var cloud = With(_open with { CredentialLifetime = TimeSpan.FromSeconds(lifetime) });
        var instance = cloud.Launch();
        for (var second = 0; second < 2 * lifetime; second++)
        {
            using var json = JsonDocument.Parse(cloud.Metadata(instance, "meta-data/iam/security-credentials/vpclab-node")!);
            var left = json.RootElement.GetProperty("Expiration").GetDateTimeOffset() - cloud.Now;
            Assert.InRange(left.TotalSeconds, Math.Floor(lifetime / 2.0), lifetime);
            cloud.Pass(1);
        }
    }

    [Fact]
    public void Iam_info_names_the_instance_profile_and_without_a_role_there_is_no_iam()
    {
        var cloud = With(_open);
        using var info = JsonDocument.Parse(cloud.Metadata(cloud.Launch(), "meta-data/iam/info")!);
        Assert.Equal("arn:aws:iam::111122223333:instance-profile/vpclab-node", info.RootElement.GetProperty("InstanceProfileArn").GetString());
        var without = With(_open with { RoleName = null });
        var instance = without.Launch();
        Assert.Null(without.Metadata(instance, "meta-data/iam/info"));
        Assert.Null(without.Metadata(instance, "meta-data/iam/security-credentials/"));
    }

    private static Cloud With(ImdsOptions imds) => new(VpcOptions.Instant with { Imds = imds });

    private static List<T> Watch<T>(Cloud cloud, int seconds, Func<T> look)
    {
        List<T> seen = [];
        for (var second = 0; second < seconds; second++)
        {
            seen.Add(look());
            cloud.Pass(1);
        }

        return seen;
    }
}
