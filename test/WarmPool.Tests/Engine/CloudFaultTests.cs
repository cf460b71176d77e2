using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

public class CloudFaultTests
{
    private static readonly WarmTargets _fiveWarm = new(WarmIp: 5);

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void One_attempt_of_any_call_may_take_as_long_as_the_setting_says(int seconds) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MinimumIp: 12));
        node.Options = node.Options with { Ec2Attempt = TimeSpan.FromSeconds(seconds), Upkeep = new Upkeep("i-1") { DiscoverFrom = CloudInMemory.Subnet } };
        node.Cloud.Faults = action => action is "CreateNetworkInterface" && node.Cloud.Count(action) > 1 ? null : new Fault.NeverReply();
        await node.StartAsync();
        await node.WaitAsync(400);

        var lost = node.Journal.OfType<PoolNotice.Ec2Call>().Where(static call => call.Error == "Unknown").ToList();
        Assert.Superset(
            new HashSet<string> { "CreateNetworkInterface", "AttachNetworkInterface", "AssignPrivateIpAddresses", "DescribeNetworkInterfaces", "DescribeSubnets" },
            lost.Select(static call => call.Action).ToHashSet());
        Assert.All(lost, call => Assert.Equal(seconds, call.Took.TotalSeconds, 0.01));
    });

    [Fact]
    public void Throttled_calls_are_repeated_with_growing_pauses_and_the_pods_are_served() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _fiveWarm);
        var refusals = 3;
        node.Cloud.Faults = action => action == "AssignPrivateIpAddresses" && refusals-- > 0
            ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded")
            : null;
        await node.StartAsync();

        await node.AddPodsAsync(3);

        Assert.Equal(4, node.Cloud.Count("AssignPrivateIpAddresses"));
        var attempts = node.Journal.OfType<PoolNotice.Ec2Call>().Where(static call => call.Action == "AssignPrivateIpAddresses").ToList();
        Assert.Equal([1, 2, 3, 4], attempts.Select(static call => call.Attempt));
        Assert.Equal(["RequestLimitExceeded", "RequestLimitExceeded", "RequestLimitExceeded", null], attempts.Select(static call => call.Error));
    });

    [Fact]
    public void A_permission_that_is_missing_is_named_and_not_asked_for_in_a_loop() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _fiveWarm);
        node.Cloud.Faults = static action =>
            action is "AssignPrivateIpAddresses" or "CreateNetworkInterface" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();

        await node.WaitAsync(3);
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        await node.WaitAsync(600);

        Assert.Contains("cannot grow: UnauthorizedOperation", refused.Reason, StringComparison.Ordinal);
        Assert.InRange(node.Cloud.Calls.Count, 2, 14);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lost_reply_to_Assign_freezes_the_ENI_until_two_looks_agree(bool applied) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _fiveWarm);
        node.Cloud.Faults = Once("AssignPrivateIpAddresses", new Fault.LoseReply(applied));
        await node.StartAsync();
        await node.WaitAsync(60);

        // No address was asked for twice, and none that EC2 gave was lost.
        Assert.Equal(5, node.Engine.Counters.Free);
        Assert.Equal(5, node.Cloud.Enis.Values.Sum(static nic => nic.Blocks.Count));
        var calls = node.Cloud.Calls.ToList();
        var lost = calls.FindIndex(static call => call.Action == "AssignPrivateIpAddresses");
        Assert.Equal(["DescribeNetworkInterfaces", "DescribeNetworkInterfaces"], calls.Skip(lost + 1).Take(2).Select(static call => call.Action));
        Assert.True(calls[lost + 2].At - calls[lost + 1].At >= node.Options.DescribeLag);
    });

    [Fact]
    public void A_lost_reply_to_Create_is_repeated_with_the_same_token_and_makes_one_ENI() => World.Run(1, async world =>
    {
        var node = new Node(world);
        var losses = 2;
        node.Cloud.Faults = action => action == "CreateNetworkInterface" && losses-- > 0 ? new Fault.LoseReply(Applied: true) : null;
        await node.StartAsync();

        await node.AddPodsAsync(8);
        await node.WaitAsync(60);

        Assert.Equal(2, node.Cloud.Enis.Count);
    });

    [Fact]
    public void A_Create_whose_replies_are_lost_for_minutes_still_makes_one_ENI() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        var outageEnds = world.Now + TimeSpan.FromMinutes(3);
        node.Cloud.Faults = action => action == "CreateNetworkInterface" && world.Now < outageEnds ? new Fault.LoseReply(Applied: true) : null;
        await node.StartAsync();
        await node.WaitAsync(300);

        Assert.Equal((2, 12), (node.Cloud.Enis.Count, node.Engine.Counters.Free));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lost_reply_to_Attach_is_looked_up_and_the_ENI_comes_into_use(bool applied) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        node.Cloud.Faults = Once("AttachNetworkInterface", new Fault.LoseReply(applied));
        await node.StartAsync();
        await node.WaitAsync(60);

        Assert.Equal((2, 12), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
        Assert.Equal(2, node.Cloud.Enis.Count);
        Assert.All(node.Cloud.Enis.Values, static nic => Assert.True(nic.Attachment!.DeleteOnTermination));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lost_reply_to_Attach_is_settled_by_IMDS_and_the_kernel_where_EC2_may_not_be_asked(bool applied) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2));
        var lost = false;
        node.Cloud.Faults = action =>
        {
            if (action == "DescribeNetworkInterfaces")
                return new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation");
            if (action != "AttachNetworkInterface" || lost)
                return null;
            lost = true;
            return new Fault.LoseReply(applied);
        };
        await node.StartAsync();
        await node.WaitAsync(applied ? 150 : 400);

        Assert.Equal((2, 12, 0), (node.Cloud.Enis.Count, node.Engine.Counters.Free, node.Engine.Counters.Coming));
        // It was made by this daemon, so it grows too.
        await node.AddPodsAsync(18);
        Assert.Equal(applied ? 1 : 2, node.Cloud.Count("AttachNetworkInterface"));
    });

    [Fact]
    public void Where_EC2_may_not_be_asked_an_ENI_that_IMDS_shows_by_half_for_minutes_after_a_lost_reply_is_attached_once() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2));
        node.Cloud.Faults = action =>
        {
            if (action == "DescribeNetworkInterfaces")
                return new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation");
            if (action != "AttachNetworkInterface")
                return null;
            node.Cloud.Unreadable.Add(node.Cloud.Enis.Values.Last().Mac);
            return new Fault.LoseReply(Applied: true);
        };
        await node.StartAsync();
        await node.WaitAsync(600);
        Assert.Equal(1, node.Cloud.Count("AttachNetworkInterface"));

        node.Cloud.Unreadable.Clear();
        await node.WaitAsync(120);
        Assert.Equal((12, 1), (node.Engine.Counters.Free, node.Cloud.Count("AttachNetworkInterface")));
    });

    [Fact]
    public void A_call_that_is_never_answered_ends_after_its_time_and_the_pool_goes_on() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _fiveWarm);
        node.Cloud.Faults = Once("AssignPrivateIpAddresses", new Fault.NeverReply());
        await node.StartAsync();
        await node.WaitAsync(60);

        Assert.Equal(5, node.Engine.Counters.Free);
    });

    [Fact]
    public void An_exhausted_subnet_is_named_probed_ever_less_and_used_again_when_it_has_room() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _fiveWarm);
        node.Cloud.FreeInSubnet = 3;
        await node.StartAsync();
        await node.WaitAsync(4);
        // What the subnet had left is in use.
        Assert.Equal(3, node.Engine.Counters.Free);
        await node.AddPodsAsync(3);

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Contains("cannot grow: subnet-1 has no free addresses", refused.Reason, StringComparison.Ordinal);
        var before = node.Cloud.Calls.Count;
        await node.WaitAsync(600);
        Assert.InRange(node.Cloud.Calls.Count - before, 4, 24);
        Assert.Contains(node.Journal, static notice => notice is PoolNotice.CannotGrow { Reason: "cannot grow: subnet-1 has no free addresses (InsufficientFreeAddressesInSubnet)" });

        node.Cloud.FreeInSubnet = 100;
        await node.WaitAsync(180);
        Assert.Equal(5, node.Engine.Counters.Free);
        Assert.Null(node.Engine.Counters.CannotGrow);
        Assert.Contains(node.Journal, static notice => notice is PoolNotice.CanGrow);
    });

    [Fact]
    public void An_ENI_that_cannot_be_attached_is_deleted() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 40), new WarmTargets(WarmIp: 12));
        node.Cloud.Faults = static action => action == "AttachNetworkInterface" ? new Fault.Refuse(Refusal.AttachmentLimit, "AttachmentLimitExceeded") : null;
        await node.StartAsync();
        await node.WaitAsync(20);

        Assert.Single(node.Cloud.Enis);
        Assert.Contains("the instance holds no more ENIs", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);
    });

    [Fact]
    public void A_device_index_that_somebody_else_took_is_passed_over() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        await node.StartAsync();
        node.Cloud.AddPrimary();
        var other = node.Cloud.Enis.Values.Last();
        other.Attachment = other.Attachment! with { Id = new AttachmentId("eni-attach-other"), DeviceIndex = 1 };
        await node.WaitAsync(20);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal(2, view.Enis.Single(static eni => eni.Role == EniRole.Secondary).DeviceIndex);
        Assert.Equal(12, node.Engine.Counters.Free);
    });

    [Fact]
    public void An_ENI_whose_link_never_appears_is_given_up_and_another_one_tried() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        node.Host.Invisible = static eni => eni.Id.Value.EndsWith('2');
        await node.StartAsync();
        await node.WaitAsync(600);

        Assert.Equal(12, node.Engine.Counters.Free);
        Assert.Equal(2, node.Cloud.Enis.Count);
    });

    [Fact]
    public void An_ADD_waits_for_a_link_that_is_late_and_is_told_which_when_it_does_not_come() => World.Run(1, async world =>
    {
        // Two ENIs of nine addresses are all that it may have, and the second one's link does not come.
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        node.Host.Invisible = static eni => !eni.IsPrimary;
        await node.StartAsync();
        await node.AddPodsAsync(9);
        await node.WaitAsync(20);

        var asked = world.Now;
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        Assert.Equal(node.Options.AddBound, world.Now - asked);
        Assert.Matches("eni-[0-9a-f]* \\(.*\\) has been attaching for [0-9]+ s and this host does not see its link yet; the next try may find it", refused.Reason);
        Assert.Contains("without link for 3 minutes is replaced", refused.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("larger instance type", refused.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void An_ENI_that_may_not_be_bound_to_its_instance_is_used_and_asked_for_seldom() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        node.Cloud.Faults = static action =>
            action == "ModifyNetworkInterfaceAttribute" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        await node.WaitAsync(60);
        Assert.Equal((2, 12), (node.Cloud.Enis.Count, node.Engine.Counters.Free));
        await node.WaitAsync(3600);
        Assert.InRange(node.Cloud.Count("ModifyNetworkInterfaceAttribute"), 4, 16);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(700);
        Assert.True(node.Cloud.Enis.Values.Last().Attachment!.DeleteOnTermination);
    });

    [Fact]
    public void An_ENI_whose_link_never_appears_gives_no_address_although_its_detach_is_denied() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Host.Invisible = static eni => !eni.IsPrimary;
        node.Cloud.Faults = static action =>
            action == "DetachNetworkInterface" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        await node.AddPodsAsync(9);
        await node.WaitAsync(600);

        Assert.True(node.Cloud.Count("DetachNetworkInterface") > 0);
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Equal(9, node.Engine.Counters.Total);
    });

    [Fact]
    public void An_ENI_whose_detach_has_no_reply_gives_no_addresses_until_EC2_was_asked() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.LoseReply(Applied: true) : null;
        await node.StartAsync();
        foreach (var pod in await node.AddPodsAsync(14))
            await node.DelAsync(pod);
        // Its repeats have ended without a reply as well.
        while (node.Cloud.Count("DetachNetworkInterface") == 0
            || (await node.Engine.ViewAsync(CancellationToken.None)).Enis.Any(static eni => eni.Running is not null))
            await node.WaitAsync(0.1);

        await node.AddPodsAsync(14);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        var attached = node.Cloud.Enis.Values.Where(static nic => nic.Attachment is not null).SelectMany(static nic => nic.Blocks).ToList();
        Assert.All(view.Pods.SelectMany(static pod => pod.Addresses), address => Assert.Contains(attached, block => block.Contains(address)));
    });

    [Fact]
    public void What_may_have_been_given_back_is_not_given_to_a_pod_because_the_repeat_was_throttled() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        var tries = 0;
        node.Cloud.Faults = action => action != "UnassignPrivateIpAddresses" ? null
            : ++tries == 1 ? new Fault.LoseReply(Applied: true)
            : new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded");
        await node.StartAsync();
        foreach (var pod in await node.AddPodsAsync(5))
            await node.DelAsync(pod);
        while (tries < 2)
            await node.WaitAsync(1);
        await node.WaitAsync(60);

        // Node.AddAsync asserts that EC2 has what it is told.
        await node.AddPodsAsync(5);
    });

    [Fact]
    public void A_Create_that_may_have_happened_is_no_lost_ENI_because_the_repeat_was_refused() => World.Run(1, async world =>
    {
        var node = new Node(world);
        var tries = 0;
        node.Cloud.Faults = action => action != "CreateNetworkInterface" ? null
            : ++tries == 1 ? new Fault.LoseReply(Applied: true)
            : tries == 2 ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation")
            : null;
        await node.StartAsync();
        await node.AddPodsAsync(9);
        await node.WaitAsync(120);

        Assert.Equal(2, node.Cloud.Enis.Count);
        Assert.Equal(2, node.Engine.Counters.Enis);
    });

    [Fact]
    public void A_bug_in_a_seam_is_told_and_the_pool_goes_on() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _fiveWarm);
        var once = true;
        node.Cloud.Faults = action =>
        {
            if (action != "AssignPrivateIpAddresses" || !once)
                return null;
            once = false;
            throw new NotSupportedException("a bug");
        };
        await node.StartAsync();
        await node.WaitAsync(60);

        Assert.Contains(node.Journal, static notice => notice is PoolNotice.Fault { Exception: NotSupportedException });
        Assert.Equal(5, node.Engine.Counters.Free);
    });

    [Fact]
    public void Through_an_outage_of_EC2_pods_get_the_warm_addresses_and_a_restart_works() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(30);
        node.Cloud.Faults = static _ => new Fault.LoseReply(Applied: false);

        await node.AddPodsAsync(5);
        node.Kill();
        Assert.Null((await node.StartAsync()).CannotStart);
        await node.AddPodsAsync(4);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(120);
        await node.AddPodsAsync(9);
    });

    private static Func<string, Fault?> Once(string action, Fault fault)
    {
        var happened = false;
        return called =>
        {
            if (called != action || happened)
                return null;
            happened = true;
            return fault;
        };
    }
}
