using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>ENIs that an earlier run of the daemon left on their way in or out.</summary>
public class RestartTests
{
    private const string GhostMac = "02:00:00:00:ff:ff";

    private static readonly WarmTargets _twelveWarm = new(WarmIp: 12, MinimumIp: 12);
    private static readonly WarmTargets _threeWarm = new(WarmIp: 3, MinimumIp: 6);

    /// <summary>An ENI that IMDS lists with all its leaves, and that EC2 has deleted.</summary>
    private static readonly ImdsEni _ghost = new(
        new EniId("eni-0000000000000dead"), GhostMac, 0, 1, CloudInMemory.Subnet, CloudInMemory.Template.SubnetCidr,
        IPAddress.Parse("10.0.9.9"), [.. Enumerable.Range(10, 9).Select(static i => IPNetwork.Parse($"10.0.9.{i}/32"))]);

    [Fact]
    public void An_ENI_that_was_created_and_not_attached_when_the_daemon_died_is_used_after_the_restart() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        node.Cloud.Faults = static action => action == "AttachNetworkInterface" ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        node.Kill();
        node.Cloud.Faults = static _ => null;
        Assert.Contains(node.Cloud.Enis.Values, static nic => nic.Attachment is null);

        await node.StartAsync();
        await node.WaitAsync(60);

