using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

public class BurstTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_burst_of_27_pods_on_a_fresh_m5_large_is_served_in_one_round(int seed) => World.Run(seed, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var began = world.Now;

        await node.AddPodsAsync(27);

        Assert.Equal(27, node.Told.Count);
        Assert.Equal(1, node.Cloud.Count("AssignPrivateIpAddresses"));
        Assert.Equal(2, node.Cloud.Count("CreateNetworkInterface"));
        Assert.Equal(2, node.Cloud.Count("AttachNetworkInterface"));
        // One ENI's create, attach, modify and link at their slowest: nothing waited for something else.
        Assert.InRange(world.Now - began, TimeSpan.Zero, TimeSpan.FromSeconds((0.8 * 1.5) + (1.0 * 1.5) + (0.2 * 1.5) + 2 + 0.1));
        var creates = node.Cloud.Calls.Where(call => call.Action == "CreateNetworkInterface").ToList();
        Assert.Equal(creates[0].At, creates[1].At);
    });

    [Fact]
    public void The_28th_pod_of_an_m5_large_is_told_at_once_what_to_do() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.AddPodsAsync(27);
        await node.WaitAsync(5);
        var began = world.Now;

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        Assert.Equal(AddRefusal.Exhausted, refused.Kind);
        Assert.Contains("none of this node's 27 addresses is free", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("larger instance type", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(began, world.Now);
    });

    [Fact]
    public void A_pod_waits_for_an_address_that_ends_its_rest_within_the_bound() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(27);
        await node.DelAsync(pods[0]);
        await node.WaitAsync(20);
        var began = world.Now;

        Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));

        Assert.InRange(world.Now - began, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(10.1));
    });

    [Fact]
    public void A_pod_does_not_wait_for_an_address_that_rests_longer_than_the_bound() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(27);
        await node.DelAsync(pods[0]);
        var began = world.Now;

        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        Assert.Equal(began, world.Now);
    });

    [Fact]
    public void The_same_sandbox_asking_twice_gets_the_same_address() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var key = node.NewKey();

        var replies = await Task.WhenAll(node.AddAsync(key), node.AddAsync(key), node.AddAsync(key));
        var again = await node.AddAsync(key);

        var first = Assert.IsType<AddReply.Assigned>(again).Addresses[0].Address;
        Assert.All(replies, reply => Assert.Equal(first, Assert.IsType<AddReply.Assigned>(reply).Addresses[0].Address));
        Assert.Equal(1, node.Engine.Counters.Assigned);
    });

    [Fact]
    public void A_cordoned_node_is_not_kept_warm_and_still_serves_its_daemonsets() => World.Run(1, async world =>
    {
        var node = new Node(world, Node.M5Large with { Schedulable = false }, new WarmTargets(WarmIp: 5));
        await node.StartAsync();
        await node.WaitAsync(30);
        Assert.Empty(node.Cloud.Calls);

        await node.AddPodsAsync(2);

        Assert.Equal(2, node.Engine.Counters.Total);
    });

    [Fact]
    public void Before_the_pool_is_loaded_an_ADD_is_told_so() => World.Run(1, async world =>
    {
        var node = new Node(world);
        var engine = new WarmPoolEngine(
            node.Options, node.Cloud, node.Cloud, node.Disk, node.Host, world.Main.Time, world.Random.NextDouble);
        var refused = Assert.IsType<AddReply.Refused>(
            await engine.AddAsync(node.NewKey(), new PodName("default", "web"), CancellationToken.None));
        Assert.Equal(AddRefusal.NotReady, refused.Kind);
    });

    [Fact]
    public void A_pod_that_comes_while_addresses_go_back_waits_for_the_room_that_they_leave() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 4, 11), new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        foreach (var pod in await node.AddPodsAsync(3))
            await node.DelAsync(pod);
        while (node.Cloud.Count("UnassignPrivateIpAddresses") == 0)
            await node.WaitAsync(0.05);

        await node.AddPodsAsync(3);
    });

    [Fact]
    public void Pods_that_come_while_an_ENI_is_given_back_wait_for_the_one_that_follows_it() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 4, 20), new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(5);
        await node.WaitAsync(10);
        foreach (var pod in pods.Skip(2))
            await node.DelAsync(pod);
        while (node.Journal.OfType<PoolNotice.EniChanged>().All(static change => change.To != EniState.Draining))
            await node.WaitAsync(0.2);

        await node.AddPodsAsync(4);
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        Assert.Contains("larger instance type", refused.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void A_pod_that_waited_in_vain_for_an_ENI_s_slot_is_told_so() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 4, 20), new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(5);
        await node.WaitAsync(10);
        node.Cloud.Faults = static action => action == "DeleteNetworkInterface" ? new Fault.Refuse(Refusal.InUse, "InvalidParameterValue") : null;
        foreach (var pod in pods.Skip(2))
            await node.DelAsync(pod);
        while (node.Journal.OfType<PoolNotice.EniChanged>().All(static change => change.To != EniState.Deleting))
            await node.WaitAsync(0.2);
        await node.AddPodsAsync(1);

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        Assert.Contains("an ENI is being given back", refused.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void An_ENI_that_is_to_be_given_back_is_kept_for_pods_that_come_before_its_detach() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 4, 20), new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(5);
        await node.WaitAsync(10);
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        foreach (var pod in pods.Skip(2))
            await node.DelAsync(pod);
        // Its attempts end after 30 s; then it waits to be tried again.
        while (node.Journal.OfType<PoolNotice.EniChanged>().All(static change => change.To != EniState.Draining))
            await node.WaitAsync(0.2);
        while ((await node.Engine.ViewAsync(CancellationToken.None)).Enis.Any(static eni => eni.Running is not null))
            await node.WaitAsync(0.1);
        var began = world.Now;

        await node.AddPodsAsync(4);

        Assert.InRange(world.Now - began, TimeSpan.Zero, TimeSpan.FromSeconds(0.1));
        Assert.Equal((2, 6), (node.Engine.Counters.Enis, node.Engine.Counters.Total));
    });

    [Fact]
    public void Pods_that_were_served_on_their_second_try_are_no_demand_any_more() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(MinimumIp: 9));
        await node.StartAsync();
        await node.AddPodsAsync(9);
        var until = world.Now + TimeSpan.FromSeconds(18);
        node.Cloud.Faults = action => action == "CreateNetworkInterface" && world.Now < until ? new Fault.NeverReply() : null;
        var names = Enumerable.Range(0, 8).Select(static i => new PodName("shop", $"web-{i}")).ToList();
        Assert.All(await Task.WhenAll(names.Select(name => node.AddAsync(node.NewKey(), name))), static reply => Assert.IsType<AddReply.Refused>(reply));
        while (node.Engine.Counters.Free < 8)
            await node.WaitAsync(0.5);

        Assert.All(await Task.WhenAll(names.Select(name => node.AddAsync(node.NewKey(), name))), static reply => Assert.IsType<AddReply.Assigned>(reply));
        await node.WaitAsync(10);

        Assert.Equal(0, node.Engine.Counters.Lingering);
        Assert.Equal(2, node.Cloud.Enis.Count);
    });
}
