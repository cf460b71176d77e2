using System.Net;
using System.Text;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>What goes back to EC2, and a daemon that dies in the middle of it.</summary>
public class GivingBackTests
{
    private static readonly WarmTargets _one = new(WarmIp: 1);

    [Theory]
    [InlineData(30)]
    [InlineData(300)]
    public void What_pods_used_while_a_prefix_was_on_its_way_for_long_is_kept_as_long_as_any_other(int cooldown) => World.Run(1, async world =>
    {
        var targets = new WarmTargets
        {
            Prefixes = true,
            WarmPrefix = 1,
            Cooldown = TimeSpan.FromSeconds(cooldown),
            SurplusDelay = TimeSpan.FromSeconds(600),
        };
        var node = new Node(world, new InstanceLimits([2], 60, 110) { SupportsPrefixes = true }, targets);
        node.Cloud.FreePrefixes = 0;
        await node.StartAsync();
        await node.WaitAsync(60);
        foreach (var pod in await node.AddPodsAsync(30))
            await node.DelAsync(pod);
        await node.WaitAsync(cooldown + 60);
        node.Cloud.Faults = static _ => new Fault.LoseReply(Applied: false);
        while (node.Engine.Counters.Coming == 0)
            await node.WaitAsync(1);
        await node.WaitAsync(30);
        var pods = await node.AddPodsAsync(28);
        await node.WaitAsync(700);
        foreach (var pod in pods)
            await node.DelAsync(pod);
        await node.WaitAsync(cooldown + 5);
        node.Cloud.Faults = static _ => null;

        await node.WaitAsync(cooldown + 590);
        Assert.Equal(16 + 28, node.Engine.Counters.Total);
        await node.WaitAsync(120);
        Assert.Equal(16, node.Engine.Counters.Total);
    });

    [Theory]
    [InlineData(1, 30)]
    [InlineData(1, 900)]
    [InlineData(6, 30)]
    [InlineData(6, 300)]
    public void What_pods_left_in_fragmented_subnets_goes_back_although_prefixes_are_tried_for_now_and_then(int subnets, int cooldown) => World.Run(1, async world =>
    {
        var targets = new WarmTargets { Prefixes = true, WarmPrefix = 1, Cooldown = TimeSpan.FromSeconds(cooldown) };
        var node = new Node(world, new InstanceLimits([8], 30, 234) { SupportsPrefixes = true }, targets);
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", DiscoverFrom = CloudInMemory.Subnet, Tags = node.Cloud.LastingTags } };
        for (var i = 1; i <= subnets; i++)
            node.Cloud.Subnets.Add(new SubnetFacts($"subnet-{i}", CloudInMemory.Template.SubnetCidr, 4000 - i, new Dictionary<string, string> { ["kubernetes.io/role/cni"] = "1" }));
        node.Cloud.FreePrefixes = 0;
        await node.StartAsync();
        await node.WaitAsync(30);
        var pods = await node.AddPodsAsync(100);
        await node.WaitAsync(7200);
        foreach (var pod in pods)
            await node.DelAsync(pod);
        await node.WaitAsync((2 * cooldown) + 60); // they rest, and are too much for as long and 30 s

        Assert.Equal(16, node.Engine.Counters.Total);
    });

    [Fact]
    public void What_is_given_back_is_on_the_disk_before_EC2_hears_of_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        var told = "";
        node.Cloud.Faults = action =>
        {
            if (action == "UnassignPrivateIpAddresses")
                told = Encoding.UTF8.GetString(node.Disk.Content!.Value.Span);
            return null;
        };
        await FillAndEmptyAsync(node);
        while (node.Cloud.Count("UnassignPrivateIpAddresses") == 0)
            await node.WaitAsync(0.1);