        Assert.Equal((2, 12), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
        Assert.Equal(2, node.Cloud.Enis.Count);
        Assert.Equal(1, node.Cloud.Count("CreateNetworkInterface"));
        await node.AddPodsAsync(12);
    });

    [Fact]
    public void An_ENI_that_was_never_attached_is_deleted_where_maxPods_leaves_no_use_for_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        node.Cloud.Faults = static action => action == "AttachNetworkInterface" ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        node.Kill();
        node.Cloud.Faults = static _ => null;
        var attempts = node.Cloud.Count("AttachNetworkInterface");

        // maxPods was lowered to what the primary ENI holds.
        node.Options = node.Options with { Limits = node.Options.Limits with { MaxPods = 9 } };
        await node.StartAsync();
        await node.WaitAsync(60);

        Assert.Equal((1, attempts), (node.Cloud.Enis.Count, node.Cloud.Count("AttachNetworkInterface")));
    });

    [Theory]
    [InlineData("trunk", "")]
    [InlineData("efa", "")]
    [InlineData("interface", "true")]
    public void An_ENI_of_somebody_s_own_that_a_start_without_EC2_took_for_ours_is_left_as_it_is(string type, string noManage) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        var theirs = AttachTheirs(node, type, noManage);
        node.Cloud.Faults = static action => action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Unavailable, "Unavailable") : null;
        // As IMDS shows them, which tells neither types nor tags.
        await node.StartAsync();
        await node.AddPodsAsync(12);
        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(300);
        await node.AddPodsAsync(4);
        await node.WaitAsync(300);

        Assert.Equal([IPNetwork.Parse("10.0.99.2/32")], theirs.Blocks);
        Assert.False(theirs.Attachment!.DeleteOnTermination);
        Assert.DoesNotContain(node.Cloud.Calls, static call => !call.Action.StartsWith("Describe", StringComparison.Ordinal)
            && (call.Detail.Contains("eni-theirs", StringComparison.Ordinal) || call.Detail.Contains("eni-attach-theirs", StringComparison.Ordinal)));
    });

    [Theory]
    [InlineData("trunk", "")]
    [InlineData("efa", "")]
    [InlineData("interface", "true")]
    public void An_ENI_that_EC2_once_told_is_not_ours_is_left_alone_after_a_restart_without_EC2(string type, string noManage) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        var theirs = AttachTheirs(node, type, noManage);
        await node.StartAsync();
        await node.WaitAsync(400);
        node.Kill();

        // Who may not ask EC2 at all grows on what IMDS shows (a node that grows no more helps nobody), and not on this one.
        node.Cloud.Faults = static action => action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        await node.WaitAsync(400);
        await node.AddPodsAsync(12);
        await node.WaitAsync(300);

        Assert.Equal([IPNetwork.Parse("10.0.99.2/32")], theirs.Blocks);
        Assert.False(theirs.Attachment!.DeleteOnTermination);
    });

    [Fact]
    public void Where_EC2_may_not_be_asked_an_ENI_of_ours_is_filled_also_after_the_next_restart() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.AddPodsAsync(10);
        await node.WaitAsync(60);
        node.Kill();

        node.Cloud.Faults = static action => action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        for (var restart = 0; restart < 2; restart++)
        {
            await node.StartAsync();
            await node.WaitAsync(60);
            await node.AddPodsAsync(3);
            await node.WaitAsync(60);
            node.Kill();
        }

        Assert.Equal(2, node.Cloud.Enis.Count);
    });

    [Theory]
    [InlineData("torn")]
    [InlineData("gone")]
    public void Where_EC2_may_not_be_asked_and_the_checkpoint_is_lost_nothing_is_asked_for_on_an_ENI_that_nobody_has_told_to_be_ours(string checkpoint) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        var theirs = AttachTheirs(node, "interface", "true");
        await node.StartAsync();
        await node.WaitAsync(400);
        node.Kill();
        node.Disk.Content = checkpoint == "torn" ? "{"u8.ToArray() : null;

        node.Cloud.Faults = static action => action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        for (var restart = 0; restart < 2; restart++)
        {
            await node.StartAsync();
            await node.WaitAsync(400);
            await node.AddPodsAsync(6);
            await node.WaitAsync(300);
            node.Kill();
        }

        Assert.Equal([IPNetwork.Parse("10.0.99.2/32")], theirs.Blocks);
    });

    [Fact]
    public void A_start_without_EC2_puts_no_pod_on_an_ENI_that_nobody_has_told_of_while_another_has_addresses() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmEni: 1, MaxEni: 2));
        await node.StartAsync();
        await node.AddPodsAsync(10);
        await node.WaitAsync(60);
        node.Kill();
        // Attached while no daemon ran, and the first that IMDS lists. It has an address that is somebody's.
        var theirs = AttachTheirs(node, "interface", "true");
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        await node.StartAsync([.. node.Cloud.Attached().OrderBy(eni => eni.Id == theirs.Id ? 0 : 1)]);
        await node.WaitAsync(5);

        await node.AddPodsAsync(8);
        Assert.DoesNotContain(node.Told.Values, address => theirs.Blocks.Any(block => block.Contains(address)));
    });

    [Fact]
    public void An_ENI_that_was_full_of_what_nobody_knew_of_is_not_small_for_ever() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 9, MinimumIp: 9, MaxEni: 1));
        node.Cloud.Faults = static action => action switch
        {
            "AssignPrivateIpAddresses" => new Fault.Refuse(Refusal.AddressLimit, "PrivateIpAddressLimitExceeded"),
            "DescribeNetworkInterfaces" => new Fault.Refuse(Refusal.Unavailable, "Unavailable"),
            _ => null,
        };
        await node.StartAsync();
        await node.WaitAsync(10);
        // The daemon dies before EC2 has told what is on the ENI.
        node.Kill();
        node.Cloud.Faults = static _ => null;
        await node.StartAsync();
        await node.WaitAsync(300);

        Assert.Equal(9, node.Engine.Counters.Total);
    });

    [Theory]
    [InlineData("boot-1", 0)]
    [InlineData("boot-2", 1)]
    public void What_EC2_taught_about_an_ENI_s_size_is_known_after_a_restart_and_forgotten_after_a_boot(string boot, int refused) => World.Run(1, async world =>
    {
        // Fourteen by the table, nine by EC2.
        var node = new Node(world, targets: new WarmTargets(WarmIp: 14, MinimumIp: 14, MaxEni: 1));
        node.Options = node.Options with { Limits = new InstanceLimits([3], 15, 110) };
        await node.StartAsync();
        await node.WaitAsync(300);
        Assert.Equal(9, node.Engine.Counters.Total);
        node.Kill();

        node.Options = node.Options with { BootId = boot };
        var before = node.Cloud.Count("AssignPrivateIpAddresses");
        await node.StartAsync();
        await node.WaitAsync(4);

        Assert.Equal(refused, node.Cloud.Count("AssignPrivateIpAddresses") - before);
    });

    [Fact]
    public void How_many_ENIs_EC2_attaches_is_known_after_a_restart_and_tried_again_late() => World.Run(1, async world =>
    {
        // Five by the table, three by EC2.
        var node = new Node(world, targets: new WarmTargets(WarmIp: 40, MinimumIp: 40));
        node.Options = node.Options with { Limits = new InstanceLimits([5], 10, 110) };
        await node.StartAsync();
        await node.WaitAsync(900);
        Assert.Equal(3, node.Engine.Counters.Enis);
        node.Kill();
        var before = node.Cloud.Count("CreateNetworkInterface");
        await node.StartAsync();
        await node.WaitAsync(60);
        Assert.Equal(before, node.Cloud.Count("CreateNetworkInterface"));
        Assert.StartsWith("cannot grow: the instance holds no more ENIs", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);

        await node.WaitAsync(1800);
        Assert.InRange(node.Cloud.Count("CreateNetworkInterface") - before, 1, 6);
    });

    [Fact]
    public void Restarts_do_not_put_off_the_next_try_for_one_more_ENI() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 40), new WarmTargets(WarmIp: 12));
        var full = true;
        node.Cloud.Faults = action => action == "AttachNetworkInterface" && full ? new Fault.Refuse(Refusal.AttachmentLimit, "AttachmentLimitExceeded") : null;
        await node.StartAsync();
        await node.WaitAsync(3600);
        full = false;
        var creates = node.Cloud.Count("CreateNetworkInterface");

        // The longest pause is 600 s, give or take a fifth.
        for (var restarts = 0; restarts < 4; restarts++)
        {
            await node.WaitAsync(185);
            node.Kill();
            await node.StartAsync();
        }

        await node.WaitAsync(10);
        Assert.True(node.Cloud.Count("CreateNetworkInterface") > creates);
        Assert.Equal(12, node.Engine.Counters.Free);
    });

    [Fact]
    public void A_checkpoint_that_puts_the_next_try_for_one_more_ENI_off_for_days_is_believed_for_ten_minutes() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        var learned = new CheckpointLimits(null, [], RefusedAttaches: 16) { AttachesAgainAt = world.Now + TimeSpan.FromDays(10) };
        node.Disk.Content = CheckpointFormat.Encode(new Checkpoint([], [], node.Options.BootId) { Learned = learned });
        await node.StartAsync();
        await node.WaitAsync(60);
        Assert.Equal(0, node.Cloud.Count("CreateNetworkInterface"));

        // 600 s, give or take a fifth.
        await node.WaitAsync(720);
        Assert.Equal(12, node.Engine.Counters.Free);
    });

    [Fact]
    public void An_ENI_that_nobody_wanted_and_that_was_attached_after_all_is_routed_before_it_serves_who_waits() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        node.Cloud.Faults = static action => action == "AttachNetworkInterface" ? new Fault.NeverReply() : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        node.Kill();
        node.Options = node.Options with { Targets = new WarmTargets(WarmIp: 1) };
        node.Cloud.Faults = static action => action == "CreateNetworkInterface" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        // EC2 carries out late what the killed daemon had asked for.
        node.Cloud.Enis.Values.Last().Attachment = new EniAttachment(new AttachmentId("eni-attach-late"), "i-1", 0, 1, "attached", false);
        await node.WaitAsync(1);

        // The book in Node asserts that each pod's ENI is routed.
        await node.AddPodsAsync(12);
    });

    [Fact]
    public void An_ENI_that_was_created_and_not_attached_when_the_daemon_was_stopped_is_used_by_the_next() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        await node.StartAsync();
        while (node.Cloud.Count("CreateNetworkInterface") == 0)
            await node.WaitAsync(0.05);
        await node.Engine.StopAsync();
        Assert.Contains(node.Cloud.Enis.Values, static nic => nic.Attachment is null);

        await node.StartAsync();
        await node.WaitAsync(60);

        Assert.All(node.Cloud.Enis.Values, static nic => Assert.Equal("attached", nic.Attachment?.Status));
        Assert.Equal((2, 12), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
    });

    [Fact]
    public void An_unattached_ENI_that_nobody_wants_is_deleted() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        await node.StartAsync();
        while (node.Cloud.Count("CreateNetworkInterface") == 0)
            await node.WaitAsync(0.05);
        await node.Engine.StopAsync();
        Assert.Contains(node.Cloud.Enis.Values, static nic => nic.Attachment is null);

        node.Options = node.Options with { Targets = _threeWarm };
        await node.StartAsync();
        await node.WaitAsync(20);

        Assert.Single(node.Cloud.Enis);
        Assert.Equal(0, node.Cloud.Count("AttachNetworkInterface"));
    });

    [Fact]
    public void An_unattached_ENI_that_EC2_called_so_too_early_is_used_where_it_is() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        await node.StartAsync();
        await node.AddPodsAsync(12);
        await node.WaitAsync(20);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex == 1);
        node.Kill();
        // Describe lags behind the attach.
        var attachment = nic.Attachment;
        nic.Attachment = null;
        var found = node.Cloud.Attached();
        nic.Attachment = attachment;

        await node.StartAsync(found);
        await node.WaitAsync(20);

        Assert.Equal(12, node.Engine.Counters.Assigned);
        Assert.Equal((node.Cloud.Enis.Count, 0), (node.Engine.Counters.Enis, node.Cloud.Count("DetachNetworkInterface")));
        await node.AddPodsAsync(9);
    });

    [Fact]
    public void A_restart_while_an_ENI_is_detaching_ends_it_and_puts_no_pod_on_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _threeWarm);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(12);
        await node.WaitAsync(10);
        foreach (var pod in pods)
            await node.DelAsync(pod);
        while (node.Cloud.Enis.Values.All(static nic => nic.Attachment?.Status != "detaching"))
            await node.WaitAsync(0.05);
        node.Kill();

        await node.StartAsync();
        await node.WaitAsync(2.2);
        // Every address it gets is on an attached ENI: the book sees to it.
        await node.AddPodsAsync(9);
        await node.WaitAsync(60);

        Assert.All(node.Cloud.Enis.Values, static nic => Assert.Equal("attached", nic.Attachment?.Status));
        Assert.Equal(node.Cloud.Enis.Count, node.Engine.Counters.Enis);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void After_a_restart_amid_a_detach_that_EC2_never_got_pods_wait_for_that_ENI_and_no_other_is_made(int maxEni) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: maxEni));
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.LoseReply(Applied: false) : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        foreach (var pod in await node.AddPodsAsync(14))
            await node.DelAsync(pod);
        while (node.Cloud.Count("DetachNetworkInterface") == 0)
            await node.WaitAsync(0.1);
        node.Kill();
        node.Cloud.Faults = static _ => null;
        var made = node.Cloud.Count("CreateNetworkInterface");

        await node.StartAsync();
        await node.WaitAsync(1.5);
        // It has six addresses; what the primary one was giving back nobody knows yet.
        await node.AddPodsAsync(6);

        Assert.Equal(made, node.Cloud.Count("CreateNetworkInterface"));
    });

    [Fact]
    public void After_a_restart_amid_a_detach_no_pod_waits_in_vain_while_EC2_is_away() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        var nic = await KilledAmidDetachAsync(node);
        node.Cloud.Faults = static _ => new Fault.Refuse(Refusal.Unavailable, "Unavailable");
        await node.StartAsync();
        await node.WaitAsync(1800);

        Assert.Equal(1, await node.ServeAsync(1));
        var asked = world.Now;
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Equal(asked, world.Now);
        Assert.Contains($"{nic.Id} is being detached", refused.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void After_a_restart_amid_a_detach_that_EC2_never_got_a_failure_of_the_host_costs_no_ENI() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        var nic = await KilledAmidDetachAsync(node);
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        node.Options = node.Options with { Targets = new WarmTargets(WarmIp: 12, MinimumIp: 12, MaxEni: 2) };
        await node.StartAsync();
        await node.WaitAsync(1200);
        var failures = 1;
        node.Host.FailsToRoute = link => link.Id == nic.Id && failures-- > 0;
        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(600);

        Assert.Contains(nic.Id, node.Cloud.Enis.Keys);
    });

    // Fourteen pods, eight of them left, all on the primary ENI; EC2 has not got the other one's detach.
    private static async Task<Nic> KilledAmidDetachAsync(Node node)
    {
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.LoseReply(Applied: false) : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        var keys = await node.AddPodsAsync(14);
        await node.WaitAsync(60);
        var nic = node.Cloud.Enis.Values.Last();
        foreach (var key in keys.Where(key => nic.Blocks.Exists(block => block.Contains(node.Told[key]))).ToList())
            await node.DelAsync(key);
        await node.DelAsync(keys.First(node.Told.ContainsKey));
        while (node.Cloud.Count("DetachNetworkInterface") == 0)
            await node.WaitAsync(0.1);
        node.Kill();
        return nic;
    }

    [Fact]
    public void An_ENI_that_only_IMDS_still_lists_holds_up_no_pod() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _threeWarm);
        node.Cloud.Ghosts.Add(_ghost);
        await node.StartAsync(
            [.. node.Cloud.Attached(), KnownEnis.From(_ghost, EniRole.Secondary) with { Doubt = "EC2 does not list it" }]);

        await node.AddPodsAsync(12);

        await node.WaitAsync(300);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis, static eni => eni.Id == _ghost.Id);
    });

    [Fact]
    public void An_ENI_whose_link_is_late_is_not_waited_for_longer_than_links_usually_take() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _threeWarm);
        node.Cloud.Ghosts.Add(_ghost);
        // EC2 did not answer at the start: nothing tells this one from a good one.
        await node.StartAsync([.. node.Cloud.Attached(), KnownEnis.From(_ghost, EniRole.Secondary)]);

        await node.AddPodsAsync(6);
        await node.AddPodsAsync(6);
    });

    [Fact]
    public void A_detaching_ENI_that_the_host_never_had_is_deleted() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _threeWarm);
        node.Cloud.AddPrimary();
        var nic = node.Cloud.Enis.Values.Last();
        nic.Attachment = null;
        await node.StartAsync([
            node.Cloud.Attached()[0],
            KnownEnis.From(nic.ToImds(), EniRole.Secondary) with { State = EniState.Detaching, SubnetCidr = null },
        ]);
        await node.WaitAsync(10);

        Assert.Single(node.Cloud.Enis);
    });

    private static Nic AttachTheirs(Node node, string type, string noManage)
    {
        var theirs = new Nic(new EniId("eni-theirs"), "02:ff:00:00:00:01", IPAddress.Parse("10.0.99.1"), CloudInMemory.Subnet)
        {
            Type = type,
            Attachment = new EniAttachment(new AttachmentId("eni-attach-theirs"), "i-1", 0, 1, "attached", DeleteOnTermination: false),
        };
        theirs.Tags["node.k8s.amazonaws.com/no_manage"] = noManage;
        theirs.Blocks.Add(IPNetwork.Parse("10.0.99.2/32"));
        node.Cloud.Enis.Add(theirs.Id, theirs);
        return theirs;
    }
}
