using System.Net;
using System.Text;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

public class DurabilityTests
{
    [Fact]
    public void What_only_IMDS_has_shown_is_not_written_down_as_somebody_else_s() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.WaitAsync(30);
        node.Cloud.Faults = static action => action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        var nic = new Nic(new EniId("eni-5"), "02:00:00:00:05:05", IPAddress.Parse("10.0.5.5"), CloudInMemory.Subnet)
        {
            Attachment = new EniAttachment(new AttachmentId("eni-attach-5"), CloudInMemory.Instance, 0, 2, "attached", true),
        };
        node.Cloud.Enis.Add(nic.Id, nic);
        await node.WaitAsync(120);
        Assert.Equal(EniRole.LeftAlone, (await node.Engine.ViewAsync(CancellationToken.None)).Enis.Single(eni => eni.Id == nic.Id).Role);
        await node.AddPodsAsync(1);

        Assert.DoesNotContain("eni-5", Encoding.UTF8.GetString(node.Disk.Content!.Value.Span), StringComparison.Ordinal);
    });

    [Fact]
    public void Where_the_file_is_gone_and_pods_are_there_no_address_is_given_before_it_has_rested() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 10, 29), new WarmTargets(WarmIp: 0, MinimumIp: 9));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(9);
        await node.WaitAsync(60);
        await node.DelAsync(pods[3]);
        await node.WaitAsync(1);
        node.Kill();
        node.Disk.Content = null;
        await node.StartAsync();

        // The book in Node asserts that it has rested.
        Assert.Equal(1, await node.ServeAsync(1));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Of_two_pods_that_a_checkpoint_gives_one_address_the_later_one_has_it_and_the_daemon_says_so(int later) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 2));
        await node.StartAsync();
        var pod = Assert.Single(await node.AddPodsAsync(1));
        await node.WaitAsync(5);
        node.Kill();
        var written = CheckpointFormat.Decode(node.Disk.Content!.Value);
        var mine = Assert.Single(written.Allocations);
        var other = mine with { Key = node.NewKey(), At = mine.At - TimeSpan.FromMinutes(1) };
        node.Disk.Content = CheckpointFormat.Encode(written with { Allocations = later == 0 ? [mine, other] : [other, mine] });

        var report = await node.StartAsync();

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal(pod, Assert.Single(view.Pods).Key);
        Assert.Contains(report.Problems, line => line.StartsWith($"{mine.Address} is in the checkpoint twice", StringComparison.Ordinal));
        await node.AddPodsAsync(3);
    });

    [Fact]
    public void Nobody_is_told_an_address_before_it_is_on_the_disk() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(10);
        node.Disk.Latency = TimeSpan.FromSeconds(2);

        await node.AddAsync(out var key);

        var onDisk = CheckpointFormat.Decode(node.Disk.Content!.Value);
        Assert.Equal(key, Assert.Single(onDisk.Allocations).Key);
    });

    [Fact]
    public void A_write_that_fails_after_a_restart_takes_no_address_from_a_pod_that_asks_again() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pod = Assert.Single(await node.AddPodsAsync(1));
        node.Kill();
        node.Disk.Broken = "/var/run/aws-node/ipam.json: no space left on device";
        await node.StartAsync();

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(pod));

        Assert.Equal(AddRefusal.Storage, refused.Kind);
        Assert.Equal(1, node.Engine.Counters.Assigned);
        node.Disk.Broken = null;
        // The book in Node asserts that it is the address it had.
        Assert.IsType<AddReply.Assigned>(await node.AddAsync(pod));
    });

    [Fact]
    public void Pods_that_come_while_a_write_runs_share_the_next_one() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([15], 50, 737));
        await node.StartAsync();
        await node.WaitAsync(10);
        var before = node.Disk.Writes;

        await node.AddPodsAsync(40);

        Assert.InRange(node.Disk.Writes - before, 1, 2);
    });

    [Fact]
    public void A_write_that_fails_undoes_its_assignments_and_says_why() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.AddPodsAsync(2);
        node.Disk.Broken = "/var/run/aws-node/ipam.json: no space left on device";

        var replies = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => node.AddAsync(out var key)));

        Assert.All(replies, reply =>
        {
            var refused = Assert.IsType<AddReply.Refused>(reply);
            Assert.Equal(AddRefusal.Storage, refused.Kind);
            Assert.Contains("no space left on device", refused.Reason, StringComparison.Ordinal);
        });
        Assert.Equal(2, node.Engine.Counters.Assigned);
        // Undone means free at once: no pod ever used them.
        Assert.Equal(0, node.Engine.Counters.Cooling);

        node.Disk.Broken = null;
        await node.AddPodsAsync(5);
        Assert.Equal(7, CheckpointFormat.Decode(node.Disk.Content!.Value).Allocations.Count);
    });

    [Fact]
    public void A_release_whose_write_fails_stays_released_and_rides_the_next_write() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(3);
        node.Disk.Broken = "read-only file system";

        Assert.IsType<DelReply.Released>(await node.DelAsync(pods[1]));
        Assert.Equal(2, node.Engine.Counters.Assigned);
        node.Disk.Broken = null;
        await node.WaitAsync(35);

        var onDisk = CheckpointFormat.Decode(node.Disk.Content!.Value);
        Assert.Equal([pods[0], pods[2]], onDisk.Allocations.Select(static entry => entry.Key));
    });

    [Fact]
    public void A_pod_cancelled_before_its_answer_leaves_nothing_behind_and_nothing_rests() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(10);
        node.Disk.Latency = TimeSpan.FromSeconds(2);
        using var gone = new CancellationTokenSource();

        var add = node.AddAsync(node.NewKey(), cancellation: gone.Token);
        await node.WaitAsync(0.5);
        gone.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => add);
        await node.WaitAsync(10);
        Assert.Equal((0, 0), (node.Engine.Counters.Assigned, node.Engine.Counters.Cooling));
        Assert.Empty(CheckpointFormat.Decode(node.Disk.Content!.Value).Allocations);
    });

    [Fact]
    public void Killed_at_any_moment_and_started_again_nothing_is_given_twice_and_nothing_is_lost()
    {
        for (var seed = 1; seed <= 150; seed++)
            World.Run(seed, ChurnWithKills);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var traces = new List<string>[2];
        for (var run = 0; run < 2; run++)
        {
            var trace = traces[run] = [];
            World.Run(42, async world =>
            {
                var node = new Node(world);
                await node.StartAsync();
                await node.AddPodsAsync(20);
                foreach (var key in node.Told.Keys.Take(15).ToList())
                    await node.DelAsync(key);
                await node.WaitAsync(200);
                trace.AddRange(node.Cloud.Calls.Select(call => $"{call.At} {call.Action} {call.Detail}"));
            });
        }

        Assert.Equal(traces[0], traces[1]);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_read_is_set_aside_and_the_kernel_speaks() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(4);
        KillAndTear(node);

        var report = await node.StartAsync();

        Assert.Equal("ipam.json.corrupt-1", report.SetAside);
        Assert.Equal(40, node.Disk.SetAside!.Value.Length);
        Assert.Equal((0, 4), (report.Restored, report.FromKernel));
        await node.AddPodsAsync(10);
        Assert.All(pods, key => Assert.Contains(key, node.Told.Keys));
    });

    [Fact]
    public void A_checkpoint_that_is_too_long_to_be_read_is_set_aside_and_the_kernel_speaks() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(4);
        node.Kill();
        node.Disk.Longest = 100;
        node.Disk.Content = new byte[101];

        var report = await node.StartAsync();

        Assert.Equal("ipam.json.corrupt-1", report.SetAside);
        Assert.Equal(101, node.Disk.SetAside!.Value.Length);
        Assert.Equal((0, 4), (report.Restored, report.FromKernel));
        await node.AddPodsAsync(10);
        Assert.All(pods, key => Assert.Contains(key, node.Told.Keys));
    });

    [Fact]
    public void A_start_that_ends_before_it_wrote_a_new_checkpoint_leaves_the_broken_one_to_the_next() => World.Run(1, async world =>
    {
        var node = await KilledWhileAllRestAsync(world, after: 1);
        node.Disk.Hangs = true;
        await node.StartAsync();
        node.Kill();
        node.Disk.Hangs = false;
        await node.StartAsync();

        // The book in Node asserts that no address comes before it has rested.
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        await node.WaitAsync(15);
        await node.AddPodsAsync(3);
    });

    [Fact]
    public void After_a_lost_checkpoint_nobody_gets_an_address_that_may_still_rest() => World.Run(1, async world =>
    {
        var node = await KilledWhileAllRestAsync(world, after: 20);
        await node.StartAsync();

        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        await node.WaitAsync(30);
        await node.AddPodsAsync(3);
    });

    [Fact]
    public void A_torn_checkpoint_stays_until_the_kernel_can_be_asked() => World.Run(1, async world =>
    {
        var node = await KilledWhileAllRestAsync(world, after: 1);
        node.Host.KernelError = "netlink: No buffer space available";
        Assert.NotNull((await node.StartAsync()).CannotStart);
        Assert.Equal(40, node.Disk.Content!.Value.Length);

        node.Host.KernelError = null;
        Assert.NotNull((await node.StartAsync()).SetAside);

        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
    });

    [Fact]
    public void A_checkpoint_of_a_later_release_is_set_aside() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Disk.Content = Encoding.UTF8.GetBytes("""{"version":"vpc-cni-ipam/2","allocations":[]}""");

        var report = await node.StartAsync();

        Assert.NotNull(report.SetAside);
        Assert.Contains("vpc-cni-ipam/2", Assert.Single(report.Problems), StringComparison.Ordinal);
    });

    [Fact]
    public void After_a_boot_that_set_the_clock_back_no_address_rests_longer_than_the_cooldown() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 4, 11));
        var assigned = await node.Cloud.AssignBlocksAsync(node.Cloud.Enis.Keys.Single(), new BlockCount(3, 0), CancellationToken.None);
        Assert.IsType<Ec2Outcome<IReadOnlyList<IPNetwork>>.Done>(assigned);
        node.Disk.Content = CheckpointFormat.Encode(new Checkpoint(
            [], [.. node.Cloud.Enis.Values.Single().Blocks.Select(block => new CheckpointCooling(block.BaseAddress, world.Wall.AddDays(1), TimeSpan.Zero))], "boot-0"));
        await node.StartAsync();
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        await node.WaitAsync(31);
        await node.AddPodsAsync(3);
    });

    [Fact]
    public void With_neither_checkpoint_nor_kernel_the_pool_does_not_start() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Host.KernelError = "netlink: operation not permitted";

        var report = await node.StartAsync();

        Assert.Contains("hand some out twice", report.CannotStart, StringComparison.Ordinal);
    });

    [Fact]
    public void After_a_reboot_the_old_boot_s_pods_are_stale() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.AddPodsAsync(6);
        node.Kill();
        node.Host.Pods.Clear();
        node.Options = node.Options with { BootId = "boot-2" };

        var report = await node.StartAsync();

        Assert.Equal((0, 6), (report.Restored, report.Stale));
    });

    [Fact]
    public void A_pod_of_the_original_s_whose_route_is_gone_is_taken_over_by_its_veth_s_name() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Options = node.Options with { HostVethOf = static (key, name) => $"veth-of-{name.Name}" };
        await node.StartAsync();
        var pods = await node.AddPodsAsync(2);
        node.Kill();
        // As the original leaves it: no boot in the file, no aliases.
        node.Disk.Content = CheckpointFormat.Encode(CheckpointFormat.Decode(node.Disk.Content!.Value) with { BootId = null });
        node.Host.Pods.Clear();
        node.Host.Pods.Add(new PodLink(null, $"veth-of-{pods[0].ContainerId}", []));

        var report = await node.StartAsync();

        Assert.Equal((1, 1), (report.Restored, report.Stale));
        // When the other one ended nobody knows: it rests.
        await node.WaitAsync(2);
        Assert.Equal(1, node.Engine.Counters.Cooling);
        await node.WaitAsync(30);
        Assert.Equal(0, node.Engine.Counters.Cooling);
    });

    [Fact]
    public void What_cooled_before_a_restart_goes_on_cooling() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 4, 11));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(3);
        await node.DelAsync(pods[0]);
        await node.WaitAsync(5);
        node.Kill();
        await node.StartAsync();
        await node.WaitAsync(1);

        Assert.Equal(1, node.Engine.Counters.Cooling);
        await node.WaitAsync(25);
        Assert.Equal(1, node.Engine.Counters.Free);
    });

    // A node of three addresses, all of which pods have just left; only a checkpoint that is torn says so.
    private static async Task<Node> KilledWhileAllRestAsync(World world, double after)
    {
        var node = new Node(world, new InstanceLimits([1], 4, 11));
        await node.StartAsync();
        foreach (var pod in await node.AddPodsAsync(3))
            await node.DelAsync(pod);
        await node.WaitAsync(after);
        KillAndTear(node);
        return node;
    }

    private static void KillAndTear(Node node)
    {
        node.Kill();
        node.Disk.Content = node.Disk.Content!.Value[..40];
    }

    private static async Task ChurnWithKills(World world)
    {
        var node = new Node(world, Node.M5Large, new WarmTargets(WarmIp: 3, MinimumIp: 5) { Cooldown = TimeSpan.FromSeconds(10) });
        await node.StartAsync();
        var kills = 0;
        for (var step = 0; step < 60; step++)
        {
            var dice = world.Random.NextDouble();
            if (dice < 0.5)
                _ = node.AddAsync(out _);
            else if (dice < 0.8 && node.Told.Count > 0)
                _ = node.DelAsync(node.Told.Keys.ElementAt(world.Random.Next(node.Told.Count)));
            await node.WaitAsync(world.Random.NextDouble() * (dice < 0.3 ? 0.002 : 2));
            if (world.Random.NextDouble() >= 0.1)
                continue;
            kills++;
            node.Kill();
            var report = await node.StartAsync();
            Assert.Empty(report.Problems);
        }

        Assert.True(kills > 0);
        await node.WaitAsync(400);
        // Whoever was told an address still has it; whoever was not, has none.
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal(
            node.Told.Select(static told => $"{told.Key} {told.Value}").Order(),
            view.Pods.Select(static pod => $"{pod.Key} {pod.Addresses[0]}").Order());
    }

    [Fact]
    public void When_the_disk_hangs_a_pod_is_told_so_within_the_bound_and_its_address_is_free_again() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(10);
        node.Disk.Hangs = true;
        var began = world.Now;

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        Assert.InRange(world.Now - began, node.Options.AddBound, node.Options.AddBound + TimeSpan.FromMilliseconds(2));
        Assert.Equal(AddRefusal.Storage, refused.Kind);
        Assert.Contains("the disk", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(0, node.Engine.Counters.Assigned);
    });

    [Fact]
    public void When_the_disk_hangs_a_stop_still_ends() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(10);
        node.Disk.Hangs = true;
        var add = node.AddAsync(out _);
        await node.WaitAsync(1);
        var began = world.Now;

        await node.Engine.StopAsync();
        await node.Loop;

        Assert.InRange(world.Now - began, TimeSpan.Zero, node.Options.StopGrace + TimeSpan.FromSeconds(2));
        Assert.IsType<AddReply.Refused>(await add);
    });
}
