using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>Links that vanish under ENIs in use: taken away by hand, or a driver's reset.</summary>
public class LinkTests
{
    private const string NoManage = "node.k8s.amazonaws.com/no_manage";

    private static readonly WarmTargets _twelveWarm = new(WarmIp: 12, MinimumIp: 12);

    [Fact]
    public void An_ENI_that_is_taken_away_while_EC2_is_away_gives_no_address_from_the_moment_its_link_vanishes() => World.Run(1, async world =>
    {
        var (node, nic) = await WithTwoAsync(world);
        var pod = await OnAsync(node, nic);
        node.Cloud.Faults = static _ => new Fault.NeverReply();

        node.Cloud.DetachByHand(nic);
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(0.1);

        // The node's book fails on an address of an ENI that is not routed.
        var replies = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => node.AddAsync(out var _)));
        Assert.Contains(replies, static reply => reply is AddReply.Refused);
        Assert.Contains(replies, static reply => reply is AddReply.Assigned);
        Assert.Contains("1 pods on it have no network", Assert.Single(Told(node, "the link of")), StringComparison.Ordinal);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(180);
        Assert.Single(Told(node, $"{nic.Id} was detached by somebody else; 1 pods on it have lost their network"));
        Assert.DoesNotContain(nic.Id, node.Cloud.Enis.Keys);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Single(view.Pods.Single(row => row.Key == pod).Unlisted);
        await node.AddPodsAsync(4);
    });

    [Fact]
    public void EC2_settles_within_seconds_what_became_of_an_ENI_whose_link_vanished() => World.Run(1, async world =>
    {
        var (node, nic) = await WithTwoAsync(world);
        node.Cloud.DetachByHand(nic);
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(9);

        Assert.Single(Told(node, $"{nic.Id} was detached by somebody else"));
    });

    [Fact]
    public void IMDS_settles_it_as_well_while_EC2_is_away_and_the_slot_is_free_again() => World.Run(1, async world =>
    {
        var (node, nic) = await WithTwoAsync(world);
        node.Cloud.Faults = static _ => new Fault.NeverReply();

        nic.Attachment = null;
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(30);

        Assert.Single(Told(node, $"{nic.Id} is not attached any more: its link vanished, and IMDS does not list it"));
        Assert.DoesNotContain((await node.Engine.ViewAsync(CancellationToken.None)).Enis, eni => eni.Id == nic.Id);
    });

    [Fact]
    public void IMDS_that_lags_is_asked_again_within_seconds_while_a_link_is_gone() => World.Run(1, async world =>
    {
        var (node, nic) = await WithTwoAsync(world);
        node.Cloud.Faults = static _ => new Fault.NeverReply();

        node.Host.Unplug(nic.Id);
        await node.WaitAsync(4);
        nic.Attachment = null;
        await node.WaitAsync(12);

        Assert.Single(Told(node, $"{nic.Id} is not attached any more: its link vanished, and IMDS does not list it"));
    });

    [Fact]
    public void A_driver_that_is_reset_before_IMDS_lists_its_ENI_costs_no_ENI() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm with { MaxEni = 2 });
        node.Cloud.Faults = action =>
        {
            if (action == "AttachNetworkInterface")
                node.Cloud.NotInImds.Add(node.Cloud.Enis.Values.Last().Id);
            return null;
        };
        await node.StartAsync();
        while (node.Host.Routed.Count < 2)
            await node.WaitAsync(0.1);
        var nic = node.Cloud.Enis.Values.Last();
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(20);
        node.Cloud.NotInImds.Clear();
        node.Host.Plug(nic.Id);
        await node.WaitAsync(20);

        Assert.Contains(nic.Id, node.Host.Routed);
        Assert.Equal((2, 2), (node.Cloud.Enis.Count, node.Engine.Counters.Enis));
    });

    [Fact]
    public void A_link_that_comes_back_makes_its_ENI_good_again_also_while_EC2_is_away() => World.Run(1, async world =>
    {
        var (node, nic) = await WithTwoAsync(world);
        node.Cloud.Faults = static _ => new Fault.NeverReply();

        node.Host.Unplug(nic.Id);
        await node.WaitAsync(3);
        Assert.Equal(9, node.Engine.Counters.Free);
        node.Host.Plug(nic.Id);
        await node.WaitAsync(3);

        Assert.Equal(12, node.Engine.Counters.Free);
        await node.AddPodsAsync(12);
    });

    [Theory]
    [InlineData(Refusal.Denied, 3)]
    [InlineData(Refusal.Unavailable, 60)]
    public void After_a_flap_an_ENI_grows_again_although_EC2_does_not_tell_of_it(Refusal refusal, int later) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 10, 40), new WarmTargets(WarmIp: 1));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", Tags = node.Cloud.LastingTags } };
        node.Cloud.Faults = action => action == "DescribeNetworkInterfaces" ? new Fault.Refuse(refusal, "NotToday") : null;
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(11);
        await node.WaitAsync(60);
        var second = node.Cloud.Enis.Values.Last().Id;
        node.Host.Unplug(second);
        await node.WaitAsync(3);
        node.Host.Plug(second);
        await node.WaitAsync(later);

        await node.AddPodsAsync(5);
    });

    [Fact]
    public void An_ENI_whose_link_vanishes_as_it_is_routed_gives_no_address_before_it_is_back() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        await node.StartAsync();
        await node.WaitAsync(5);
        node.Cloud.Faults = action =>
        {
            if (action == "AttachNetworkInterface")
                node.Host.VanishAsTheyAreRouted.Add(node.Cloud.Enis.Values.Last().Id);
            return action == "DescribeNetworkInterfaces" ? new Fault.NeverReply() : null;
        };
        await node.AddPodsAsync(9);

        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        node.Host.Plug(node.Cloud.Enis.Values.Last().Id);
        await node.WaitAsync(3);
        await node.AddPodsAsync(1);
    });

    [Fact]
    public void A_flap_costs_neither_an_ENI_nor_an_address() => World.Run(1, async world =>
    {
        var (node, nic) = await WithTwoAsync(world);
        var before = node.Cloud.Calls.Count(static call => call.Action != "DescribeNetworkInterfaces");

        for (var i = 0; i < 5; i++)
        {
            node.Host.Unplug(nic.Id);
            await node.WaitAsync(0.2);
            node.Host.Plug(nic.Id);
            await node.WaitAsync(30);
        }

        Assert.Equal((2, 12, 12), (node.Engine.Counters.Enis, node.Engine.Counters.Total, node.Engine.Counters.Free));
        Assert.Equal(before, node.Cloud.Calls.Count(static call => call.Action != "DescribeNetworkInterfaces"));
    });

    [Fact]
    public void An_ENI_that_EC2_calls_attached_waits_for_its_link_and_serves_when_it_is_back() => World.Run(1, async world =>
    {
        var (node, nic) = await WithTwoAsync(world);
        await OnAsync(node, nic);

        node.Host.Unplug(nic.Id);
        await node.WaitAsync(200);
        Assert.Contains(nic.Id, node.Cloud.Enis.Keys);
        node.Host.Plug(nic.Id);
        await node.WaitAsync(70);

        Assert.Contains((await node.Engine.ViewAsync(CancellationToken.None)).Enis, eni => eni.Id == nic.Id && eni.State == EniState.Routed);
    });

    [Fact]
    public void An_ENI_whose_link_was_away_while_it_was_tagged_no_manage_is_routed_before_it_serves_again() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        await node.StartAsync();
        await node.WaitAsync(120);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        nic.Tags[NoManage] = "true";
        await node.WaitAsync(900);
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(3);
        node.Host.Plug(nic.Id);
        await node.WaitAsync(900);
        nic.Tags.Remove(NoManage);
        await node.WaitAsync(900);

        Assert.Contains(nic.Id, node.Host.Routed);
        await node.AddPodsAsync(12);
    });

    [Fact]
    public void Pods_on_an_ENI_that_is_tagged_no_manage_have_their_network_again_after_its_link_was_reset() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 2));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(12);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        nic.Tags[NoManage] = "true";
        await node.WaitAsync(900);
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(3);
        Assert.DoesNotContain(nic.Id, node.Host.Routed);
        node.Host.Plug(nic.Id);
        await node.WaitAsync(30);

        Assert.Contains(nic.Id, node.Host.Routed);
        Assert.NotNull(nic.Attachment);
    });

    [Fact]
    public void An_ENI_whose_link_never_came_is_not_routed_by_a_tag_that_comes_and_goes() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        node.Cloud.Faults = static action => action == "DetachNetworkInterface" ? new Fault.Refuse(Refusal.Other, "InternalError") : null;
        node.Host.Invisible = static link => !link.IsPrimary;
        await node.StartAsync();
        await node.WaitAsync(600);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        nic.Tags[NoManage] = "true";
        await node.WaitAsync(900);
        nic.Tags.Remove(NoManage);
        await node.WaitAsync(900);

        for (var i = 0; i < 9; i++)
            await node.AddAsync(out _);
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_pod_comes_on_an_ENI_that_somebody_detaches_and_whose_link_EC2_leaves_for_hours(int failures) => World.Run(1, async world =>
    {
        var (node, nic) = await WithDetachingAsync(world);

        Assert.Single(Told(node, $"{nic.Id} is being detached by somebody else"));
        Assert.Equal(9, await node.ServeAsync(9, tries: 1));
        var asked = world.Now;
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Equal(asked, world.Now);
        Assert.Contains($"{nic.Id} is being detached, and another ENI can take its place only when it is gone", refused.Reason, StringComparison.Ordinal);

        // EC2 has failed to detach it: it is used again, also when the host fails at first.
        node.Host.FailsToRoute = link => link.Id == nic.Id && failures-- > 0;
        nic.Attachment = nic.Attachment! with { Status = "attached" };
        await node.WaitAsync(600);
        Assert.Contains(nic.Id, node.Cloud.Enis.Keys);
        await node.AddPodsAsync(9);
    });

    [Fact]
    public void No_pod_comes_on_an_ENI_that_EC2_called_detaching_when_it_may_not_be_asked_any_more() => World.Run(1, async world =>
    {
        var (node, _) = await WithDetachingAsync(world);
        node.Cloud.Faults = static action => action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.WaitAsync(1800);

        // The node's book fails on an address of an ENI that is not attached.
        Assert.Equal(9, await node.ServeAsync(10, tries: 1));
    });

    // Its link is there all the time.
    private static async Task<(Node Node, Nic Detaching)> WithDetachingAsync(World world)
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        await node.StartAsync();
        await node.WaitAsync(120);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        nic.Attachment = nic.Attachment! with { Status = "detaching" };
        await node.WaitAsync(1200);
        return (node, nic);
    }

    private static async Task<(Node Node, Nic Secondary)> WithTwoAsync(World world)
    {
        var node = new Node(world, targets: _twelveWarm);
        await node.StartAsync();
        // A look at IMDS has just been: nobody but the host notices in the next minute.
        await node.WaitAsync(130);
        return (node, node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0));
    }

    // Pods fill the primary ENI first: one beyond them is on the other.
    private static async Task<PodKey> OnAsync(Node node, Nic nic)
    {
        var pods = await node.AddPodsAsync(10);
        foreach (var pod in pods.SkipLast(1))
            await node.DelAsync(pod);
        await node.WaitAsync(40);
        Assert.Contains(nic.Blocks, block => block.Contains(node.Told[pods[^1]]));
        return pods[^1];
    }

    private static List<string> Told(Node node, string begins) =>
        [.. node.Journal.OfType<PoolNotice.Drift>().Select(static drift => drift.What).Where(what => what.StartsWith(begins, StringComparison.Ordinal))];
}
