using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Knobs;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class KnobTests
{
    [Fact]
    public void Every_knob_of_every_profile_takes_back_what_it_shows()
    {
        foreach (var name in Profiles.Names)
        {
            var profile = Profiles.Find(name)!;
            var shown = KnobList.All.Select(knob => KeyValuePair.Create(knob.Name, knob.In(profile))).ToList();
            var back = KnobList.Apply(VpcOptions.Instant, shown);
            Assert.Equal(shown, KnobList.All.Select(knob => KeyValuePair.Create(knob.Name, knob.In(back))));
        }

        Assert.Null(Profiles.Find("friendly"));
        Assert.Equal(KnobList.All.Length, KnobList.All.Select(knob => knob.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("latency.AttachNetworkInterface", "3s..9s", "3s..9s")]
    [InlineData("latency.AttachNetworkInterface", "1500ms", "1.5s")]
    [InlineData("lag.Imds", "0", "0")]
    [InlineData("lag.ImdsStale", "5m", "300s")]
    [InlineData("throttle.AttachNetworkInterface", "10/0.5", "10/0.5")]
    [InlineData("throttle.DescribeInstances.unfiltered", "1/1", "1/1")]
    [InlineData("noise.AttachNetworkInterface", "4.5", "4.5")]
    [InlineData("attach.concurrency", "1", "1")]
    [InlineData("attach.concurrency", "none", "none")]
    [InlineData("throttle", "on", "on")]
    [InlineData("page.empty", "0.25", "0.25")]
    public void A_knob_is_turned_and_shows_it(string name, string value, string shown)
    {
        var vpc = new Cloud().Vpc;
        vpc.Set([new(name, value)]);
        Assert.Equal(shown, KnobList.Find(name)!.In(vpc.Options));
    }

    [Theory]
    [InlineData("latency.AttachNetworkInterface", "9s..3s")]
    [InlineData("latency.AttachNetworkInterface", "3")]
    [InlineData("latency.AttachNetworkInterface", "-3s")]
    [InlineData("latency.AttachNetworkInterface", "3s..")]
    [InlineData("latency.AttachNetworkInterface", "99999999999h")]
    [InlineData("latency.AttachNetworkInterface", "")]
    [InlineData("throttle.AttachNetworkInterface", "50")]
    [InlineData("throttle.AttachNetworkInterface", "50/x")]
    [InlineData("attach.concurrency", "0")]
    [InlineData("throttle", "maybe")]
    [InlineData("page.short", "1.5")]
    [InlineData("quota.SecurityGroupsPerInterface", "17")]
    [InlineData("latency.Attach", "3s")]
    public void What_is_wrong_is_told_and_nothing_is_turned(string name, string value)
    {
        var vpc = new Cloud().Vpc;
        var e = Assert.Throws<ArgumentException>(() => vpc.Set([new("throttle", "on"), new(name, value)]));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.False(vpc.Options.Throttling);
    }

    [Fact]
    public void A_latency_that_is_turned_holds_for_the_next_call()
    {
        var cloud = new Cloud();
        cloud.Vpc.Set([new("latency.DescribeSubnets", "4s"), new("transition.Available", "2s")]);
        Assert.Equal(cloud.Now.AddSeconds(4), cloud.Vpc.Call(new DescribeSubnetsRequest(), null, cloud.Now).Due);
        cloud.Create();
        cloud.Pass(0); // Its addresses are told at once.
        Assert.Equal(cloud.Now.AddSeconds(2), cloud.Vpc.NextDue);
    }

    [Fact]
    public void A_neighbour_leaves_less_of_the_bucket()
    {
        var cloud = new Cloud();
        cloud.Vpc.Set([new("throttle", "on"), new("throttle.DescribeSubnets", "10/5"), new("noise.DescribeSubnets", "4")]);
        Assert.Equal(10, Taken());
        cloud.Pass(3);
        Assert.Equal(3, Taken());
        cloud.Vpc.Set([new("noise.DescribeSubnets", "5")]);
        cloud.Pass(60);
        Assert.Equal(0, Taken());
        cloud.Vpc.Set([new("noise.DescribeSubnets", "0")]);
        cloud.Pass(1);
        Assert.Equal(5, Taken());

        int Taken() => Enumerable.Range(0, 20).Count(_ => cloud.Vpc.Call(new DescribeSubnetsRequest(), null, cloud.Now).Result is not Ec2Fault);
    }
}
