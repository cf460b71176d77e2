using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

public class LifeTests
{
    [Fact]
    public void Waiting_pods_are_served_in_the_order_in_which_they_came() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 4, 11));
        node.Options = node.Options with { AddBound = TimeSpan.FromSeconds(40) };
        await node.StartAsync();
        var pods = await node.AddPodsAsync(3);
        foreach (var pod in pods)
            await node.DelAsync(pod);
        var served = new List<int>();
        var adds = new List<Task>();
        for (var i = 0; i < 3; i++)
        {
            adds.Add(Serve(i));
            await node.WaitAsync(0.1);
        }

        await Task.WhenAll(adds);

        Assert.Equal([0, 1, 2], served);

        async Task Serve(int number)
        {
            Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));
            served.Add(number);
        }
    });

    [Fact]
    public void A_restart_with_pods_on_two_ENIs_asks_EC2_for_nothing_that_it_has() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3, MinimumIp: 6));
        await node.StartAsync();
        await node.AddPodsAsync(13);
        await node.WaitAsync(120);
        var (creates, assigns) = (node.Cloud.Count("CreateNetworkInterface"), node.Cloud.Count("AssignPrivateIpAddresses"));

        node.Kill();
        await node.StartAsync();
        await node.WaitAsync(120);

        Assert.Equal((creates, assigns), (node.Cloud.Count("CreateNetworkInterface"), node.Cloud.Count("AssignPrivateIpAddresses")));
        Assert.Equal((2, 16), (node.Engine.Counters.Enis, node.Engine.Counters.Total));
    });

    [Fact]
    public void A_restart_without_EC2_takes_over_what_IMDS_shows_late() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3, MinimumIp: 6));
        await node.StartAsync();
        await node.AddPodsAsync(1);
        await node.WaitAsync(5);

        node.Kill();
        node.Cloud.Faults = static _ => new Fault.Refuse(Refusal.Unavailable, "NotSent");
        await node.StartAsync(found: [.. node.Cloud.Attached().Select(static eni => eni with { Blocks = [] })]);
        await node.WaitAsync(0.1);
        Assert.Equal((0, 1), (node.Engine.Counters.Total, node.Engine.Counters.Assigned));
        await node.WaitAsync(6);

        Assert.Equal((6, 1), (node.Engine.Counters.Total, node.Engine.Counters.Assigned));
        await node.AddPodsAsync(5);
    });

    [Fact]
    public void An_address_that_was_given_back_is_not_taken_again_because_IMDS_still_shows_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3, MinimumIp: 3));
        node.Options = node.Options with { ReconcileEvery = TimeSpan.FromSeconds(5) };
        await node.StartAsync();
        foreach (var pod in await node.AddPodsAsync(5))
            await node.DelAsync(pod);
        node.Cloud.StaleBlocks = [.. node.Cloud.Enis.Values.Single().Blocks];
        while (node.Cloud.Count("UnassignPrivateIpAddresses") == 0)
            await node.WaitAsync(1);
        await node.WaitAsync(30);

        Assert.Equal(3, node.Cloud.Enis.Values.Single().Blocks.Count);
        Assert.Equal(3, node.Engine.Counters.Total);
    });

    [Fact]
    public void A_pod_that_waited_in_vain_still_counts_and_its_next_sandbox_is_served() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        node.Cloud.Faults = _ => world.Now < TimeSpan.FromHours(1) + TimeSpan.FromSeconds(18) ? new Fault.NeverReply() : null;
        await node.StartAsync();
        var name = new PodName("shop", "web-0");
        var began = world.Now;

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(node.NewKey(), name));
        Assert.Equal(TimeSpan.FromSeconds(15), world.Now - began);
        Assert.Equal(AddRefusal.Exhausted, refused.Kind);
        Assert.Contains("within 15 s", refused.Reason, StringComparison.Ordinal);
        Assert.Equal((0, 1), (node.Engine.Counters.Waiting, node.Engine.Counters.Lingering));

        Assert.IsType<AddReply.Assigned>(await node.AddAsync(node.NewKey(), name));
        Assert.Equal(0, node.Engine.Counters.Lingering);
    });

    [Fact]
    public void A_pod_that_goes_away_while_it_waits_is_forgotten() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        await node.StartAsync();
        using var gone = new CancellationTokenSource();
        var add = node.AddAsync(node.NewKey(), cancellation: gone.Token);
        await node.WaitAsync(1);
        Assert.Equal(1, node.Engine.Counters.Waiting);

        gone.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => add);
        await node.WaitAsync(0.1);
        Assert.Equal((0, 0), (node.Engine.Counters.Waiting, node.Engine.Counters.Lingering));
    });

    [Fact]
    public void A_DEL_ends_the_ADD_of_its_sandbox_that_still_waits() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        await node.StartAsync();
        var key = node.NewKey();
        var add = node.AddAsync(key);
        await node.WaitAsync(1);

        Assert.IsType<DelReply.UnknownPod>(await node.DelAsync(key));

        Assert.Equal(AddRefusal.Overtaken, Assert.IsType<AddReply.Refused>(await add).Kind);
        Assert.Equal(0, node.Engine.Counters.Waiting);
    });

    [Fact]
    public void A_released_address_rests_before_another_pod_gets_it() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 4, 11));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(3);
        var released = Assert.IsType<DelReply.Released>(await node.DelAsync(pods[0])).Addresses.Single().Address;
        Assert.Equal((0, 1), (node.Engine.Counters.Free, node.Engine.Counters.Cooling));

        await node.WaitAsync(29.9);
        Assert.Equal(0, node.Engine.Counters.Free);
        await node.WaitAsync(0.2);

        Assert.Equal(released, Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _)).Addresses.Single().Address);
    });

    [Fact]
    public void What_is_too_much_goes_back_after_cooldown_and_patience_and_not_before() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(20);
        await node.WaitAsync(10);
        Assert.Equal(3, node.Cloud.Enis.Count);
        foreach (var pod in pods)
            await node.DelAsync(pod);

        await node.WaitAsync(85);
        Assert.Equal(0, node.Cloud.Count("DetachNetworkInterface"));
        await node.WaitAsync(30);

        // WARM_ENI_TARGET=1, no pods: one ENI, all of it free (compat.md's table).
        Assert.Single(node.Cloud.Enis);
        Assert.Equal((1, 9, 9), (node.Engine.Counters.Enis, node.Engine.Counters.Total, node.Engine.Counters.Free));
        Assert.Empty(node.Host.Routed.Except([node.Cloud.Enis.Keys.Single()]));
    });

    [Fact]
    public void With_address_targets_single_addresses_go_back_and_idle_ENIs_whole() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 2, MinimumIp: 4));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(22);
        foreach (var pod in pods.Skip(3))
            await node.DelAsync(pod);
        await node.WaitAsync(180);

        Assert.Equal((5, 2), (node.Engine.Counters.Total, node.Engine.Counters.Free));
        Assert.Single(node.Cloud.Enis);
    });

    [Fact]
    public void A_detached_ENI_s_index_is_used_again_only_when_all_of_it_is_gone() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(20);
        foreach (var pod in pods)
            await node.DelAsync(pod);
        await node.WaitAsync(120);
        await node.AddPodsAsync(20);

        Assert.DoesNotContain(node.Journal, static notice => notice is PoolNotice.Ec2Call { Action: "AttachNetworkInterface", Error: not null });
        Assert.Equal(3, node.Cloud.Enis.Count);
    });

    [Fact]
    public void A_stop_tells_new_pods_to_come_again_finishes_what_runs_and_gives_nothing_back() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.AddPodsAsync(3);
        var late = Enumerable.Range(0, 9).Select(_ => node.AddAsync(out var key)).ToList();
        var stop = node.Engine.StopAsync();
        var began = world.Now;
        var afterwards = node.AddAsync(out _);

        await stop;
        await node.Loop;

        Assert.InRange(world.Now - began, TimeSpan.Zero, node.Options.StopGrace + TimeSpan.FromSeconds(1));
        Assert.Equal(AddRefusal.TryAgain, Assert.IsType<AddReply.Refused>(await afterwards).Kind);
        foreach (var reply in await Task.WhenAll(late))
            Assert.True(reply is AddReply.Assigned or AddReply.Refused { Kind: AddRefusal.TryAgain });
        Assert.Equal(0, node.Cloud.Count("DetachNetworkInterface"));
        Assert.Equal(node.Told.Count, CheckpointFormat.Decode(node.Disk.Content!.Value).Allocations.Count);
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.IsType<DelReply.TryAgain>(await node.Engine.DelAsync(node.NewKey(), CancellationToken.None));
    });

    [Fact]
    public void An_ADD_whose_time_ends_while_the_daemon_stops_is_answered_in_time() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        await node.StartAsync();
        var began = world.Now;
        var add = node.AddAsync(out _);
        await node.WaitAsync(13);
        var stop = node.Engine.StopAsync();

        Assert.IsType<AddReply.Refused>(await add);

        Assert.InRange(world.Now - began, TimeSpan.FromSeconds(13), node.Options.AddBound + TimeSpan.FromSeconds(0.1));
        await stop;
    });

    [Fact]
    public void An_address_that_no_ENI_carries_stays_its_pod_s_and_is_reported() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(2);
        node.Kill();
        var lost = node.Told[pods[0]];
        foreach (var nic in node.Cloud.Enis.Values)
            nic.Blocks.RemoveAll(block => block.BaseAddress.Equals(lost));

        var report = await node.StartAsync();

        Assert.Equal([(pods[0], lost)], report.Unlisted);
        await node.AddPodsAsync(9);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal([lost], view.Pods.Single(pod => pod.Key == pods[0]).Unlisted);
    });

    [Fact]
    public void A_pod_whose_link_is_gone_without_a_DEL_gives_its_address_back() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(2);
        node.Host.Pods.RemoveAll(link => link.Key == pods[0]);

        // Two minutes in which its ADD may still be at work, then two looks.
        await node.WaitAsync(175);
        Assert.Equal(2, node.Engine.Counters.Assigned);
        await node.WaitAsync(75);

        Assert.Equal(1, node.Engine.Counters.Assigned);
        Assert.Equal(pods[0], node.Journal.OfType<PoolNotice.Swept>().Single().Key);
    });

    [Fact]
    public void While_the_kernel_cannot_be_asked_nobody_is_swept() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.AddPodsAsync(2);
        node.Host.KernelError = "netlink: no buffer space";
        await node.WaitAsync(600);
        Assert.Equal(2, node.Engine.Counters.Assigned);
    });

    [Fact]
    public void The_slow_look_adds_what_appeared_and_asks_EC2_about_what_vanished() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3) { SurplusDelay = TimeSpan.FromHours(1) });
        await node.StartAsync();
        await node.WaitAsync(10);
        var primary = node.Cloud.Enis.Values.Single();
        var vanished = primary.Blocks[0];
        primary.Blocks.RemoveAt(0);
        primary.Blocks.Add(IPNetwork.Parse("10.0.200.1/32"));

        await node.WaitAsync(130);

        Assert.Equal(3, node.Engine.Counters.Total);
        Assert.DoesNotContain(node.Journal, static notice => notice is PoolNotice.PodsCutOff);
        Assert.Contains(node.Journal, static notice => notice is PoolNotice.Drift { What: var what } && what.StartsWith("10.0.200.1/32 appeared", StringComparison.Ordinal));
        Assert.Contains(node.Journal, notice => notice is PoolNotice.Drift { What: var what } && what.StartsWith($"{vanished} is not on", StringComparison.Ordinal));
    });

    [Fact]
    public void An_ENI_attached_by_others_takes_its_slot_until_it_is_given_a_role() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(10);
        node.Cloud.AddPrimary();
        var other = node.Cloud.Enis.Values.Last();
        other.Attachment = other.Attachment! with { Id = new AttachmentId("eni-attach-other"), DeviceIndex = 1 };
        other.Blocks.Add(IPNetwork.Parse("10.0.200.1/32"));
        await node.WaitAsync(70);

        var appeared = Assert.Single(node.Journal.OfType<PoolNotice.EniAppeared>()).Eni;
        Assert.Equal((1, 9), (node.Engine.Counters.Enis, node.Engine.Counters.Total));
        await node.AddPodsAsync(15);
        Assert.Equal(2, node.Engine.Counters.Enis);

        node.Engine.Adopt(appeared with { Role = EniRole.Secondary, GivesAddresses = true });

        await node.AddPodsAsync(9);
        Assert.Equal(3, node.Engine.Counters.Enis);
    });

    [Fact]
    public void A_pool_that_may_not_ask_EC2_lives_with_what_is_attached() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Cloud.Enis.Values.Single().Blocks.AddRange([IPNetwork.Parse("10.0.200.1/32"), IPNetwork.Parse("10.0.200.2/32")]);
        node.Options = node.Options with { ProvisionsResources = false };
        await node.StartAsync();
        await node.AddPodsAsync(2);

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        Assert.Contains("DISABLE_NETWORK_RESOURCE_PROVISIONING", refused.Reason, StringComparison.Ordinal);
        Assert.Empty(node.Cloud.Calls);
    });

    [Fact]
    public void Without_a_template_the_pool_fills_what_it_has_and_says_what_is_missing() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Options = node.Options with { Template = null };
        await node.StartAsync();
        await node.WaitAsync(10);
        await node.AddPodsAsync(9);
        Assert.Equal("cannot grow: the subnet and security groups for new ENIs are not known", node.Engine.Counters.CannotGrow);

        node.Engine.SetTemplate(CloudInMemory.Template);

        await node.AddPodsAsync(9);
    });

    [Fact]
    public void The_address_that_rested_longest_is_given_next() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 8, MinimumIp: 9));
        await node.StartAsync();
        await node.WaitAsync(60);
        var used = new List<IPAddress>();
        for (var i = 0; i < 18; i++)
        {
            var key = node.NewKey();
            await node.AddAsync(key);
            used.Add(node.Told[key]);
            await node.DelAsync(key);
            await node.WaitAsync(41);
        }

        Assert.Equal(9, used.Take(9).Distinct().Count());
        Assert.Equal(used.Take(9), used.Skip(9));
    });

    [Fact]
    public void After_a_restart_an_address_that_was_just_released_is_not_the_first_to_be_given() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 8, MinimumIp: 9));
        await node.StartAsync();
        var pod = (await node.AddPodsAsync(1))[0];
        await node.WaitAsync(10);
        node.Kill();
        await node.StartAsync();
        await node.WaitAsync(10);
        var released = node.Told[pod];

        await node.DelAsync(pod);
        await node.WaitAsync(31);

        Assert.DoesNotContain(released, (await node.AddPodsAsync(8)).Select(key => node.Told[key]));
    });
}
