using System.Net;
using AwsVpcCni.Ipamd.Cloud;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Tests.Settings;

/// <summary>That a variable reaches the pool which has to act on it.</summary>
public sealed class PoolOptionsTests
{
    [Fact]
    public void HTTP_TIMEOUT_bounds_each_attempt_and_the_pool_waits_a_little_longer_than_the_client()
    {
        Assert.Equal(TimeSpan.FromSeconds(11), Of().Ec2Attempt);
        Assert.Equal(TimeSpan.FromSeconds(121), Of(("HTTP_TIMEOUT", "120")).Ec2Attempt);
        Assert.Equal(TimeSpan.FromSeconds(3), Of(("HTTP_TIMEOUT", "2")).Ec2Attempt);
    }

    [Fact]
    public void IPAMD_RECONCILE_INTERVAL_SECONDS_sets_how_often_IMDS_and_EC2_are_looked_at()
    {
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)), Looks(Of()));
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(100)), Looks(Of(("IPAMD_RECONCILE_INTERVAL_SECONDS", "20"))));

        static (TimeSpan Imds, TimeSpan Ec2) Looks(WarmPoolOptions options) => (options.ReconcileEvery, options.Upkeep!.Every);
    }

    private static WarmPoolOptions Of(params (string Name, string Value)[] environment) => PoolOptions.Of(
        Assert.IsType<SettingsOutcome.Good>(IpamdSettings.Parse(
            environment.ToDictionary(static variable => variable.Name, static variable => variable.Value))).Settings,
        new NodeIdentity(
            "i-1", "m5.large", "us-west-2", "us-west-2a", "02:00:00:00:00:01", new EniId("eni-1"), IPAddress.Parse("10.0.0.9"), "vpc-1",
            "subnet-1", IPNetwork.Parse("10.0.0.0/24")),
        new NodeState(new NodeSurroundings([IPNetwork.Parse("10.0.0.0/16")], ["sg-1"]), new InstanceLimits([3], 10, 29), []),
        new Dictionary<string, string>());
}
