using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>What a pod of a burst reads when its ENI is not there in time.</summary>
public class NoAddressTests
{
    [Fact]
    public void A_burst_on_ENIs_that_EC2_attaches_one_after_another_reads_for_which_ENI_it_waits_since_when_and_that_others_are_queued() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 40), new WarmTargets(WarmIp: 1));
        node.Host.Invisible = static eni => !eni.IsPrimary;
        await node.StartAsync();
        await node.AddPodsAsync(9);

        var refused = (await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => node.AddAsync(out var _)))).Cast<AddReply.Refused>().ToList();

        Assert.All(refused, reply => Assert.Matches(
            "^no free address within 15 s: eni-[0-9a-f]+ \\(.*\\) has been attaching for 1[0-9] s and this host does not see its link yet, "
            + "and 2 more ENIs wait for theirs: EC2 may attach an instance's ENIs one after another; the next try may find it", reply.Reason));
    });

    [Fact]
    public void A_pod_whose_ENI_is_on_its_way_reads_which_one_and_since_when() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 40), new WarmTargets(WarmIp: 1));
        node.Options = node.Options with { AddBound = TimeSpan.FromSeconds(5) };
        node.Host.Invisible = static eni => !eni.IsPrimary;
        await node.StartAsync();
        await node.AddPodsAsync(9);

        var refused = (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => node.AddAsync(out var _)))).Cast<AddReply.Refused>().ToList();

        Assert.All(refused, reply => Assert.Matches(
            "^no free address within 5 s: addresses are on their way from EC2: eni-[0-9a-f]+ has been waiting for its link for [1-4] s \\(and [12] more\\); the next try may find one", reply.Reason));
    });

    [Fact]
    public void A_pod_for_which_there_will_be_no_address_reads_so_at_once_also_while_an_ENI_is_about_to_be_given_back() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 10, 200), new WarmTargets(WarmIp: 1));
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.Refuse(Refusal.Other, "InternalError") : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        var keys = await node.AddPodsAsync(14);
        await node.WaitAsync(60);
        foreach (var key in keys)
            await node.DelAsync(key);
        while (node.Cloud.Count("DetachNetworkInterface") == 0)
            await node.WaitAsync(1);
        await node.WaitAsync(1);

        var asked = world.Now;
        var last = TimeSpan.MaxValue;
        var replies = await Task.WhenAll(Enumerable.Range(0, 19).Select(async _ =>
        {
            var reply = await node.AddAsync(out var _);
            if (reply is AddReply.Refused)
                last = world.Now - asked;
            return reply;
        }));

        Assert.Single(replies, static reply => reply is AddReply.Refused);
        Assert.InRange(last.TotalSeconds, 0, 1);
    });
}
