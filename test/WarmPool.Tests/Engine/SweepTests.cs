using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>Rules that a plugin killed half-way, a DEL without ipamd or a vanished pod has left in the kernel.</summary>
public class SweepTests
{
    [Fact]
    public void Rules_that_no_pod_has_are_removed_and_those_of_pods_and_of_other_plugins_stay() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3, MinimumIp: 6));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(2);
        var deleted = node.Told[pods[0]];
        await node.DelAsync(pods[0]);
        var others = IPAddress.Parse("169.254.172.9");
        node.Host.Ruled.UnionWith([deleted, others]);

        await node.WaitAsync(61);

        Assert.Equal([others], node.Host.Ruled);
        Assert.Contains(node.Journal, notice => notice is PoolNotice.Drift { What: var what } && what.Contains($"removed the rules of {deleted}, which", StringComparison.Ordinal));
    });

    [Fact]
    public void For_addresses_whose_rules_are_being_removed_no_others_are_asked_for() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3, MinimumIp: 12));
        await node.StartAsync();
        await node.AddPodsAsync(9);
        await node.WaitAsync(30);
        var free = node.Cloud.Enis.Values.SelectMany(static nic => nic.Blocks).Select(static block => block.BaseAddress).Except(node.Told.Values).ToList();
        Assert.Equal(3, free.Count);
        var calls = node.Cloud.Calls.Count;
        node.Host.Ruled.UnionWith(free.Take(2));

        await node.WaitAsync(200);

        Assert.Empty(node.Host.Ruled.Intersect(free));
        Assert.DoesNotContain(node.Cloud.Calls.Skip(calls), static call => call.Action.Contains("AssignPrivateIpAddresses", StringComparison.OrdinalIgnoreCase));
    });

    [Fact]
    public void An_address_whose_rules_are_being_removed_is_given_to_nobody() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 4, 11), new WarmTargets(WarmIp: 3) { Cooldown = TimeSpan.Zero });
        node.Options = node.Options with { AddBound = TimeSpan.FromSeconds(40) };
        await node.StartAsync();
        var pods = await node.AddPodsAsync(3);
        var left = node.Told[pods[0]];
        await node.WaitAsync(59);
        await node.DelAsync(pods[0]);
        node.Host.Ruled.Add(left);
        await node.WaitAsync(3); // the look at 60 s

        var began = world.Now;
        Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));
        Assert.InRange((world.Now - began).TotalSeconds, 20, 31);
    });

    [Fact]
    public void A_pod_that_only_its_link_tells_of_keeps_its_address_until_the_link_is_gone_whatever_became_of_its_route() => World.Run(1, async world =>
    {
        var node = new Node(world);
        var address = IPAddress.Parse("10.0.200.1");
        node.Cloud.Enis.Values.Single().Blocks.Add(new IPNetwork(address, 32));
        node.Host.Pods.Add(new PodLink(null, "eniold", [address]));
        await node.StartAsync();
        node.Host.Pods[0] = new PodLink(null, "eniold", []);
        await node.WaitAsync(900);
        Assert.Equal([address], (await node.Engine.ViewAsync(CancellationToken.None)).Pods.SelectMany(static pod => pod.Addresses));

        node.Host.Pods.Clear();
        await node.WaitAsync(130);
        Assert.Equal([address], Assert.Single(node.Journal.OfType<PoolNotice.Swept>()).Addresses);
    });

    [Fact]
    public void A_pod_whose_link_single_looks_miss_keeps_its_address() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(2);
        await node.WaitAsync(150); // its ADD, which might still be at work, speaks for it no more
        var link = node.Host.Pods.Single(pod => pod.Key == pods[0]);
        for (var time = 0; time < 3; time++)
        {
            node.Host.Pods.Remove(link);
            await LookAsync();
            node.Host.Pods.Add(link);
            await LookAsync();
        }

        Assert.Empty(node.Journal.OfType<PoolNotice.Swept>());
        Assert.Equal(2, node.Engine.Counters.Assigned);

        node.Host.Pods.Remove(link);
        await LookAsync();
        Assert.Equal(2, node.Engine.Counters.Assigned);
        await LookAsync();
        Assert.Equal(pods[0], Assert.Single(node.Journal.OfType<PoolNotice.Swept>()).Key);

        async Task LookAsync()
        {
            var looks = node.Host.Looks;
            while (node.Host.Looks == looks)
                await node.WaitAsync(1);
            await node.WaitAsync(1);
        }
    });
}
