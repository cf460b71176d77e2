using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>A step of an ENI's way that does not work for hours: what that costs, and what people are told.</summary>
public class RefusedForEverTests
{
    [Theory]
    [InlineData(Refusal.Other, 20)]
    [InlineData(Refusal.Denied, 10)]
    [InlineData(Refusal.AccountLimit, 10)]
    public void While_no_ENI_can_be_attached_ever_fewer_are_made(Refusal refusal, int most) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 15, 200), new WarmTargets(WarmIp: 18));
        node.Cloud.Faults = action => action == "AttachNetworkInterface" ? new Fault.Refuse(refusal, "NotThisOne") : null;
        await node.StartAsync();
        await node.WaitAsync(3600);
        var (creates, calls) = (node.Cloud.Count("CreateNetworkInterface"), node.Cloud.Calls.Count);
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Count("CreateNetworkInterface") - creates, 1, most);
        Assert.InRange(node.Cloud.Calls.Count - calls, 3, 3 * most);
        Assert.Contains("cannot grow: NotThisOne", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(900);
        Assert.Equal(18, node.Engine.Counters.Free);
    });

    [Fact]
    public void While_somebody_deletes_each_new_ENI_before_it_is_attached_ever_fewer_are_made() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([15], 50, 500), new WarmTargets(WarmIp: 5));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", Tags = node.Cloud.LastingTags } };
        node.Cloud.Faults = action =>
        {
            foreach (var unattached in node.Cloud.Enis.Values.Where(nic => action == "AttachNetworkInterface" && nic.Attachment is null).ToList())
                node.Cloud.Enis.Remove(unattached.Id);
            return null;
        };
        await node.StartAsync();
        await node.WaitAsync(30);
        for (var pod = 0; pod < 49; pod++)
            await node.AddAsync(out _);
        var creates = node.Cloud.Count("CreateNetworkInterface");
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Count("CreateNetworkInterface") - creates, 1, 20);
        Assert.Contains("cannot grow: InvalidNetworkInterfaceID.NotFound", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(Refusal.InUse, "InvalidNetworkInterface.InUse")]
    [InlineData(Refusal.IndexTaken, "InvalidParameterValue")]
    public void An_ENI_that_EC2_does_not_attach_for_hours_is_tried_ever_less_often_and_told_of(Refusal refusal, string code) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        node.Cloud.Faults = action => action == "AttachNetworkInterface" ? new Fault.Refuse(refusal, code) : null;
        await node.StartAsync();
        await node.WaitAsync(3600);
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "AttachNetworkInterface"), 5, 20);
        Assert.InRange(node.Cloud.Calls.Count - calls, 5, 80);
        Assert.All(
            node.Cloud.Calls.Where(static call => call.Action == "AttachNetworkInterface"),
            static call => Assert.InRange(int.Parse(call.Detail.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture), 1, 12));
        Assert.Contains(code, node.Engine.Counters.CannotGrow, StringComparison.Ordinal);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(400);
        Assert.Equal((12, (string?)null), (node.Engine.Counters.Free, node.Engine.Counters.CannotGrow));
    });

    [Fact]
    public void An_ENI_that_EC2_does_not_know_when_addresses_are_asked_for_is_asked_for_ever_less_often_and_told_of() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 5, MaxEni: 1));
        node.Cloud.Faults = static action =>
            action == "AssignPrivateIpAddresses" ? new Fault.Refuse(Refusal.NotFound, "InvalidNetworkInterfaceID.NotFound") : null;
        await node.StartAsync();
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Count("AssignPrivateIpAddresses"), 10, 30);
        Assert.Contains("gets no addresses: InvalidNetworkInterfaceID.NotFound", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);
        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(400);
        Assert.Equal((5, (string?)null), (node.Engine.Counters.Free, node.Engine.Counters.CannotGrow));
    });

    [Fact]
    public void Tags_of_an_ENI_that_EC2_says_it_does_not_know_are_tried_ever_less_often_and_told_of_once() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        await node.StartAsync();
        await node.WaitAsync(60);
        node.Cloud.Faults = static action => action == "CreateTags" ? new Fault.Refuse(Refusal.NotFound, "InvalidNetworkInterfaceID.NotFound") : null;
        foreach (var nic in node.Cloud.Enis.Values.Where(static nic => nic.Attachment!.DeviceIndex > 0))
            nic.Tags.Clear();
        await node.WaitAsync(3600);

        // A fresh ENI may be unknown for a moment: each try asks some times.
        Assert.InRange(node.Cloud.Count("CreateTags"), 5, 60);
        Assert.Single(node.Journal, static notice => notice is PoolNotice.Drift drift && drift.What.Contains("is not tagged: InvalidNetworkInterfaceID.NotFound", StringComparison.Ordinal));
    });

    [Fact]
    public void An_ENI_that_EC2_calls_in_use_for_hours_is_deleted_ever_less_often_and_told_of_once() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        node.Cloud.Faults = static action => action == "DeleteNetworkInterface" ? new Fault.Refuse(Refusal.InUse, "InvalidParameterValue") : null;
        await node.StartAsync();
        var pods = await node.AddPodsAsync(12);
        await node.WaitAsync(60);
        foreach (var pod in pods)
            await node.DelAsync(pod);
        await node.WaitAsync(3600);
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "DeleteNetworkInterface"), 5, 20);
        Assert.InRange(node.Cloud.Calls.Count - calls, 5, 80);
        Assert.Single(node.Journal, static notice => notice is PoolNotice.Drift drift && drift.What.Contains("cannot be deleted, EC2 calls it in use", StringComparison.Ordinal));
    });

    [Fact]
    public void While_no_link_appears_ever_fewer_ENIs_are_made() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 40), new WarmTargets(WarmIp: 12));
        node.Host.Invisible = static link => !link.IsPrimary;
        await node.StartAsync();
        await node.WaitAsync(7200);
        var (creates, calls) = (node.Cloud.Count("CreateNetworkInterface"), node.Cloud.Calls.Count);
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Count("CreateNetworkInterface") - creates, 1, 24);
        Assert.InRange(node.Cloud.Calls.Count - calls, 5, 24 * 6);
    });

    [Theory]
    [InlineData(Refusal.Denied)]
    [InlineData(Refusal.Other)]
    [InlineData(Refusal.AddressLimit)]
    public void ENIs_that_can_be_neither_attached_nor_deleted_do_not_become_more_and_more(Refusal attach) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 40), new WarmTargets(WarmIp: 12));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", Tags = node.Cloud.LastingTags } };
        node.Cloud.Faults = action => action switch
        {
            "DeleteNetworkInterface" => new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation"),
            "AttachNetworkInterface" => new Fault.Refuse(attach, "NotThisOne"),
            _ => null,
        };
        await node.StartAsync();
        await node.WaitAsync(14400);

        Assert.InRange(node.Cloud.Enis.Values.Count(static nic => nic.Attachment is null), 1, 3);
        Assert.InRange(node.Cloud.Calls.Count, 10, 700);
        Assert.NotNull(node.Engine.Counters.CannotGrow);

        // What is there already is used once it works.
        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(1200);
        Assert.Equal(12, node.Engine.Counters.Free);
        Assert.InRange(node.Cloud.Enis.Count, 2, attach == Refusal.AddressLimit ? 4 : 2);
    });

    [Fact]
    public void A_node_that_may_not_delete_uses_what_it_could_not_delete() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 10, 40), new WarmTargets(WarmIp: 1));
        node.Cloud.Faults = static action =>
            action == "DeleteNetworkInterface" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        for (var day = 0; day < 6; day++)
        {
            foreach (var pod in await node.AddPodsAsync(25))
                await node.DelAsync(pod);
            await node.WaitAsync(3600);
        }

        Assert.InRange(node.Cloud.Enis.Count, 1, 3);
        await node.AddPodsAsync(25);
    });

    [Theory]
    [InlineData(Refusal.Denied, "UnauthorizedOperation")]
    [InlineData(Refusal.Other, "OperationNotPermitted")]
    public void A_create_whose_reply_was_lost_and_that_is_refused_ever_since_says_so_and_leaves_nothing(Refusal refusal, string code) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 15, 200), new WarmTargets(WarmIp: 1));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", Tags = node.Cloud.LastingTags } };
        var attempt = 0;
        node.Cloud.Faults = action => action != "CreateNetworkInterface" ? null
            : attempt++ == 0 ? new Fault.LoseReply(Applied: true) : new Fault.Refuse(refusal, code);
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(14);
        await node.WaitAsync(20);

        Assert.Contains($"cannot grow: {code}", Assert.IsType<AddReply.Refused>(await node.AddAsync(out _)).Reason, StringComparison.Ordinal);
        Assert.Contains(node.Journal, notice => notice is PoolNotice.CannotGrow cannot && cannot.Reason.Contains(code, StringComparison.Ordinal));
        await node.WaitAsync(600);
        Assert.Equal(0, node.Engine.Counters.Coming);
        await node.WaitAsync(36_000);

        Assert.Single(node.Cloud.Enis);
        Assert.InRange(node.Cloud.Count("CreateNetworkInterface"), 20, 200);
        Assert.Contains(code, node.Engine.Counters.CannotGrow, StringComparison.Ordinal);
    });

    [Fact]
    public void A_node_whose_addresses_are_throttled_does_not_make_ENIs_instead() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 5));
        node.Cloud.Faults = static action =>
            action == "AssignPrivateIpAddresses" ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        await node.StartAsync();
        await node.WaitAsync(600);

        Assert.Equal(0, node.Cloud.Count("CreateNetworkInterface"));
    });

    [Fact]
    public void An_ENI_whose_link_never_appeared_is_followed_by_one_at_another_index() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2));
        node.Host.Invisible = static link => link.DeviceIndex == 1;
        await node.StartAsync();
        await node.WaitAsync(400);

        Assert.Equal(12, node.Engine.Counters.Free);
        Assert.Equal([1, 2], node.Cloud.Calls.Where(static call => call.Action == "AttachNetworkInterface").Select(static call => call.Detail[^1] - '0'));
    });

    [Fact]
    public void While_new_ENIs_come_to_nothing_an_ADD_is_refused_at_once_and_told_why() => World.Run(1, async world =>
    {
        var node = await FullAsync(world);
        await UntilNextTryAsync(node);
        var asked = world.Now;

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.InRange((world.Now - asked).TotalSeconds, 0, 1);
        Assert.Contains("NotThisOne", refused.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void An_ADD_that_waits_in_vain_for_another_try_is_told_how_the_last_one_failed() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 2, 10), new WarmTargets(WarmIp: 1));
        node.Cloud.Faults = action => action == "AttachNetworkInterface" && node.Cloud.Count(action) == 1 ? new Fault.Refuse(Refusal.Other, "NotThisOne") : null;
        await node.StartAsync();
        await node.AddPodsAsync(1);
        while (node.Cloud.Count("AttachNetworkInterface") < 1)
            await node.WaitAsync(0.1);
        node.Cloud.Faults = static action => action == "CreateNetworkInterface" ? new Fault.NeverReply() : null;
        while (node.Cloud.Count("CreateNetworkInterface") < 2)
            await node.WaitAsync(0.1);

        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Contains("the last attempt failed: NotThisOne", refused.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void An_ENI_that_came_into_use_ends_the_long_pauses_before_it() => World.Run(1, async world =>
    {
        var node = await FullAsync(world);
        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(900);
        Assert.Equal(2, node.Engine.Counters.Enis);

        // The next refusals are the first ones again: pauses of 5 s, then 10 s.
        node.Cloud.Faults = static action => action == "AttachNetworkInterface" ? new Fault.Refuse(Refusal.Other, "NotThisOne") : null;
        var before = node.Cloud.Count("AttachNetworkInterface");
        await node.AddPodsAsync(2);
        await node.WaitAsync(60);
        Assert.InRange(node.Cloud.Count("AttachNetworkInterface") - before, 3, 6);
    });

    [Fact]
    public void A_primary_ENI_that_is_routed_anew_says_nothing_about_new_ones() => World.Run(1, async world =>
    {
        var node = await FullAsync(world);
        var primary = node.Cloud.Enis.Values.Single(static nic => nic.Attachment?.DeviceIndex == 0);
        await UntilNextTryAsync(node);
        var creates = node.Cloud.Count("CreateNetworkInterface");

        node.Host.Unplug(primary.Id);
        await node.WaitAsync(2);
        node.Host.Plug(primary.Id);
        await node.WaitAsync(30);
        Assert.Contains(primary.Id, node.Host.Routed);
        Assert.Equal(creates, node.Cloud.Count("CreateNetworkInterface"));
    });

    [Fact]
    public void A_role_that_may_not_detach_is_asked_ever_less_often_about_an_ENI_in_an_excluded_subnet() => World.Run(1, async world =>
    {
        const string role = "kubernetes.io/role/cni";
        var node = new Node(world, targets: new WarmTargets(WarmIp: 2));
        node.Options = node.Options with
        {
            Upkeep = new Upkeep("i-1") { ClusterName = "a", DiscoverFrom = CloudInMemory.Subnet, SubnetsEvery = TimeSpan.FromMinutes(5) },
        };
        var second = new SubnetFacts("subnet-2", CloudInMemory.Template.SubnetCidr, 9000, new Dictionary<string, string> { [role] = "1" });
        node.Cloud.Subnets.Add(new SubnetFacts("subnet-1", CloudInMemory.Template.SubnetCidr, 4000, new Dictionary<string, string>()));
        node.Cloud.Subnets.Add(second);
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        await node.WaitAsync(30);
        foreach (var pod in await node.AddPodsAsync(12))
            await node.DelAsync(pod);
        node.Cloud.Subnets[1] = second with { Tags = new Dictionary<string, string> { [role] = "0" } };
        await node.WaitAsync(900);
        var detaches = node.Cloud.Count("DetachNetworkInterface");
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Count("DetachNetworkInterface") - detaches, 1, 20);
    });

    [Fact]
    public void A_role_that_may_not_unassign_detaches_an_ENI_without_link_all_the_same() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 2, MaxEni: 2));
        node.Cloud.Faults = static action => action == "UnassignPrivateIpAddresses" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        foreach (var pod in await node.AddPodsAsync(7))
            await node.DelAsync(pod);
        await node.WaitAsync(7200);
        var unassigns = node.Cloud.Count("UnassignPrivateIpAddresses");
        while (node.Cloud.Count("UnassignPrivateIpAddresses") == unassigns)
            await node.WaitAsync(1);
        EniId? first = null;
        node.Host.Invisible = link => !link.IsPrimary && link.Id == (first ??= link.Id);
        for (var i = 0; i < 10; i++)
            await node.AddAsync(out _);
        await node.WaitAsync(240);

        Assert.Equal(1, node.Cloud.Count("DetachNetworkInterface"));
        Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));
    });

    [Fact]
    public void A_role_that_may_not_detach_is_asked_ever_less_often_about_ENIs_without_link() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        node.Host.Invisible = static link => !link.IsPrimary;
        await node.StartAsync();
        await node.WaitAsync(3600);
        var detaches = node.Cloud.Count("DetachNetworkInterface");
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Count("DetachNetworkInterface") - detaches, 1, 20);
    });

    [Fact]
    public void An_ENI_that_EC2_detaches_for_hours_is_looked_at_ever_less_often_and_seen_to_be_gone_in_the_end() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        await node.StartAsync();
        await node.WaitAsync(120);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        nic.Attachment = nic.Attachment! with { Status = "detaching" };
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(600);
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(3600);
        Assert.InRange(node.Cloud.Calls.Count - calls, 10, 60);

        node.Cloud.Enis.Remove(nic.Id);
        await node.WaitAsync(360);
        Assert.DoesNotContain((await node.Engine.ViewAsync(CancellationToken.None)).Enis, eni => eni.Id == nic.Id);
    });

    [Fact]
    public void A_detach_whose_reply_is_lost_each_time_and_that_never_happens_is_tried_ever_less_often() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.LoseReply(Applied: false) : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        foreach (var pod in await node.AddPodsAsync(14))
            await node.DelAsync(pod);
        await node.WaitAsync(900);
        var detaches = node.Cloud.Count("DetachNetworkInterface");
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Count("DetachNetworkInterface") - detaches, 1, 80);
    });

    [Theory]
    [InlineData(45)]
    [InlineData(180)]
    public void A_detach_that_takes_long_is_seen_to_be_done_before_as_much_time_again_has_passed(int takes) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        await node.StartAsync();
        await node.WaitAsync(5);
        var pods = await node.AddPodsAsync(14);
        await node.WaitAsync(60);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        var detaching = nic.Attachment! with { Status = "detaching" };
        foreach (var pod in pods)
            await node.DelAsync(pod);
        TimeSpan? began = null;
        var hangs = true;
        node.Cloud.Faults = action =>
        {
            if (action != "DeleteNetworkInterface" || !hangs)
                return null;
            (nic.Attachment, began) = (detaching, began ?? world.Now);
            return new Fault.Refuse(Refusal.InUse, "InvalidParameterValue");
        };
        while (began is null)
            await node.WaitAsync(0.1);
        await node.WaitAsync(takes);
        (hangs, nic.Attachment) = (false, null);
        await node.WaitAsync(takes);

        Assert.DoesNotContain(nic.Id, node.Cloud.Enis.Keys);
    });

    [Fact]
    public void A_detach_of_the_pool_s_own_that_hangs_is_looked_at_ever_less_often() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.WaitAsync(5);
        foreach (var pod in await node.AddPodsAsync(14))
            await node.DelAsync(pod);
        while (node.Cloud.Count("DetachNetworkInterface") == 0)
            await node.WaitAsync(0.1);
        await node.WaitAsync(1.5);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        var hung = nic.Attachment! with { Status = "detaching" };
        for (var i = 0; i < 100; i++)
        {
            await node.WaitAsync(0.1);
            nic.Attachment = hung;
        }

        await node.WaitAsync(600);
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Calls.Count - calls, 10, 60);
    });

    // All of the primary ENI is used, and for an hour no other could be attached.
    private static async Task<Node> FullAsync(World world)
    {
        var node = new Node(world, new InstanceLimits([4], 3, 20), new WarmTargets(WarmIp: 1));
        node.Cloud.Faults = static action => action == "AttachNetworkInterface" ? new Fault.Refuse(Refusal.Other, "NotThisOne") : null;
        await node.StartAsync();
        await node.AddPodsAsync(2);
        await node.WaitAsync(3600);
        return node;
    }

    // Behind it there is a pause of minutes.
    private static async Task UntilNextTryAsync(Node node)
    {
        var tries = node.Cloud.Count("AttachNetworkInterface");
        while (node.Cloud.Count("AttachNetworkInterface") == tries)
            await node.WaitAsync(1);
        await node.WaitAsync(5);
    }
}
