using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>What IMDS does not tell yet, or still tells, costs no pod its address and gives none away (ec2-facts.md §6).</summary>
public class ImdsLagTests
{
    [Theory]
    [InlineData(60)]
    [InlineData(5)]
    public void With_IMDS_only_a_gap_of_IMDS_takes_no_address_from_a_pod_however_often_it_is_looked_at(int interval) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        node.Options = node.Options with { ReconcileEvery = TimeSpan.FromSeconds(interval), ProvisionsResources = false, AsksEc2 = false };
        var primary = node.Cloud.Enis.Values.Single();
        primary.Blocks.AddRange(Enumerable.Range(1, 9).Select(static i => IPNetwork.Parse($"10.0.7.{i}/32")));
        await node.StartAsync();
        await node.WaitAsync(120);
        await node.AddPodsAsync(5);
        await node.WaitAsync(60);

        for (var gap = 0; gap < 3; gap++)
        {
            node.Cloud.StaleBlocks = null;
            await node.WaitAsync(70);
            node.Cloud.StaleBlocks = [.. primary.Blocks.Skip(8)];
            await node.WaitAsync(70);
            Assert.Equal(9, node.Engine.Counters.Total);
        }

        await node.WaitAsync(240);
        Assert.Equal(1, node.Engine.Counters.Total);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_IMDS_only_an_ENI_that_IMDS_shows_by_half_for_long_keeps_its_addresses(bool onlyTheAddressesAreMissing) => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Options = node.Options with { ProvisionsResources = false, AsksEc2 = false };
        node.Cloud.AddPrimary();
        var second = node.Cloud.Enis.Values.Last();
        second.Attachment = second.Attachment! with { Id = new AttachmentId("eni-attach-second"), DeviceIndex = 1 };
        second.Blocks.AddRange([IPNetwork.Parse("10.0.200.1/32"), IPNetwork.Parse("10.0.200.2/32")]);
        await node.StartAsync();
        await node.AddPodsAsync(1);
        await node.WaitAsync(90);
        if (onlyTheAddressesAreMissing)
            node.Cloud.WithoutAddresses.Add(second.Id);
        else
            node.Cloud.Unreadable.Add(second.Mac);
        await node.WaitAsync(900);

        Assert.Equal((2, 2, 1), (node.Engine.Counters.Enis, node.Engine.Counters.Total, node.Engine.Counters.Free));
        Assert.DoesNotContain(node.Journal, static notice => notice is PoolNotice.PodsCutOff);
        Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));
    });

    [Fact]
    public void An_ENI_whose_local_ipv4s_IMDS_does_not_tell_for_a_moment_has_lost_none_of_them() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        await node.WaitAsync(200);
        var free = node.Engine.Counters.Free;
        var (calls, least) = (node.Cloud.Calls.Count, free);
        node.Cloud.WithoutAddresses.UnionWith(node.Cloud.Enis.Keys);
        for (var seconds = 0; seconds < 65; seconds++)
        {
            await node.WaitAsync(1);
            least = Math.Min(least, node.Engine.Counters.Free);
        }

        node.Cloud.WithoutAddresses.Clear();
        await node.WaitAsync(300);

        Assert.Equal(free, least);
        Assert.DoesNotContain(node.Journal, static notice => notice is PoolNotice.Drift { What: var what } && what.Contains("/32 is not on", StringComparison.Ordinal));
        Assert.DoesNotContain(node.Cloud.Calls.Skip(calls), static call => call.Action != "DescribeNetworkInterfaces");
    });

    [Fact]
    public void An_address_that_EC2_did_not_list_at_the_start_is_not_used_because_IMDS_still_shows_it() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        var gone = IPNetwork.Parse("10.0.200.9/32");
        node.Cloud.StaleBlocks = [gone];
        // A pod whose address is on no ENI that is known: IMDS is looked at within seconds.
        node.Host.Pods.Add(new PodLink(null, "eniold", [IPAddress.Parse("10.0.200.77")]));
        var seen = (ImdsAnswer.Seen)await node.Cloud.AttachedEnisAsync(CancellationToken.None);
        await node.StartAsync(node.Sources.AtStart(seen.Enis, [.. node.Cloud.Enis.Values.Select(static nic => nic.Describe())]));
        await node.WaitAsync(30);
        node.Cloud.StaleBlocks = null;
        await node.WaitAsync(200);

        Assert.True(node.Host.Looks > 2, $"{node.Host.Looks} looks");
        Assert.DoesNotContain(node.Journal, notice => notice is PoolNotice.Drift { What: var what } && what.StartsWith($"{gone} appeared", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(Refusal.Denied, 1, 0)]
    [InlineData(Refusal.Other, 10_000, 120)]
    public void An_address_that_EC2_s_list_lacks_goes_to_no_pod_because_IMDS_shows_it_and_questions_about_it_are_refused(
        object how, int times, int seconds) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 3, MaxEni: 1));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") };
        await node.StartAsync();
        await node.WaitAsync(120);
        var nic = node.Cloud.Enis.Values.Single();
        var gone = nic.Blocks.Select(static block => block.BaseAddress).ToHashSet();
        node.Cloud.StaleBlocks = [.. nic.Blocks];
        nic.Blocks.Clear();
        node.Cloud.Faults = action => action == "DescribeNetworkInterfaces" && node.Cloud.Calls[^1].Detail != "own" && times-- > 0
            ? new Fault.Refuse((Refusal)how, "no")
            : null;
        var calls = node.Cloud.Calls.Count;
        while (node.Cloud.Calls.Skip(calls).All(static call => call.Detail != "own"))
            await node.WaitAsync(0.05);
        await node.WaitAsync(seconds);
        var served = 0;
        for (var i = 0; i < 30; i++)
        {
            await node.WaitAsync(5);
            if (await node.AddAsync(out var pod) is not AddReply.Assigned told)
                continue;
            served++;
            Assert.DoesNotContain(told.Addresses[0].Address, gone);
            await node.DelAsync(pod);
        }

        Assert.NotEqual(0, served);
    });
}
