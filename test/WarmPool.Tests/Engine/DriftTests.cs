using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>What others do to the node's ENIs while the daemon runs.</summary>
public class DriftTests
{
    [Fact]
    public void An_ENI_that_was_full_of_addresses_nobody_told_us_of_is_filled_to_its_type_s_limit_once_they_are_known() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(MinimumIp: 9, MaxEni: 1));
        node.Cloud.Faults = action =>
        {
            if (action != "AssignPrivateIpAddresses" || node.Cloud.Count(action) > 1)
                return null;
            node.Cloud.Enis.Values.Single().Blocks.AddRange([IPNetwork.Parse("10.0.200.1/32"), IPNetwork.Parse("10.0.200.2/32")]);
            return new Fault.Refuse(Refusal.AddressLimit, "PrivateIpAddressLimitExceeded");
        };
        await node.StartAsync();
        await node.WaitAsync(120);

        Assert.Equal(9, node.Engine.Counters.Total);
    });

    private static readonly WarmTargets _twelveWarm = new(WarmIp: 12, MinimumIp: 12);

    [Fact]
    public void An_ENI_that_somebody_detached_gives_no_addresses_and_another_takes_its_place() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        await node.StartAsync();
        await node.WaitAsync(120);
        var lost = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);

        node.Cloud.DetachByHand(lost);
        await node.WaitAsync(150);

        Assert.Equal((2, 12), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
        await node.AddPodsAsync(12);
        // Attached to nothing it would cost addresses for ever.
        Assert.DoesNotContain(lost.Id, node.Cloud.Enis.Keys);
        await node.WaitAsync(3600);
        Assert.Single(Told(node, $"{lost.Id} is not in IMDS"));
        Assert.Single(Told(node, $"{lost.Id} was detached by somebody else"));
    });

    [Fact]
    public void An_ENI_of_somebody_s_own_that_he_detached_is_forgotten_and_not_deleted() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        await node.StartAsync();
        await node.WaitAsync(120);
        var database = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        database.Description = "database-of-mine";

        node.Cloud.DetachByHand(database);
        await node.WaitAsync(600);

        Assert.Contains(database.Id, node.Cloud.Enis.Keys);
        Assert.Equal((2, 12), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
    });

    [Fact]
    public void Addresses_that_somebody_took_away_are_given_to_nobody() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 5, MinimumIp: 5));
        await node.StartAsync();
        await node.WaitAsync(120);

        node.Cloud.Enis.Values.Single().Blocks.Clear();
        await node.WaitAsync(150);

        Assert.Equal((5, 5), (node.Engine.Counters.Total, node.Engine.Counters.Free));
        await node.AddPodsAsync(5);
    });

    [Fact]
    public void An_address_that_IMDS_does_not_show_goes_to_no_pod_while_EC2_does_not_answer() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 6, 29), new WarmTargets(WarmIp: 5, MinimumIp: 5));
        await node.StartAsync();
        await node.WaitAsync(120);
        node.Cloud.Faults = static _ => new Fault.LoseReply(Applied: false);
        var nic = node.Cloud.Enis.Values.Single();
        nic.Blocks.RemoveRange(0, 3);
        await node.WaitAsync(900);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal(nic.Blocks.ToHashSet(), view.Enis.Single().Blocks.Where(static block => !block.Missing).Select(static block => block.Block).ToHashSet());
        Assert.Equal((5, 2), (node.Engine.Counters.Total, node.Engine.Counters.Free));
        await node.AddPodsAsync(2);
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(node.NewKey()));
        Assert.Contains("IMDS or EC2's list lacks 3", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(3, Told(node, "10.").Count);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(300);
        await node.AddPodsAsync(1);
        Assert.All(node.Told.Values, address => Assert.Contains(nic.Blocks, block => block.Contains(address)));
    });

    [Fact]
    public void An_address_that_IMDS_does_not_show_is_given_again_once_IMDS_does_or_EC2_says_that_it_is_there() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 5, MinimumIp: 5));
        await node.StartAsync();
        await node.WaitAsync(120);
        var down = true;
        node.Cloud.Faults = _ => down ? new Fault.LoseReply(Applied: false) : null;
        node.Cloud.StaleBlocks = [];
        await node.WaitAsync(120);
        Assert.Equal(0, node.Engine.Counters.Free);

        node.Cloud.StaleBlocks = null;
        await node.WaitAsync(120);
        Assert.Equal(5, node.Engine.Counters.Free);

        node.Cloud.StaleBlocks = [];
        await node.WaitAsync(120);
        Assert.Equal(0, node.Engine.Counters.Free);
        down = false;
        await node.WaitAsync(120);
        Assert.Equal(5, node.Engine.Counters.Free);
    });

    [Fact]
    public void A_pod_that_comes_while_EC2_is_asked_about_all_addresses_is_served_and_nothing_new_is_asked_for() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MinimumIp: 5));
        await node.StartAsync();
        await node.WaitAsync(120);
        var changes = Changes(node);
        node.Cloud.StaleBlocks = [];
        while (node.Engine.Counters.Free > 0)
            await node.WaitAsync(1);

        await node.AddPodsAsync(1);
        Assert.Equal((5, changes), (node.Engine.Counters.Total, Changes(node)));
    });

    [Fact]
    public void What_the_node_itself_gives_back_is_no_news_when_IMDS_does_not_show_it_any_more() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MinimumIp: 2));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(6);
        node.Cloud.Faults = static action => action switch
        {
            "UnassignPrivateIpAddresses" => new Fault.LoseReply(Applied: true),
            "DescribeNetworkInterfaces" => new Fault.LoseReply(Applied: false),
            _ => null,
        };
        foreach (var pod in pods)
            await node.DelAsync(pod);
        await node.WaitAsync(600);

        Assert.True(node.Cloud.Count("UnassignPrivateIpAddresses") > 0);
        Assert.Empty(Told(node, "10."));
    });

    [Theory]
    [InlineData("IMDS")]
    [InlineData("EC2")]
    public void An_address_that_somebody_took_away_is_found_out_on_an_ENI_that_gains_one_every_half_minute(string teller) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([1], 50, 250), new WarmTargets(WarmIp: 20, MinimumIp: 20));
        if (teller == "EC2")
            node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", Tags = node.Cloud.LastingTags } };
        await node.StartAsync();
        await node.WaitAsync(10);
        var nic = node.Cloud.Enis.Values.Single();
        var taken = nic.Blocks[^1];
        nic.Blocks.Remove(taken);
        for (var pod = 0; pod < 24; pod++)
        {
            if (teller == "EC2")
                node.Cloud.StaleBlocks = [taken, .. nic.Blocks];
            await node.AddPodsAsync(1);
            await node.WaitAsync(24);
        }

        Assert.DoesNotContain(taken.BaseAddress, node.Told.Values);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis.Single().Blocks, block => block.Block == taken);
    });

    [Fact]
    public void Pods_that_lose_their_network_to_somebody_else_are_counted_and_keep_their_address_from_others() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 2, MinimumIp: 5));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(2);
        var nic = node.Cloud.Enis.Values.Single();
        var taken = node.Told[pods[0]];

        nic.Blocks.RemoveAll(block => block.BaseAddress.Equals(taken));
        await node.WaitAsync(150);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal([taken], view.Pods.Single(pod => pod.Key == pods[0]).Unlisted);
        var cutOff = Assert.Single(node.Journal.OfType<PoolNotice.PodsCutOff>());
        Assert.Equal((0, 1), (cutOff.Enis, cutOff.Addresses));
        await node.AddPodsAsync(5);
    });

    [Fact]
    public void What_others_took_away_is_seen_while_pods_wait_without_end() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([2], 10, 29), new WarmTargets(WarmIp: 0, MinimumIp: 9));
        await node.StartAsync();
        var pods = await node.AddPodsAsync(9);
        await node.WaitAsync(60);
        node.Cloud.Faults = static action => action == "CreateNetworkInterface" ? new Fault.NeverReply() : null;
        var tired = false;
        var waiting = Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            while (!tired)
            {
                await node.AddAsync(node.NewKey());
                await node.WaitAsync(0.01);
            }
        }));
        await node.WaitAsync(5);
        var taken = node.Told[pods[0]];
        node.Cloud.Enis.Values.Single().Blocks.RemoveAll(block => block.BaseAddress.Equals(taken));
        await node.WaitAsync(180);

        Assert.Equal(3, node.Engine.Counters.Waiting);
        Assert.Equal(1, Assert.Single(node.Journal.OfType<PoolNotice.PodsCutOff>()).Addresses);
        tired = true;
        await waiting;
    });

    [Fact]
    public void What_only_IMDS_lacks_stays_in_use_and_EC2_is_asked_once() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 5, MinimumIp: 5));
        await node.StartAsync();
        await node.WaitAsync(120);
        var before = node.Cloud.Count("DescribeNetworkInterfaces");

        node.Cloud.StaleBlocks = [];
        await node.WaitAsync(1800);

        Assert.Equal(5, node.Engine.Counters.Free);
        Assert.Equal(2, node.Cloud.Count("DescribeNetworkInterfaces") - before);
        Assert.Equal(5, Told(node, "").Count);
        await node.AddPodsAsync(5);
    });

    [Fact]
    public void An_ENI_that_came_a_moment_ago_and_that_IMDS_does_not_list_yet_gives_its_addresses_and_nobody_is_asked_or_told() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(40);
        var before = node.Cloud.Enis.Keys.ToHashSet();
        // The look of each minute falls between the attach and IMDS's news of it.
        await node.AddPodsAsync(10);
        await node.WaitAsync(5);
        var late = node.Cloud.Enis.Keys.Except(before).ToList();
        node.Cloud.NotInImds.UnionWith(late);
        var asked = node.Cloud.Count("DescribeNetworkInterfaces");
        await node.WaitAsync(40);
        node.Cloud.NotInImds.Clear();
        await node.WaitAsync(120);

        Assert.NotEmpty(late);
        Assert.DoesNotContain(Told(node, ""), static line => line.Contains("IMDS", StringComparison.Ordinal));
        Assert.Equal(asked, node.Cloud.Count("DescribeNetworkInterfaces"));
    });

    [Fact]
    public void The_primary_ENI_stays_even_if_nobody_lists_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 5, MinimumIp: 5));
        await node.StartAsync();
        await node.WaitAsync(120);
        var primary = node.Cloud.Enis.Values.Single();

        node.Cloud.Enis.Remove(primary.Id);
        await node.WaitAsync(300);
        Assert.Equal((1, 5), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
        node.Cloud.Enis[primary.Id] = primary;

        await node.AddPodsAsync(5);
    });

    [Fact]
    public void An_ENI_that_somebody_detached_and_deleted_is_forgotten_by_the_host_before_its_index_is_used_again() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 5, 20), new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(7);
        await node.WaitAsync(120);
        var eni = node.Cloud.Enis.Values.Last();
        var index = eni.Attachment!.DeviceIndex;

        node.Host.Unplug(eni.Id);
        node.Cloud.DetachByHand(eni);
        node.Cloud.Enis.Remove(eni.Id);
        node.Cloud.Ghosts.Add(eni.ToImds() with { DeviceIndex = index });
        await node.WaitAsync(600);

        Assert.Equal([eni.Id], node.Host.Forgotten);
        // IMDS still lists it: it is not taken for a new one.
        Assert.DoesNotContain((await node.Engine.ViewAsync(CancellationToken.None)).Enis, row => row.Id == eni.Id);
        Assert.DoesNotContain(node.Cloud.Calls, call => call.Action == "DeleteNetworkInterface" && call.Detail.Contains(eni.Id.Value, StringComparison.Ordinal));
        await node.AddPodsAsync(1);
    });

    [Fact]
    public void While_pods_live_that_lost_their_ENI_the_kernel_is_looked_at_ever_less_often() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 5, 20), new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(7);
        await node.WaitAsync(120);
        var eni = node.Cloud.Enis.Values.Last();
        node.Cloud.DetachByHand(eni);
        node.Cloud.Enis.Remove(eni.Id);
        await node.WaitAsync(1200);

        var looks = node.Host.Looks;
        await node.WaitAsync(3600);
        Assert.InRange(node.Host.Looks - looks, 50, 70);
    });

    [Fact]
    public void An_ENI_that_was_moved_to_another_instance_is_left_there() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: _twelveWarm);
        await node.StartAsync();
        await node.WaitAsync(120);
        var moved = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);

        node.Cloud.DetachByHand(moved);
        moved.Attachment = new EniAttachment(new AttachmentId("eni-attach-there"), "i-other", 0, 1, "attached", false);
        node.Cloud.NotInImds.Add(moved.Id);
        await node.WaitAsync(600);

        Assert.Equal("i-other", moved.Attachment?.InstanceId);
        Assert.Equal((2, 12), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis, eni => eni.Id == moved.Id);
    });

    [Fact]
    public void While_IMDS_shows_one_ENI_by_half_the_others_are_looked_at() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3, MinimumIp: 3) { SurplusDelay = TimeSpan.FromHours(1) });
        await node.StartAsync();
        await node.WaitAsync(10);
        node.Cloud.Unreadable.Add("02:00:00:00:00:ff");

        node.Cloud.Enis.Values.Single().Blocks.Add(IPNetwork.Parse("10.0.200.1/32"));
        await node.WaitAsync(130);

        Assert.Equal(4, node.Engine.Counters.Total);
    });

    [Fact]
    public void An_ENI_of_others_that_IMDS_shows_by_half_keeps_its_slot() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        node.Cloud.AddPrimary();
        var other = node.Cloud.Enis.Values.Last();
        other.Attachment = other.Attachment! with { Id = new AttachmentId("eni-attach-other"), DeviceIndex = 1 };
        await node.WaitAsync(70);
        Assert.Single(node.Journal.OfType<PoolNotice.EniAppeared>());

        node.Cloud.Unreadable.Add(other.Mac);
        await node.WaitAsync(130);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Contains(view.Enis, eni => eni.Id == other.Id);

        node.Cloud.Unreadable.Clear();
        // IMDS forgets for a moment what is there, and a slot that was taken for free would be asked for in vain.
        node.Cloud.NotInImds.Add(other.Id);
        await node.WaitAsync(110);
        view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Contains(view.Enis, eni => eni.Id == other.Id);
        await node.WaitAsync(80);
        view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis, eni => eni.Id == other.Id);
    });

    [Fact]
    public void A_pod_of_the_original_s_whose_route_is_gone_keeps_its_address_while_its_veth_is_there() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Options = node.Options with { HostVethOf = static (key, name) => $"veth-of-{name.Name}" };
        await node.StartAsync();
        var pods = await node.AddPodsAsync(2);

        node.Host.Pods.Clear();
        node.Host.Pods.Add(new PodLink(null, $"veth-of-{pods[0].ContainerId}", []));
        await node.WaitAsync(600);

        Assert.Equal(pods[1], Assert.Single(node.Journal.OfType<PoolNotice.Swept>()).Key);
    });

    [Fact]
    public void A_sandbox_without_a_DEL_loses_its_address_although_the_next_one_of_the_same_pod_has_the_veth_s_name() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Options = node.Options with { HostVethOf = static (_, name) => $"veth-of-{name.Name}" };
        await node.StartAsync();
        var pod = new PodName("default", "db-0");
        var (first, second) = (node.NewKey(), node.NewKey());
        await node.AddAsync(first, pod);
        await node.AddAsync(second, pod);
        node.Host.Pods.Clear();
        node.Host.Pods.Add(new PodLink(second, "veth-of-db-0", [node.Told[second]]));
        await node.WaitAsync(600);

        Assert.Equal(first, Assert.Single(node.Journal.OfType<PoolNotice.Swept>()).Key);
        Assert.Equal(1, node.Engine.Counters.Assigned);
    });

    [Fact]
    public void A_sandbox_that_asks_again_has_its_two_minutes_again() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var key = node.NewKey();
        await node.AddAsync(key);
        node.Host.Pods.Clear();
        await node.WaitAsync(170);

        await node.AddAsync(key);
        await node.WaitAsync(100);
        Assert.Equal(1, node.Engine.Counters.Assigned);
        await node.WaitAsync(150);

        Assert.Equal(0, node.Engine.Counters.Assigned);
    });

    private static int Changes(Node node) => node.Cloud.Calls.Count(static call => !call.Action.StartsWith("Describe", StringComparison.Ordinal));

    private static List<string> Told(Node node, string begins) =>
        [.. node.Journal.OfType<PoolNotice.Drift>().Select(static drift => drift.What).Where(what => what.StartsWith(begins, StringComparison.Ordinal))];
}
