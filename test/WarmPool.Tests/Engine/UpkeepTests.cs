using System.Globalization;
using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>The slow clock: drift, security groups, tags, leftovers.</summary>
public class UpkeepTests
{
    private static readonly WarmTargets _twelveWarm = new(WarmIp: 12);

    [Fact]
    public void Security_groups_follow_the_primary_ENI_s_and_are_not_rewritten() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        await node.WaitAsync(1200);
        var secondary = node.Cloud.Enis.Values.Last();
        Assert.DoesNotContain(node.Cloud.Calls, static call => call.Detail.EndsWith("groups", StringComparison.Ordinal));

        node.Cloud.PrimaryGroups = ["sg-2", "sg-3"];
        await node.WaitAsync(130);

        Assert.Equal(["sg-2", "sg-3"], secondary.Groups);
        secondary.Groups = ["sg-by-hand"];
        await node.WaitAsync(400);
        Assert.Equal(["sg-2", "sg-3"], secondary.Groups);
        Assert.Equal(2, node.Cloud.Calls.Count(static call => call.Detail.EndsWith("groups", StringComparison.Ordinal)));
    });

    [Fact]
    public void Groups_that_change_right_after_a_restart_without_EC2_are_followed_within_two_minutes() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        await node.WaitAsync(60);
        node.Kill();
        // IMDS does not tell the groups of the other ENIs.
        await node.StartAsync();
        node.Cloud.PrimaryGroups = ["sg-2"];
        await node.WaitAsync(120);

        Assert.Equal(["sg-2"], node.Cloud.Enis.Values.Last().Groups);
    });

    [Fact]
    public void Groups_that_may_not_be_set_are_tried_ever_less_and_pods_are_served() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        await node.WaitAsync(60);
        node.Cloud.Faults = static action =>
            action == "ModifyNetworkInterfaceAttribute" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        node.Cloud.PrimaryGroups = ["sg-2"];
        await node.WaitAsync(3600);

        Assert.InRange(node.Cloud.Calls.Count(static call => call.Detail.EndsWith("groups", StringComparison.Ordinal)), 3, 14);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Contains(view.Holds, static hold => hold.Text.Contains("ec2:ModifyNetworkInterfaceAttribute", StringComparison.Ordinal));
        await node.AddPodsAsync(3);
    });

    [Fact]
    public void A_quiet_node_asks_EC2_about_its_ENIs_every_five_minutes() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        await node.WaitAsync(600);
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(3600);

        var asked = node.Cloud.Calls.Skip(calls).ToList();
        Assert.InRange(asked.Count(static call => call.Detail == "own"), 10, 16);
        Assert.InRange(asked.Count, 10, 22);
    });

    [Fact]
    public void Nodes_that_start_together_do_not_look_for_leftovers_together()
    {
        var first = new List<double>();
        for (var seed = 1; seed <= 8; seed++)
        {
            World.Run(seed, async world =>
            {
                var node = Tended(world);
                await node.StartAsync();
                var began = world.Now;
                await node.WaitAsync(3700);
                first.Add((node.Cloud.Calls.First(static call => call.Detail == "unattached").At - began).TotalMinutes);
            });
        }

        Assert.True(first.Max() - first.Min() > 20, string.Join(' ', first));
    }

    [Fact]
    public void Many_leftovers_are_told_of_once_each_and_deleted() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { Upkeep = node.Options.Upkeep! with { LeaksEvery = TimeSpan.FromSeconds(200) } };
        await node.StartAsync();
        for (var i = 0; i < 300; i++)
        {
            var left = new Nic(new EniId($"eni-f{i:x16}"), $"02:00:00:01:{i / 256:x2}:{i % 256:x2}", IPAddress.Parse("10.0.200.1"), CloudInMemory.Subnet) { Description = "aws-K8S-i-2" };
            left.Tags["node.k8s.amazonaws.com/instance_id"] = "i-2";
            left.Tags["cluster.k8s.amazonaws.com/name"] = "a";
            left.Tags["node.k8s.amazonaws.com/createdAt"] = (world.Wall - TimeSpan.FromDays(1)).ToString("o", CultureInfo.InvariantCulture);
            node.Cloud.OfOthers.Add(left);
        }

        await node.WaitAsync(3600);

        Assert.Empty(node.Cloud.OfOthers);
        var told = node.Journal.OfType<PoolNotice.Drift>().Select(static drift => drift.What).Where(static what => what.StartsWith("eni-f", StringComparison.Ordinal)).ToList();
        Assert.Equal(300, told.Count(static what => what.EndsWith("; it is deleted", StringComparison.Ordinal)));
        Assert.Equal(300, told.Count(static what => what.EndsWith(", is deleted", StringComparison.Ordinal)));
    });

    [Fact]
    public void An_ENI_that_EC2_made_and_whose_reply_is_lost_is_no_leftover_while_its_creation_is_repeated() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { Upkeep = node.Options.Upkeep! with { Every = TimeSpan.FromMinutes(1) } };
        var attempt = 0;
        node.Cloud.Faults = action => action != "CreateNetworkInterface" || attempt < 0 ? null
            : attempt++ == 0 ? new Fault.LoseReply(Applied: true) : new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded");
        await node.StartAsync();
        await node.WaitAsync(1200);
        Assert.Equal((2, 0), (node.Cloud.Enis.Count, node.Cloud.Count("DeleteNetworkInterface")));

        attempt = -1;
        await node.WaitAsync(200);
        Assert.Equal((2, 0, 12), (node.Cloud.Enis.Count, node.Cloud.Count("DeleteNetworkInterface"), node.Engine.Counters.Free));
    });

    [Fact]
    public void A_listing_that_lags_behind_our_own_change_is_no_reason_to_doubt() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { Upkeep = node.Options.Upkeep! with { Every = TimeSpan.FromSeconds(8) } };
        var known = new Dictionary<EniId, (TimeSpan Since, IReadOnlyList<IPNetwork> Shown, IReadOnlyList<IPNetwork> Now)>();
        // EC2 lists what an ENI had 20 s ago.
        node.Cloud.Lists = nic =>
        {
            var blocks = nic.Blocks.ToList();
            if (!known.TryGetValue(nic.Id, out var last))
                known[nic.Id] = last = (world.Now, blocks, blocks);
            if (!last.Now.SequenceEqual(blocks))
                known[nic.Id] = last = (world.Now, last.Now, blocks);
            return nic.Describe() with { Blocks = world.Now - last.Since < TimeSpan.FromSeconds(20) ? last.Shown : blocks };
        };
        await node.StartAsync();
        await node.WaitAsync(120);
        await node.AddPodsAsync(3);
        await node.WaitAsync(120);

        Assert.DoesNotContain(node.Cloud.Calls, static call => call.Action == "DescribeNetworkInterfaces" && call.Detail is not ("own" or "unattached"));
    });

    [Fact]
    public void Lost_tags_are_restored() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        await node.WaitAsync(60);
        var secondary = node.Cloud.Enis.Values.Last();
        secondary.Tags.Clear();
        await node.WaitAsync(400);

        Assert.Equal("i-1", secondary.Tags["node.k8s.amazonaws.com/instance_id"]);
        Assert.Equal(1, node.Cloud.Count("CreateTags"));
    });

    [Fact]
    public void An_address_removed_by_hand_is_noticed_in_EC2_and_its_pod_keeps_it_from_others() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        var pod = (await node.AddPodsAsync(1))[0];
        await node.WaitAsync(60);
        var address = node.Told[pod];
        node.Cloud.StaleBlocks = [.. node.Cloud.Enis.Values.First().Blocks];
        node.Cloud.Enis.Values.First().Blocks.RemoveAll(block => block.BaseAddress.Equals(address));
        await node.WaitAsync(420);

        Assert.Contains(node.Journal, notice => notice is PoolNotice.Drift { What: var what }
            && what.StartsWith($"{address}/32 is not on", StringComparison.Ordinal) && what.Contains("keeps it from others", StringComparison.Ordinal));
        node.Cloud.StaleBlocks = null;
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal([address], view.Pods.Single().Unlisted);
        await node.AddPodsAsync(20);
    });

    [Fact]
    public void An_ENI_detached_by_hand_is_dropped_after_EC2_said_so_twice_and_replaced() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        await node.WaitAsync(60);
        node.Cloud.Enis.Values.Last().Attachment = null;
        await node.WaitAsync(500);

        Assert.Contains(node.Journal, static notice => notice is PoolNotice.Drift { What: var what } && what.Contains("detached by somebody else", StringComparison.Ordinal));
        Assert.Equal(12, node.Engine.Counters.Free);
        // What was detached is older than five minutes by then, this node's, and attached to nothing.
        await node.WaitAsync(900);
        Assert.Equal(2, node.Cloud.Enis.Count);
    });

    [Fact]
    public void An_ENI_tagged_no_manage_while_in_use_keeps_its_pods_and_is_left_as_it_is() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(12);
        await node.WaitAsync(60);
        var secondary = node.Cloud.Enis.Values.Last();
        secondary.Tags["node.k8s.amazonaws.com/no_manage"] = "true";
        var blocks = secondary.Blocks.Count;
        await node.WaitAsync(400);
        foreach (var pod in pods)
            await node.DelAsync(pod);
        await node.WaitAsync(900);

        Assert.NotNull(secondary.Attachment);
        Assert.Equal(blocks, secondary.Blocks.Count);
        var added = await node.AddPodsAsync(9);
        Assert.All(added, pod => Assert.DoesNotContain(secondary.Blocks, block => block.BaseAddress.Equals(node.Told[pod])));
    });

    [Fact]
    public void An_ENI_that_is_gone_when_its_groups_are_to_be_set_gives_no_more_addresses_soon() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Cloud.PrimaryGroups = ["sg-1"];
        await node.StartAsync();
        await node.WaitAsync(320);
        var secondary = node.Cloud.Enis.Values.Last();
        node.Cloud.Enis.Remove(secondary.Id);
        node.Cloud.NotInImds.Add(secondary.Id);
        node.Cloud.PrimaryGroups = ["sg-2"];
        node.Cloud.Faults = static action => action == "ModifyNetworkInterfaceAttribute" ? new Fault.Refuse(Refusal.NotFound, "InvalidNetworkInterfaceID.NotFound") : null;
        await node.WaitAsync(120);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis, eni => eni.Id == secondary.Id);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_crash_between_create_and_attach_the_ENI_is_found_and_used_or_deleted(bool isFoundAtStart) => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Cloud.Faults = static action => action == "AttachNetworkInterface" ? new Fault.NeverReply() : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        var orphan = node.Cloud.Enis.Values.Single(static nic => nic.Attachment is null);
        node.Kill();
        node.Cloud.Faults = static _ => null;
        await node.StartAsync([.. node.Cloud.Attached().Where(known => isFoundAtStart || known.State != EniState.Created)]);
        await node.WaitAsync(1200);

        Assert.Equal((2, 12), (node.Cloud.Enis.Count, node.Engine.Counters.Free));
        Assert.All(node.Cloud.Enis.Values, static nic => Assert.NotNull(nic.Attachment));
        Assert.Equal(isFoundAtStart, node.Cloud.Enis.ContainsKey(orphan.Id));
    });

    [Fact]
    public void A_stop_in_the_middle_of_a_creation_leaves_nothing_for_good() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        while (node.Cloud.Count("CreateNetworkInterface") == 0)
            await node.WaitAsync(0.1);
        await node.Engine.StopAsync();
        await node.WaitAsync(5);
        await node.StartAsync();
        await node.WaitAsync(900);

        Assert.Equal((2, 12), (node.Cloud.Enis.Count, node.Engine.Counters.Free));
    });

    [Fact]
    public void An_ENI_that_attaches_after_it_was_given_up_is_detached_again() => World.Run(1, async world =>
    {
        var node = Tended(world);
        var attach = false;
        node.Cloud.Faults = action =>
        {
            if (action != "AttachNetworkInterface" || attach)
                return null;
            attach = true;
            // EC2 refuses, and attaches it a little later all the same.
            world.After(TimeSpan.FromSeconds(3), () => node.Cloud.Enis.Values.Last().Attachment =
                new EniAttachment(new AttachmentId("eni-attach-late"), "i-1", 0, 2, "attached", false));
            return new Fault.Refuse(Refusal.Other, "IncorrectState");
        };
        node.Cloud.DeleteTakes = 8;
        await node.StartAsync();
        await node.WaitAsync(600);

        Assert.Equal((2, 12), (node.Cloud.Enis.Count, node.Engine.Counters.Free));
        Assert.DoesNotContain(node.Cloud.Enis.Values, static nic => nic.Attachment?.Id.Value == "eni-attach-late");
    });

    [Theory]
    [InlineData("i-gone", "a", "aws-K8S-i-gone", 6, true)]
    [InlineData("i-gone", "a", "aws-K8S-i-gone", 4, false)]
    [InlineData("i-gone", "b", "aws-K8S-i-gone", 600, false)]
    [InlineData("i-gone", "a", "made by hand", 600, false)]
    [InlineData("i-gone", "a", "aws-K8S-i-gone", null, false)]
    [InlineData("", "a", "aws-K8S-i-gone", 600, false)]
    public void What_another_node_left_is_deleted_only_by_proof(string instance, string cluster, string description, int? minutes, bool leaked) =>
        World.Run(1, async world =>
        {
            var node = Tended(world);
            var other = new Nic(new EniId("eni-other"), "02:ff:00:00:00:01", IPAddress.Parse("10.0.99.1"), "subnet-1") { Description = description };
            if (instance.Length > 0)
                other.Tags["node.k8s.amazonaws.com/instance_id"] = instance;
            other.Tags["cluster.k8s.amazonaws.com/name"] = cluster;
            var wall = world.Wall + TimeSpan.FromHours(1);
            other.Tags["node.k8s.amazonaws.com/createdAt"] = minutes is { } age
                ? (wall - TimeSpan.FromMinutes(age)).ToString("o", CultureInfo.InvariantCulture)
                : "yesterday";
            await node.StartAsync();
            await node.WaitAsync(3600);
            node.Cloud.OfOthers.Add(other);
            // Seen at the next look, within 72 minutes; the ages above are as of an hour's end.
            if (minutes is 4)
                other.Tags["node.k8s.amazonaws.com/createdAt"] = (wall + TimeSpan.FromHours(3)).ToString("o", CultureInfo.InvariantCulture);
            await node.WaitAsync(4500);

            Assert.Equal(leaked, node.Cloud.OfOthers.Count == 0);
        });

    [Fact]
    public void DISABLE_LEAKED_ENI_CLEANUP_leaves_what_other_nodes_left() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { Upkeep = node.Options.Upkeep! with { CleansAfterOthers = false } };
        await node.StartAsync();
        await node.WaitAsync(20_000);
        Assert.DoesNotContain(node.Cloud.Calls, static call => call.Detail == "unattached");
    });

    [Fact]
    public void With_IMDS_only_EC2_is_not_asked_and_what_IMDS_lacks_three_times_is_not_given_any_more() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { ProvisionsResources = false, AsksEc2 = false };
        var primary = node.Cloud.Enis.Values.Single();
        primary.Blocks.AddRange([IPNetwork.Parse("10.0.200.1/32"), IPNetwork.Parse("10.0.200.2/32")]);
        await node.StartAsync();
        var pod = (await node.AddPodsAsync(1))[0];
        await node.WaitAsync(60);
        primary.Blocks.Clear();
        primary.Blocks.Add(IPNetwork.Parse("10.0.200.3/32"));
        await node.WaitAsync(400);

        Assert.Empty(node.Cloud.Calls);
        Assert.Equal((1, 1), (node.Engine.Counters.Total, node.Engine.Counters.Free));
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.Equal([node.Told[pod]], view.Pods.Single().Unlisted);
    });

    [Fact]
    public void With_IMDS_only_an_ENI_whose_link_never_came_is_forgotten_when_IMDS_stops_to_list_it() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { ProvisionsResources = false, AsksEc2 = false };
        node.Cloud.AddPrimary();
        var second = node.Cloud.Enis.Values.Last();
        second.Attachment = second.Attachment! with { Id = new AttachmentId("eni-attach-second"), DeviceIndex = 1 };
        // Somebody has just taken it away, and IMDS lists it for a while.
        node.Host.Unplug(second.Id);
        await node.StartAsync();
        await node.WaitAsync(400);
        node.Cloud.Enis.Remove(second.Id);
        await node.WaitAsync(400);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis, eni => eni.Id == second.Id);
    });

    [Fact]
    public void With_IMDS_only_what_IMDS_lacks_twice_is_still_given_and_after_the_third_look_not_any_more() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { ProvisionsResources = false, AsksEc2 = false };
        node.Cloud.Enis.Values.Single().Blocks.AddRange([IPNetwork.Parse("10.0.200.1/32"), IPNetwork.Parse("10.0.200.2/32")]);
        node.Cloud.AddPrimary();
        var second = node.Cloud.Enis.Values.Last();
        second.Attachment = second.Attachment! with { Id = new AttachmentId("eni-attach-second"), DeviceIndex = 1 };
        second.Blocks.Add(IPNetwork.Parse("10.0.200.3/32"));
        await node.StartAsync();
        // Looks are a minute apart; the first that counts comes a minute after the start.
        await node.WaitAsync(90);
        Assert.Equal((2, 3), (node.Engine.Counters.Enis, node.Engine.Counters.Total));

        node.Cloud.NotInImds.Add(second.Id);
        node.Cloud.Enis.Values.First().Blocks.RemoveAt(0);
        await node.WaitAsync(120);
        Assert.Equal((2, 3, 3), (node.Engine.Counters.Enis, node.Engine.Counters.Total, node.Engine.Counters.Free));
        await node.WaitAsync(60);

        // Where the link is, the ENI is.
        Assert.Equal((2, 2), (node.Engine.Counters.Enis, node.Engine.Counters.Total));
        second.Attachment = null;
        node.Host.Unplug(second.Id);
        await node.WaitAsync(60);
        Assert.Equal((1, 1), (node.Engine.Counters.Enis, node.Engine.Counters.Total));
    });

    [Fact]
    public void Without_provisioning_an_ENI_that_its_user_detaches_and_attaches_again_serves_pods_again() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { ProvisionsResources = false };
        node.Cloud.Enis.Values.Single().Blocks.Add(IPNetwork.Parse("10.0.200.1/32"));
        node.Cloud.AddPrimary();
        var users = node.Cloud.Enis.Values.Last();
        users.Description = "made by terraform";
        var attachment = users.Attachment! with { Id = new AttachmentId("eni-attach-1st"), DeviceIndex = 1 };
        users.Attachment = attachment;
        users.Blocks.Add(IPNetwork.Parse("10.0.200.3/32"));
        await node.StartAsync();
        await node.WaitAsync(90);
        Assert.Equal(2, node.Engine.Counters.Free);

        for (var i = 2; i <= 3; i++)
        {
            users.Attachment = null;
            node.Host.Unplug(users.Id);
            await node.WaitAsync(30);
            Assert.Equal((1, 1), (node.Engine.Counters.Enis, node.Engine.Counters.Free));

            users.Attachment = attachment with { Id = new AttachmentId($"eni-attach-{i}"), DeviceIndex = i };
            node.Host.Plug(users.Id);
            await node.WaitAsync(70);
            var appeared = node.Journal.OfType<PoolNotice.EniAppeared>().Last().Eni;
            Assert.Equal((users.Id, i), (appeared.Id, appeared.DeviceIndex));
            // As the daemon does once EC2 has told its tags.
            node.Engine.Adopt(KnownEnis.From(users.Describe(), EniRole.Secondary, CloudInMemory.Template.SubnetCidr));
            await node.WaitAsync(5);
            Assert.Equal((2, 2), (node.Engine.Counters.Enis, node.Engine.Counters.Free));
        }

        await node.AddPodsAsync(2);
        await node.WaitAsync(900);
        Assert.Equal((2, 2), (node.Engine.Counters.Assigned, node.Engine.Counters.Enis));
        Assert.All(node.Cloud.Calls, static call => Assert.Equal("DescribeNetworkInterfaces", call.Action));
        Assert.Contains(users.Id, node.Cloud.Enis.Keys);
    });

    [Fact]
    public void A_primary_ENI_that_could_not_be_tagged_is_tagged_once_that_is_allowed_and_hardly_asked_for_before() => World.Run(1, async world =>
    {
        var node = Tended(world);
        var primary = node.Cloud.Enis.Values.Single();
        primary.Tags.Clear();
        node.Cloud.Faults = static action => action == "CreateTags" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync(node.Cloud.Attached().Select(static eni => eni with { LostTags = true }).ToList());
        await node.WaitAsync(7 * 3600);
        Assert.InRange(node.Cloud.Count("CreateTags"), 8, 18);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(2 * 3600);
        Assert.Equal("i-1", primary.Tags["node.k8s.amazonaws.com/instance_id"]);

        // Lost later, it is found by the slow look as well.
        primary.Tags.Clear();
        await node.WaitAsync(400);
        Assert.Equal("i-1", primary.Tags["node.k8s.amazonaws.com/instance_id"]);
    });

    [Fact]
    public void Without_a_cluster_s_name_the_primary_ENI_is_not_tagged() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { Upkeep = node.Options.Upkeep! with { ClusterName = "" } };
        node.Cloud.Enis.Values.Single().Tags.Clear();
        await node.StartAsync();
        await node.WaitAsync(900);

        Assert.Equal(0, node.Cloud.Count("CreateTags"));
    });

    [Fact]
    public void Without_provisioning_EC2_is_asked_about_drift_and_nothing_is_changed() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Options = node.Options with { ProvisionsResources = false };
        var primary = node.Cloud.Enis.Values.Single();
        primary.Blocks.AddRange([IPNetwork.Parse("10.0.200.1/32"), IPNetwork.Parse("10.0.200.2/32")]);
        primary.Groups = ["sg-other"];
        await node.StartAsync();
        await node.WaitAsync(60);
        primary.Blocks.RemoveAt(0);
        await node.WaitAsync(900);

        Assert.All(node.Cloud.Calls, static call => Assert.Equal("DescribeNetworkInterfaces", call.Action));
        Assert.Equal(1, node.Engine.Counters.Total);
    });

    [Fact]
    public void What_IMDS_lacks_freezes_no_ENI_for_good_where_EC2_may_not_be_asked() => World.Run(1, async world =>
    {
        var node = Tended(world);
        await node.StartAsync();
        await node.WaitAsync(60);
        node.Cloud.Faults = static action =>
            action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        node.Cloud.StaleBlocks = [];
        await node.WaitAsync(300);

        await node.AddPodsAsync(20);
        Assert.Equal(20, node.Engine.Counters.Assigned);
    });

    [Fact]
    public void What_IMDS_lacks_while_EC2_does_not_answer_is_asked_of_EC2_when_it_does() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(60);
        var primary = node.Cloud.Enis.Values.First();
        var taken = primary.Blocks[0];
        primary.Blocks.Remove(taken);
        node.Cloud.Faults = static action =>
            action == "DescribeNetworkInterfaces" ? new Fault.Refuse(Refusal.Unavailable, "Unavailable") : null;
        await node.WaitAsync(300);
        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(200);

        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis.SelectMany(static eni => eni.Blocks), block => block.Block == taken);
    });

    [Fact]
    public void A_half_visible_ENI_keeps_no_other_from_being_compared() => World.Run(1, async world =>
    {
        var node = Tended(world);
        node.Cloud.Unreadable.Add("02:ee:00:00:00:01");
        await node.StartAsync();
        await node.WaitAsync(60);
        node.Cloud.Enis.Values.First().Blocks.Add(IPNetwork.Parse("10.0.200.1/32"));
        await node.WaitAsync(70);

        Assert.Contains(node.Journal, static notice => notice is PoolNotice.Drift { What: var what } && what.StartsWith("10.0.200.1/32 appeared", StringComparison.Ordinal));
    });

    private static Node Tended(World world)
    {
        var node = new Node(world, targets: _twelveWarm);
        node.Options = node.Options with
        {
            Upkeep = new Upkeep("i-1") { ClusterName = "a", Tags = node.Cloud.LastingTags },
        };
        return node;
    }
}
