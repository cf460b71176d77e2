using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>The slow clock beside everything else that the planner wants.</summary>
public class UpkeepingTests
{
    [Fact]
    public void The_node_s_own_ENIs_are_looked_at_in_time_although_calls_run_on_them_all_the_while()
    {
        var cloud = new InstantCloud(new InstanceLimits([1], 10, 29), new WarmTargets(WarmIp: 1, MinimumIp: 9));
        cloud.Pool.Upkeep = new Upkeep("i-1");
        cloud.Pool.StartSlowClock(cloud.Now.Monotonic, 0.5);
        var due = cloud.Now.Monotonic + cloud.Pool.Upkeep.Every;
        cloud.Plan();
        cloud.Finish(Assert.IsType<PoolAction.RouteEni>(Assert.Single(cloud.Open)));
        cloud.Plan();
        var hangs = Assert.IsType<PoolAction.AssignBlocks>(Assert.Single(cloud.Open));

        while (cloud.Now.Monotonic < due)
        {
            Assert.DoesNotContain(new PoolAction.LookAtOwn(), cloud.History);
            cloud.Pass(Assert.NotNull(cloud.NextWake) - cloud.Now.Monotonic);
            cloud.Plan();
        }

        Assert.Equal(due, cloud.Now.Monotonic);
        Assert.Equal([hangs, new PoolAction.LookAtOwn()], cloud.Open);
    }
}
