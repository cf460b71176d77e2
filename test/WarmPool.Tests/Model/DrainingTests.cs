using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>ENIs on their way out, or back: what they count for meanwhile.</summary>
public class DrainingTests
{
    [Fact]
    public void An_ENI_that_is_being_detached_counts_towards_maxPods_until_EC2_has_let_go()
    {
        var node = new InstantCloud(new InstanceLimits([3], 10, 18), new WarmTargets(WarmEni: 2));
        node.Settle(TimeSpan.FromMinutes(5));
        Assert.Equal(18, node.Addresses);
        node.Targets = new WarmTargets(WarmIp: 9);
        DetachEni(node);

        node.Targets = new WarmTargets(WarmIp: 18);
        node.Plan();
        node.Pass(TimeSpan.FromSeconds(5));
        node.Plan();
        Assert.DoesNotContain(node.Open, static action => action is PoolAction.CreateEni);

        node.Settle(TimeSpan.FromMinutes(5));
        Assert.Equal(18, node.Addresses);
    }

    [Fact]
    public void An_ENI_that_could_stay_is_promised_to_pods()
    {
        var node = new InstantCloud(new InstanceLimits([2], 10, 18), new WarmTargets(WarmEni: 2));
        node.Settle(TimeSpan.FromMinutes(5));
        var second = node.Pool.Enis[1];
        var pods = Enumerable.Range(0, 10).Select(_ => node.NewKey()).ToList();
        pods.ForEach(pod => node.Add(pod));
        Assert.Equal(1, second.Assigned);

        second.State = EniState.Draining;
        Assert.Equal(8, Headroom.Potential(node.Pool, node.Limits, node.Targets, node.Now.Monotonic));
        node.Add(node.NewKey());
        node.Plan();
        node.Serve();
        Assert.Equal((11, EniState.Routed), (node.Pool.Assigned, second.State));
    }

    [Fact]
    public void An_ENI_whose_link_is_back_is_routed_at_once_however_often_that_had_failed_before()
    {
        var node = new InstantCloud(new InstanceLimits([2], 10, 18), new WarmTargets(WarmIp: 12));
        while (node.Pool.Enis.Count < 2 || node.Pool.Enis[1].State < EniState.LinkSeen)
            Step(node);
        for (var i = 0; i < 5; i++)
        {
            while (!node.Open.Any(static action => action is PoolAction.RouteEni))
                Step(node);
            node.Finish(node.Open.First(static action => action is PoolAction.RouteEni), new ActionResult.HostFailed("not yet"), applied: false);
        }

        var id = node.Pool.Enis[1].Id!.Value;
        node.Plan();
        Assert.DoesNotContain(node.Open, static action => action is PoolAction.RouteEni);
        node.Pool.NoteLink(id, present: false, node.Now.Monotonic);
        node.Pool.NoteLink(id, present: true, node.Now.Monotonic);
        node.Plan();

        Assert.Contains(node.Open, static action => action is PoolAction.RouteEni);
    }

    private static void Step(InstantCloud node)
    {
        node.Plan();
        if (node.Open.FirstOrDefault(static action => action is not PoolAction.RouteEni { Link.IsPrimary: false }) is { } open)
            node.Finish(open);
        else if (node.Open.Count == 0)
            node.Pass(node.NextWake!.Value - node.Now.Monotonic);
    }

    // Until the detach is asked for, and no further.
    private static void DetachEni(InstantCloud node)
    {
        while (!node.Open.Any(static action => action is PoolAction.DetachEni))
        {
            node.Plan();
            if (node.Open.FirstOrDefault(static action => action is not PoolAction.DetachEni) is { } open)
                node.Finish(open);
            else if (node.Open.Count == 0)
                node.Pass(node.NextWake!.Value - node.Now.Monotonic);
        }
    }
}
