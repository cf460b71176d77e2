using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>
/// What may be deleted because nobody needs it. A node that is just attaching an ENI has created it a moment ago: to everybody else it
/// looks like one that was left behind, and only its age tells them apart.
/// </summary>
public class LeftoversTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Upkeep _here = new("i-here") { ClusterName = "c" };

    [Theory]
    [InlineData("i-other", 0, false)]
    [InlineData("i-other", 299, false)]
    [InlineData("i-other", 301, true)]
    [InlineData("i-here", 299, false)]
    [InlineData("i-here", 301, true)]
    [InlineData("i-other", -600, false)]
    public void An_unattached_ENI_may_be_one_that_is_just_being_attached_for_five_minutes(string instance, int seconds, bool leaked) =>
        Assert.Equal(leaked, Leftovers.IsLeaked(Unattached(instance, _now - TimeSpan.FromSeconds(seconds)), _here, _now));

    [Theory]
    [InlineData(0, false)]
    [InlineData(299, false)]
    [InlineData(300, true)]
    public void Our_own_without_a_readable_time_must_have_been_seen_so_for_five_minutes(int seconds, bool leaked) =>
        Assert.Equal(leaked, Leftovers.IsLeftByUs(Unattached("i-here", null), _here, TimeSpan.FromSeconds(seconds)));

    private static EniFacts Unattached(string instance, DateTimeOffset? created) => new(
        new EniId("eni-1"), "02:00:00:00:00:01", "subnet-1", IPAddress.Parse("10.0.0.9"), [], null)
    {
        Description = "aws-K8S-" + instance,
        Tags = new Dictionary<string, string> { [Leftovers.InstanceTag] = instance, [Leftovers.ClusterTag] = "c" },
        CreatedAt = created,
    };
}
