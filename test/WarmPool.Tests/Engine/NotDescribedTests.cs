using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>The node's role may not describe ENIs, and a call's reply is lost: IMDS and the kernel tell in time what came of it.</summary>
public class NotDescribedTests
{
    private static readonly Func<string, Fault?> _describeDenied = Denied("", new Fault.NeverReply(), times: 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lost_reply_of_an_assign_does_not_freeze_the_ENI(bool applied) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        node.Cloud.Faults = Denied("AssignPrivateIpAddresses", new Fault.LoseReply(applied), times: 1);
        await node.StartAsync();
        await node.WaitAsync(600);

        // What the lost call has brought is the one that was wanted.
        Assert.Single(node.Cloud.Enis.Values.Single().Blocks);
        Assert.Equal(9, await node.ServeAsync(9));
    });

    [Theory]
    [InlineData(Refusal.AddressLimit)]
    [InlineData(Refusal.NotFound)]
    public void A_refusal_that_leaves_a_doubt_does_not_freeze_the_ENI(Refusal refusal) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        node.Cloud.Faults = Denied("AssignPrivateIpAddresses", new Fault.Refuse(refusal, "NotNow"), times: 1);
        await node.StartAsync();
        await node.WaitAsync(3600);

        Assert.Equal(9, await node.ServeAsync(9));
    });

    [Fact]
    public void A_lost_reply_of_an_assign_costs_none_of_the_nodes_addresses() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 2));
        node.Cloud.Faults = Denied("AssignPrivateIpAddresses", new Fault.LoseReply(Applied: true), times: 1);
        await node.StartAsync();
        await node.WaitAsync(600);

        Assert.Equal(27, await node.ServeAsync(27));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Addresses_of_an_unassign_without_reply_are_gone_or_serve_again_as_IMDS_shows(bool applied) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        node.Cloud.Faults = Denied("UnassignPrivateIpAddresses", new Fault.LoseReply(applied), times: 100);
        var keys = await StartWithPodsAsync(node, 6);
        foreach (var key in keys)
            await node.DelAsync(key);
        for (var i = 0; i < 3600 && node.Cloud.Count("UnassignPrivateIpAddresses") == 0; i++)
            await node.WaitAsync(1);
        node.Cloud.Faults = Denied("UnassignPrivateIpAddresses", new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation"), times: int.MaxValue);
        await node.WaitAsync(600);

        Assert.Equal(node.Cloud.Enis.Values.Single().Blocks.Count, node.Engine.Counters.Total);
        Assert.Equal(9, await node.ServeAsync(9));
    });

    [Fact]
    public void An_unassign_that_loses_one_reply_after_another_freezes_nothing() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        node.Cloud.Faults = Denied("UnassignPrivateIpAddresses", new Fault.LoseReply(Applied: true), times: 8);
        var keys = await StartWithPodsAsync(node, 6);
        foreach (var key in keys)
            await node.DelAsync(key);
        await node.WaitAsync(3600);

        Assert.Equal(9, await node.ServeAsync(9));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_detach_without_reply_is_carried_through_and_the_ENI_is_deleted(bool applied) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        await LoseDetachAsync(node, applied);
        if (applied)
            node.Host.Unplug(new EniId($"eni-{2:x17}"));
        node.Cloud.Faults = _describeDenied;
        await node.WaitAsync(900);

        Assert.Single(node.Cloud.Enis);
        Assert.Equal(18, await node.ServeAsync(18));
    });

    [Fact]
    public void An_ENI_whose_link_is_there_is_not_given_up_because_IMDS_lacks_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        var still = await LoseDetachAsync(node, applied: false);
        node.Cloud.NotInImds.Add(still.Id);
        node.Cloud.Faults = _describeDenied;
        await node.WaitAsync(900);
        node.Cloud.NotInImds.Clear();
        await node.WaitAsync(900);

        Assert.Equal(18, await node.ServeAsync(18));
    });

    [Theory]
    [InlineData(Refusal.Denied)]
    [InlineData(Refusal.Throttled)]
    public void After_a_restart_amid_a_detach_no_pod_waits_for_that_ENI_before_EC2_tells(Refusal look) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        await LoseDetachAsync(node, applied: false);
        node.Kill();
        node.Cloud.Faults = Faults("", new Fault.NeverReply(), times: 0, look);
        await node.StartAsync();
        await node.WaitAsync(5);

        // Nine on the primary ENI, the others on one that is made for them.
        await node.AddPodsAsync(12);
    });

    [Fact]
    public void What_we_detached_is_deleted_also_when_EC2_called_it_detaching_before_it_might_not_be_asked() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        await LoseDetachAsync(node, applied: false);
        var nic = node.Cloud.Enis.Values.Last();
        nic.Attachment = nic.Attachment! with { Status = "detaching" };
        node.Cloud.Faults = static _ => null;
        while ((await node.Engine.ViewAsync(CancellationToken.None)).Enis.All(static eni => eni.Doubt != "detaching"))
            await node.WaitAsync(1);
        node.Cloud.Faults = _describeDenied;
        nic.Attachment = null;
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(1800);

        Assert.Single(node.Cloud.Enis);
    });

    [Theory]
    [InlineData(5)]
    [InlineData(60)]
    [InlineData(300)]
    public void An_ENI_that_EC2_once_called_detaching_is_used_again_when_IMDS_and_the_kernel_have_had_it_for_an_hour(int interval) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2));
        node.Options = node.Options with
        {
            ReconcileEvery = TimeSpan.FromSeconds(interval),
            Upkeep = new Upkeep("i-1") { Every = TimeSpan.FromSeconds(interval * 5), Tags = node.Cloud.LastingTags },
        };
        await node.StartAsync();
        await node.WaitAsync(120);
        var nic = node.Cloud.Enis.Values.Last();
        nic.Attachment = nic.Attachment! with { Status = "detaching" };
        while ((await node.Engine.ViewAsync(CancellationToken.None)).Enis.All(static eni => eni.Doubt != "detaching"))
            await node.WaitAsync(1);
        node.Cloud.Faults = _describeDenied;
        await node.WaitAsync(3000);
        Assert.Equal(9, await node.ServeAsync(10, tries: 1));

        nic.Attachment = nic.Attachment! with { Status = "attached" };
        await node.WaitAsync(2400);
        Assert.Equal(9, await node.ServeAsync(9));
    });

    [Fact]
    public void No_pod_comes_on_a_detached_ENI_that_IMDS_lists_for_hours() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        var ghost = await LoseDetachAsync(node, applied: true);
        node.Host.Unplug(ghost.Id);
        node.Cloud.Ghosts.Add(ghost);
        node.Cloud.Faults = _describeDenied;
        await node.WaitAsync(7200);

        // Which of the two is right nobody tells.
        Assert.Equal(9, await node.ServeAsync(10));
        node.Cloud.Ghosts.Clear();
        await node.WaitAsync(300);
        Assert.Equal(9, await node.ServeAsync(9));
    });

    [Fact]
    public void A_restart_amid_a_detach_costs_no_ENI() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        await LoseDetachAsync(node, applied: false);
        node.Kill();
        node.Cloud.Faults = _describeDenied;
        await node.StartAsync();
        await node.WaitAsync(600);

        Assert.Equal(18, await node.ServeAsync(18));
    });

    // IMDS is believed at first, and then the link does not come.
    [Theory]
    [InlineData(30)]
    [InlineData(1800)]
    public void An_ENI_that_was_detached_amid_a_restart_leaves_its_slot_once_IMDS_does_not_list_it(int seconds) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        var ghost = await LoseDetachAsync(node, applied: true);
        node.Kill();
        node.Cloud.Ghosts.Add(ghost);
        node.Cloud.Faults = _describeDenied;
        var primary = node.Cloud.Attached().Single(static known => known.Role == EniRole.Primary);
        await node.StartAsync([primary, KnownEnis.From(ghost, EniRole.Secondary)]);
        await node.WaitAsync(seconds);
        node.Cloud.Ghosts.Clear();
        await node.WaitAsync(600);

        Assert.Equal(18, await node.ServeAsync(18));
    });

    [Fact]
    public void An_address_that_IMDS_lacks_for_a_while_keeps_no_pod_from_another_one() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        node.Cloud.Faults = _describeDenied;
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(3);
        await node.WaitAsync(120);
        var primary = node.Cloud.Enis.Values.Single();
        // Each is a question, and the pauses between them grow to 10 minutes.
        for (var gaps = 0; gaps < 8; gaps++)
        {
            node.Cloud.StaleBlocks = [.. primary.Blocks.Skip(1)];
            await node.WaitAsync(90);
            node.Cloud.StaleBlocks = null;
            await node.WaitAsync(90);
        }

        node.Cloud.StaleBlocks = [.. primary.Blocks.Skip(1)];
        await node.WaitAsync(65);

        await node.AddPodsAsync(6);
    });

    [Fact]
    public void An_ENI_that_nobody_has_described_is_never_filled_also_after_IMDS_lacked_it_and_a_restart() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        node.Cloud.Faults = _describeDenied;
        var his = Somebodys();
        node.Cloud.Enis.Add(his.Id, his);
        // Its link never comes.
        node.Host.Invisible = link => link.Id == his.Id;
        await node.StartAsync();
        await node.WaitAsync(300);
        node.Cloud.NotInImds.Add(his.Id);
        for (var i = 0; i < 600 && !(await node.Engine.ViewAsync(CancellationToken.None)).Enis.Any(static eni => eni.State == EniState.Detaching); i++)
            await node.WaitAsync(1);
        await node.AddPodsAsync(1);
        node.Kill();
        node.Cloud.NotInImds.Clear();
        node.Host.Invisible = static _ => false;
        await node.StartAsync();
        await node.WaitAsync(120);

        Assert.Equal(8, await node.ServeAsync(12));
        Assert.DoesNotContain(node.Cloud.Calls, call => call.Action != "DescribeNetworkInterfaces" && call.Detail.Contains(his.Id.Value, StringComparison.Ordinal));
    });

    [Fact]
    public void An_ENI_that_was_made_before_a_restart_is_filled_after_it_also_when_no_pod_has_been_on_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 10, MaxEni: 2));
        node.Cloud.Faults = _describeDenied;
        await node.StartAsync();
        await node.WaitAsync(600);
        node.Kill();
        await node.StartAsync();
        await node.WaitAsync(120);

        Assert.Equal(18, await node.ServeAsync(18));
    });

    [Fact]
    public void An_idle_ENI_whose_link_was_reset_is_not_given_up_because_IMDS_lacks_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        node.Cloud.Faults = _describeDenied;
        var keys = await StartWithPodsAsync(node, 14);
        node.Kill();
        await node.StartAsync();
        await node.WaitAsync(120);
        foreach (var key in keys)
            await node.DelAsync(key);
        await node.WaitAsync(600);
        var second = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0).Id;
        node.Host.Unplug(second);
        await node.WaitAsync(3);
        node.Host.Plug(second);
        await node.WaitAsync(600);
        node.Cloud.NotInImds.Add(second);
        await node.WaitAsync(300);
        node.Cloud.NotInImds.Clear();
        await node.WaitAsync(7200);

        Assert.Equal(18, await node.ServeAsync(18));
    });

    [Fact]
    public void No_warm_address_goes_for_a_prefix_that_is_refused_beside_somebodys_ENI() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets { Prefixes = true, WarmPrefix = 1, MaxEni = 2 });
        node.Cloud.FreePrefixes = 0;
        node.Cloud.Faults = _describeDenied;
        var his = Somebodys();
        node.Cloud.Enis.Add(his.Id, his);
        await node.StartAsync();
        await node.WaitAsync(3600);
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(7200);

        Assert.DoesNotContain(node.Cloud.Calls.Skip(calls), static call => call.Action == "UnassignPrivateIpAddresses");
        Assert.Contains(node.Cloud.Calls.Skip(calls), static call => call.Detail.Contains("1 prefixes", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(Refusal.Throttled)]
    [InlineData(Refusal.Unavailable)]
    public void While_EC2_is_only_not_answering_IMDS_settles_nothing(Refusal refusal) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        node.Cloud.Faults = Faults("AssignPrivateIpAddresses", new Fault.LoseReply(Applied: false), times: 1, refusal);
        await node.StartAsync();
        await node.WaitAsync(3600);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal("assign: no reply", Assert.Single(view.Enis).Doubt);
    });

    private static async Task<IReadOnlyList<PodKey>> StartWithPodsAsync(Node node, int pods)
    {
        await node.StartAsync();
        await node.WaitAsync(5);
        var keys = await node.AddPodsAsync(pods);
        await node.WaitAsync(60);
        return keys;
    }

    private static Nic Somebodys() => new(new EniId("eni-5"), "02:00:00:00:05:05", IPAddress.Parse("10.0.5.5"), CloudInMemory.Subnet)
    {
        Attachment = new EniAttachment(new AttachmentId("eni-attach-5"), CloudInMemory.Instance, 0, 1, "attached", true),
    };

    private static Func<string, Fault?> Denied(string action, Fault fault, int times) => Faults(action, fault, times, Refusal.Denied);

    private static Func<string, Fault?> Faults(string action, Fault fault, int times, Refusal look) => called =>
        called == "DescribeNetworkInterfaces" ? new Fault.Refuse(look, "UnauthorizedOperation")
        : called == action && times-- > 0 ? fault : null;

    // Fourteen pods come and go: the second ENI is too much, and the replies to its detach are lost.
    private static async Task<ImdsEni> LoseDetachAsync(Node node, bool applied)
    {
        node.Cloud.Faults = Denied("DetachNetworkInterface", new Fault.LoseReply(applied), times: int.MaxValue);
        var keys = await StartWithPodsAsync(node, 14);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        var before = nic.ToImds();
        foreach (var key in keys)
            await node.DelAsync(key);
        for (var i = 0; i < 3600 && node.Cloud.Count("DetachNetworkInterface") == 0; i++)
            await node.WaitAsync(1);
        // Longer than the call is repeated.
        await node.WaitAsync(45);
        return before;
    }
}