        Assert.Contains("\"leaving\":[{\"block\":\"10.0.0.", told, StringComparison.Ordinal);
    });

    [Fact]
    public void Of_the_ENIs_that_a_burst_left_only_those_go_back_that_the_target_can_miss() => World.Run(1, async world =>
    {
        var node = new Node(world, Node.M5Large, new WarmTargets(WarmEni: 1));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(20);
        Assert.Equal(3, node.Cloud.Enis.Count);
        foreach (var pod in pods.Skip(5))
            await node.DelAsync(pod);
        await node.WaitAsync(600);

        // Five pods, and at least an ENI's nine addresses free beside them: two ENIs, and none was made for that.
        Assert.Equal((2, 2), (node.Cloud.Enis.Count, node.Cloud.Count("CreateNetworkInterface")));
        Assert.True(node.Engine.Counters.Free >= 9);
    });

    [Theory]
    [InlineData("DescribeNetworkInterfaces", Refusal.Denied)]
    [InlineData("AssignPrivateIpAddresses", Refusal.NotFound)]
    public void Single_addresses_make_way_for_a_prefix_beside_an_ENI_with_room_that_gets_nothing(string refuses, object how) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 4, 100), new WarmTargets { Prefixes = true, WarmPrefix = 1 });
        node.Cloud.Faults = action => action == refuses && (refuses != "AssignPrivateIpAddresses" || node.Cloud.Calls[^1].Detail.StartsWith("eni-5", StringComparison.Ordinal))
            ? new Fault.Refuse((Refusal)how, "no")
            : null;
        for (var i = 1; i <= 3; i++)
            node.Cloud.Enis.Values.First().Blocks.Add(IPNetwork.Parse($"10.0.9.{i}/32"));
        var nic = new Nic(new EniId("eni-5"), "02:00:00:00:05:05", IPAddress.Parse("10.0.5.5"), CloudInMemory.Subnet)
        {
            Attachment = new EniAttachment(new AttachmentId("eni-attach-5"), CloudInMemory.Instance, 0, 1, "attached", true),
        };
        nic.Tags["node.k8s.amazonaws.com/instance_id"] = "i-1";
        nic.Blocks.Add(IPNetwork.Parse("10.0.5.6/32"));
        node.Cloud.Enis.Add(nic.Id, nic);
        await node.StartAsync();
        await node.WaitAsync(600);

        Assert.InRange(node.Engine.Counters.Free, 16, 20);
        await node.AddPodsAsync(10);
    });

    [Theory]
    [InlineData("", Refusal.Other, 1)]
    [InlineData("CreateNetworkInterface", Refusal.Denied, 2)]
    [InlineData("AttachNetworkInterface", Refusal.Denied, 2)]
    public void A_node_that_gets_no_further_ENI_returns_to_prefixes_once_its_subnet_has_them(string refuses, object how, int enis) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([enis], 4, 100), new WarmTargets { Prefixes = true, WarmPrefix = 1 });
        node.Cloud.FreePrefixes = 0;
        node.Cloud.Faults = action => action == refuses ? new Fault.Refuse((Refusal)how, "no") : null;
        await node.StartAsync();
        await node.WaitAsync(600);
        Assert.InRange(node.Engine.Counters.Free, 2, 3);
        node.Cloud.FreePrefixes = 1000;
        await node.WaitAsync(1800);

        Assert.InRange(node.Engine.Counters.Free, 16, 18);
    });

    [Fact]
    public void In_a_full_fragmented_subnet_the_tries_for_a_prefix_cost_no_warm_address_also_beside_a_node_that_takes_all_that_comes_free() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 4, 100), new WarmTargets { Prefixes = true, WarmPrefix = 1 });
        node.Cloud.FreePrefixes = 0;
        await node.StartAsync();
        await node.WaitAsync(600);
        node.Cloud.Faults = _ =>
        {
            node.Cloud.FreeInSubnet = 0;
            return null;
        };
        var (tries, makes) = (node.Cloud.Count("AssignPrivateIpAddresses"), node.Cloud.Count("CreateNetworkInterface"));
        for (var second = 0; second < 7200; second++)
        {
            await node.WaitAsync(1);
            Assert.Equal(5, node.Engine.Counters.Free);
        }

        Assert.Equal((0, makes), (node.Cloud.Count("UnassignPrivateIpAddresses"), node.Cloud.Count("CreateNetworkInterface")));
        Assert.InRange(node.Cloud.Count("AssignPrivateIpAddresses") - tries, 10, 16);
    });

    [Fact]
    public void Pods_do_not_wait_for_a_giving_back_that_EC2_throttles() => World.Run(1, async world =>
    {
        var node = new Node(world, Node.M5Large, new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        foreach (var pod in await node.AddPodsAsync(5))
            await node.DelAsync(pod);
        node.Cloud.Faults = static action =>
            action == "UnassignPrivateIpAddresses" ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        while (node.Cloud.Count("UnassignPrivateIpAddresses") < 2)
            await node.WaitAsync(0.5);

        await node.AddPodsAsync(9);
    });

    [Theory]
    [InlineData(5, "UnassignPrivateIpAddresses")]
    [InlineData(12, "DetachNetworkInterface")]
    public void A_giving_back_that_works_again_is_not_held_against_the_next_one_that_is_refused(int pods, string action) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        await node.StartAsync();
        var denied = true;
        node.Cloud.Faults = called => denied && called == action ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await EmptyAsync();
        await node.WaitAsync(3600);
        denied = false;
        await node.WaitAsync(1200);
        Assert.Equal(1, node.Engine.Counters.Total);
        Assert.Empty((await node.Engine.ViewAsync(CancellationToken.None)).Holds);

        denied = true;
        await EmptyAsync();
        var before = node.Cloud.Count(action);
        while (node.Cloud.Count(action) < before + 2)
            await node.WaitAsync(1);

        // The first pause again (30 s, and what is too much must have been so for a minute), not the 10 minutes of the many refusals before.
        var calls = node.Cloud.Calls.Where(call => call.Action == action).Select(static call => call.At).ToList();
        Assert.InRange((calls[^1] - calls[^2]).TotalSeconds, 24, 90);

        async Task EmptyAsync()
        {
            foreach (var pod in await node.AddPodsAsync(pods))
                await node.DelAsync(pod);
            while (!node.Cloud.Calls.Any(call => call.Action == action && call.At > world.Now - TimeSpan.FromSeconds(1)))
                await node.WaitAsync(0.5);
        }
    });

    [Fact]
    public void A_detach_that_works_again_is_not_held_against_the_next_one_that_is_denied() => World.Run(1, async world =>
    {
        // Whole ENIs come and go, and nothing else does.
        var node = new Node(world, targets: new WarmTargets(WarmEni: 1));
        await node.StartAsync();
        var denied = true;
        node.Cloud.Faults = action => denied && action == "DetachNetworkInterface" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await BurstAsync(node);
        await node.WaitAsync(3600);
        Assert.InRange(await AttemptsAsync(node), 4, 20);
        denied = false;
        await node.WaitAsync(1200);
        Assert.Single(node.Cloud.Enis);

        denied = true;
        await BurstAsync(node);
        var before = node.Cloud.Count("DetachNetworkInterface");
        while (node.Cloud.Count("DetachNetworkInterface") == before)
            await node.WaitAsync(1);
        await node.WaitAsync(5);
        // Two ENIs are refused together.
        Assert.InRange(await AttemptsAsync(node), 1, 2);

        // Of giving back, and of detaching.
        static async Task<int> AttemptsAsync(Node node) =>
            Assert.Single((await node.Engine.ViewAsync(CancellationToken.None)).Holds.Select(static hold => hold.Attempts).Distinct());

        static async Task BurstAsync(Node node)
        {
            foreach (var pod in await node.AddPodsAsync(20))
                await node.DelAsync(pod);
        }
    });

    [Theory]
    [InlineData(5, "UnassignPrivateIpAddresses")]
    [InlineData(12, "DetachNetworkInterface")]
    public void Pods_that_come_while_the_disk_is_told_of_a_giving_back_have_what_was_to_go(int pods, string action) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        await node.StartAsync();
        foreach (var pod in await node.AddPodsAsync(pods))
            await node.DelAsync(pod);
        node.Disk.Latency = TimeSpan.FromSeconds(4);
        while (!(await node.Engine.ViewAsync(CancellationToken.None)).Enis.Any(static eni => eni.Running is not null))
            await node.WaitAsync(0.1);
        Assert.Equal(0, node.Cloud.Count(action));
        var calls = node.Cloud.Calls.Count;

        await node.AddPodsAsync(pods);

        Assert.Equal(0, node.Cloud.Count(action));
        Assert.Equal(0, node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "CreateNetworkInterface"));
    });

    [Theory]
    [InlineData(0.01, "EC2 has not even done it")]
    [InlineData(2, "EC2 has done it and said so")]
    public void A_restart_with_EC2_silent_and_IMDS_behind_gives_no_pod_what_was_being_given_back(double killedAfter, string when) => World.Run(1, async world =>
    {
        Assert.NotEmpty(when);
        var (node, before) = await KilledWhileGivingBackAsync(world, killedAfter);
        // EC2 does what had left; IMDS shows the state before for a while.
        node.Cloud.StaleBlocks = before;
        var found = node.Cloud.Attached().Select(eni => eni with { Blocks = before }).ToList();
        await node.WaitAsync(1);
        await node.StartAsync(found);

        // The book in Node asserts that EC2 has each address on the ENI.
        var pods = Enumerable.Range(0, 4).Select(_ => node.AddAsync(node.NewKey())).ToList();
        await node.WaitAsync(10);
        node.Cloud.StaleBlocks = null;
        node.Cloud.Faults = static _ => null;
        await Task.WhenAll(pods);
        await node.WaitAsync(300);
        await node.AddPodsAsync(8);
    });

    [Fact]
    public void A_restart_while_EC2_is_silent_gives_no_pod_what_EC2_took_back_though_IMDS_shows_it_at_the_first_looks() => World.Run(1, async world =>
    {
        var (node, before) = await KilledWhileGivingBackAsync(world, killedAfter: 2);
        node.Options = node.Options with { ReconcileEvery = TimeSpan.FromSeconds(10) };
        node.Cloud.StaleBlocks = before;
        await node.StartAsync(node.Cloud.Attached().Select(eni => eni with { Blocks = before }).ToList());

        // IMDS catches up within a minute; the book in Node asserts that EC2 has each address on the ENI.
        await node.WaitAsync(45);
        var pods = Enumerable.Range(0, 8).Select(_ => node.AddAsync(node.NewKey())).ToList();
        await node.WaitAsync(1);
        node.Cloud.StaleBlocks = null;
        node.Cloud.Faults = static _ => null;
        await Task.WhenAll(pods);
    });

    [Fact]
    public void A_restart_while_EC2_is_silent_puts_no_pod_on_an_ENI_that_is_detaching() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 5, 20), _one);
        await node.StartAsync();
        await node.WaitAsync(30);
        var keys = await node.AddPodsAsync(7);
        foreach (var key in keys.Skip(1))
            await node.DelAsync(key);
        while (node.Journal.OfType<PoolNotice.EniChanged>().All(static changed => changed.To != EniState.Detaching))
            await node.WaitAsync(0.1);
        // Whatever is written next has it too.
        await node.AddPodsAsync(1);
        node.Kill();
        var leaving = node.Cloud.Enis.Values.Where(static nic => nic.Attachment?.Status != "attached").ToList();
        Assert.NotEmpty(leaving);
        // IMDS is behind, EC2 silent, and the link not gone yet.
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        var found = node.Cloud.Enis.Values.Select(static nic => KnownEnis.From(nic.ToImds(), nic.Attachment?.DeviceIndex == 0 ? EniRole.Primary : EniRole.Secondary)).ToList();
        await node.StartAsync(found);

        await node.WaitAsync(1);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.All(leaving, nic => Assert.NotNull(view.Enis.Single(row => row.Id == nic.Id).Doubt));
    });

    [Fact]
    public void A_prefix_that_a_pod_is_on_is_not_taken_for_one_that_goes_back() => World.Run(1, async world =>
    {
        var node = new Node(world);
        var prefix = IPNetwork.Parse("10.0.200.16/28");
        node.Cloud.Enis.Values.Single().Blocks.Add(prefix);
        var pod = new CheckpointAllocation(node.NewKey(), new PodName("default", "old"), IPAddress.Parse("10.0.200.17"), world.Wall);
        node.Disk.Content = CheckpointFormat.Encode(
            new Checkpoint([pod], [], node.Options.BootId) { Leaving = [new CheckpointLeaving(prefix, null)] });
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        await node.StartAsync();
        await node.WaitAsync(1);

        var began = world.Now;
        Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));
        Assert.True((world.Now - began).TotalSeconds < 1, $"after {world.Now - began}");
    });

    [Fact]
    public void With_EC2_silent_for_long_IMDS_that_has_caught_up_frees_what_EC2_never_took() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        node.Cloud.Faults = static action => action == "UnassignPrivateIpAddresses" ? new Fault.LoseReply(Applied: false) : null;
        await FillAndEmptyAsync(node);
        while (node.Cloud.Count("UnassignPrivateIpAddresses") == 0)
            await node.WaitAsync(0.1);
        node.Kill();
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        await node.StartAsync();
        await node.WaitAsync(10);
        var free = node.Engine.Counters.Free;
        await node.WaitAsync(170);

        Assert.True(free < 8 && node.Engine.Counters.Free == node.Cloud.Enis.Values.Single().Blocks.Count, $"{free}, then {node.Engine.Counters.Free}");
    });

    [Fact]
    public void A_lost_reply_and_a_refused_repeat_leave_no_address_that_EC2_has_taken() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        node.Cloud.Faults = action =>
            action != "UnassignPrivateIpAddresses" ? null
            : node.Cloud.Count(action) == 1 ? new Fault.LoseReply(Applied: true)
            : new Fault.Refuse(Refusal.Other, "OperationNotPermitted");
        await FillAndEmptyAsync(node);
        while (node.Cloud.Count("UnassignPrivateIpAddresses") < 2)
            await node.WaitAsync(0.1);
        await node.WaitAsync(0.6);

        // The book in Node asserts that EC2 has each address on the ENI.
        await node.AddPodsAsync(8);
    });

    [Fact]
    public void What_EC2_refuses_together_goes_one_by_one_and_each_call_rests_after_throttling() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        node.Cloud.Faults = action =>
        {
            if (action != "UnassignPrivateIpAddresses")
                return null;
            // Somebody took two of them meanwhile: EC2 refuses all for one that is not there.
            if (node.Cloud.Count(action) == 1)
                node.Cloud.Enis.Values.Single().Blocks.RemoveRange(0, 2);
            return node.Cloud.Count(action) == 3 ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        };
        await FillAndEmptyAsync(node);
        await node.WaitAsync(300);

        var calls = node.Cloud.Calls.Where(static call => call.Action == "UnassignPrivateIpAddresses").Select(static call => call.At).ToList();
        Assert.True(calls.Count > 4 && calls[3] - calls[2] >= TimeSpan.FromSeconds(0.5), string.Join(' ', calls));
        Assert.Single(node.Cloud.Enis.Values.Single().Blocks);
    });

    [Fact]
    public void Addresses_that_a_lost_call_took_are_nobodys_although_EC2_then_denies_giving_back() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        node.Cloud.Faults = action =>
            action != "UnassignPrivateIpAddresses" ? null
            : node.Cloud.Count(action) == 1 ? new Fault.LoseReply(Applied: true)
            : node.Cloud.Count(action) == 3 ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation")
            : null;
        await FillAndEmptyAsync(node);
        while (node.Cloud.Count("UnassignPrivateIpAddresses") < 3)
            await node.WaitAsync(0.1);
        await node.WaitAsync(0.6);

        // The book in Node asserts that EC2 has each address on the ENI.
        await node.AddPodsAsync(8);
    });

    [Fact]
    public void On_a_full_disk_nothing_is_given_back() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _one);
        await FillAndEmptyAsync(node);
        await node.WaitAsync(1);
        node.Disk.Broken = "No space left on device";
        await node.WaitAsync(200);
        Assert.Equal(0, node.Cloud.Count("UnassignPrivateIpAddresses"));

        node.Disk.Broken = null;
        await node.WaitAsync(200);
        Assert.Equal(1, node.Engine.Counters.Total);
    });

    private static async Task<(Node Node, IReadOnlyList<IPNetwork> Before)> KilledWhileGivingBackAsync(World world, double killedAfter)
    {
        var node = new Node(world, targets: _one);
        await FillAndEmptyAsync(node);
        IReadOnlyList<IPNetwork> before = [.. node.Cloud.Enis.Values.Single().Blocks];
        while (node.Cloud.Count("UnassignPrivateIpAddresses") == 0)
            await node.WaitAsync(0.01);
        await node.WaitAsync(killedAfter);
        node.Kill();
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        return (node, before);
    }

    private static async Task FillAndEmptyAsync(Node node)
    {
        await node.StartAsync();
        var pods = await node.AddPodsAsync(8);
        await node.WaitAsync(5);
        foreach (var pod in pods)
            await node.DelAsync(pod);
    }
}
