using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>A type whose ENIs hold fewer addresses than its table says: what they hold is found out, and used.</summary>
public class LearnedLimitTests
{
    private static readonly Fault _tooMany = new Fault.Refuse(Refusal.AddressLimit, "PrivateIpAddressLimitExceeded");

    [Theory]
    [InlineData(14)]
    [InlineData(10)]
    [InlineData(29)]
    public void Every_address_that_EC2_gives_is_had_in_the_end_whatever_the_table_says(int table) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 10, 200), new WarmTargets(WarmEni: 1));
        node.Options = node.Options with { Limits = new InstanceLimits([3], table + 1, 200) };
        await node.StartAsync();
        await node.WaitAsync(60);
        var served = 0;
        await Task.WhenAll(Enumerable.Range(0, 27).Select(async i =>
        {
            await node.WaitAsync(i * 5);
            for (var tries = 0; tries < 10; tries++)
            {
                if (await node.AddAsync(out _) is AddReply.Assigned)
                {
                    served++;
                    return;
                }

                await node.WaitAsync(60);
            }
        }));

        Assert.Equal(27, served);
        Assert.All(node.Cloud.Enis.Values, static nic => Assert.Equal(9, nic.Blocks.Count));
        await node.WaitAsync(120);
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Contains("3 ENIs of 9 addresses", refused.Reason, StringComparison.Ordinal);
        Assert.Contains($"EC2 refuses more, although the instance type's figure is {table}", refused.Reason, StringComparison.Ordinal);

        // It is known now: what would be refused is asked for ever less often, on one ENI.
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(7200);
        Assert.Equal(0, node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "CreateNetworkInterface"));
        Assert.InRange(node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "AssignPrivateIpAddresses"), 1, 10);

        // A restart knows it too.
        node.Kill();
        calls = node.Cloud.Calls.Count;
        await node.StartAsync();
        await node.WaitAsync(120);
        refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Contains("3 ENIs of 9 addresses", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(0, node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "CreateNetworkInterface"));
        Assert.InRange(node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "AssignPrivateIpAddresses"), 0, 2);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void One_refusal_of_addresses_costs_no_pod_its_address(int warm) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: warm));
        node.Cloud.Faults = action => action == "AssignPrivateIpAddresses" && node.Cloud.Count(action) == 1 ? _tooMany : null;
        await node.StartAsync();

        Assert.Equal(27, await node.ServeAsync(27, tries: 4));
        Assert.All(node.Cloud.Enis.Values, static nic => Assert.Equal(9, nic.Blocks.Count));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_EC2_refused_all_ENIs_for_minutes_is_had_by_all_also_when_somebody_else_fills_one(bool fills) => World.Run(1, async world =>
    {
        var node = await RefusedForMinutesAsync(world);
        var nic = node.Cloud.Enis.Values.Last();
        while (fills && nic.Blocks.Count < 9)
            nic.Blocks.Add(IPNetwork.Parse($"10.0.200.{nic.Blocks.Count}/32"));
        await node.WaitAsync(7200);

        Assert.Equal(27 - node.Told.Count, await node.ServeAsync(27 - node.Told.Count, tries: 4));
    });

    [Fact]
    public void What_EC2_refused_all_ENIs_for_minutes_is_had_by_all_also_when_the_reply_to_the_next_try_is_lost() => World.Run(1, async world =>
    {
        var node = await RefusedForMinutesAsync(world);
        var lost = false;
        node.Cloud.Faults = action =>
        {
            if (action != "AssignPrivateIpAddresses" || lost)
                return null;
            lost = true;
            return new Fault.LoseReply(Applied: true);
        };
        await node.WaitAsync(7200);

        Assert.Equal(27 - node.Told.Count, await node.ServeAsync(27 - node.Told.Count, tries: 4));
        Assert.True(lost);
    });

    [Fact]
    public void What_EC2_refused_all_ENIs_for_minutes_is_had_by_all_also_when_one_that_it_did_not_attach_cannot_be_deleted() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmEni: 1));
        var refuses = true;
        node.Cloud.Faults = action => action switch
        {
            "DeleteNetworkInterface" => new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation"),
            "AttachNetworkInterface" when node.Cloud.Count(action) == 1 => new Fault.Refuse(Refusal.AddressLimit, "InvalidInterface.IpAddressLimitExceeded"),
            "AssignPrivateIpAddresses" when refuses => _tooMany,
            _ => null,
        };
        await node.StartAsync();
        await node.WaitAsync(300);
        refuses = false;
        await node.WaitAsync(7200);

        Assert.Equal(27, await node.ServeAsync(27, tries: 4));
    });

    [Fact]
    public void Where_a_slot_is_kept_to_try_a_prefix_in_what_EC2_refused_once_is_had_all_the_same() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 30, MaxEni: 1) { Prefixes = true });
        node.Cloud.FreePrefixes = 0;
        var refused = false;
        node.Cloud.Faults = action =>
        {
            if (action != "AssignPrivateIpAddresses" || refused || node.Cloud.Calls[^1].Detail.Contains("prefixes", StringComparison.Ordinal))
                return null;
            refused = true;
            return _tooMany;
        };
        await node.StartAsync();
        await node.WaitAsync(3600);

        Assert.True(refused);
        Assert.InRange(node.Cloud.Enis.Values.Single().Blocks.Count, 8, 9);
    });

    [Fact]
    public void Addresses_that_somebody_had_put_on_an_ENI_for_seconds_cost_no_pod_its_address() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.WaitAsync(60);
        var nic = node.Cloud.Enis.Values.Single();
        var before = node.Cloud.Count("AssignPrivateIpAddresses");
        node.Cloud.Faults = action =>
        {
            if (action != "AssignPrivateIpAddresses" || node.Cloud.Count(action) != before + 1)
                return null;
            var his = Enumerable.Range(1, 8).Select(static i => IPNetwork.Parse($"10.0.200.{i}/32")).ToList();
            nic.Blocks.AddRange(his);
            world.After(TimeSpan.FromSeconds(4), () => nic.Blocks.RemoveAll(his.Contains));
            return null;
        };

        Assert.Equal(27, await node.ServeAsync(27, tries: 4));
    });

    [Fact]
    public void An_address_that_EC2_gave_without_saying_so_and_does_not_describe_for_half_a_minute_costs_no_pod_its_address() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(7);
        await node.WaitAsync(30);
        var nic = node.Cloud.Enis.Values.Single();
        var (lost, shown) = (false, false);
        node.Cloud.Faults = action =>
        {
            if (action != "AssignPrivateIpAddresses" || shown)
                return null;
            if (lost)
                return node.Cloud.Calls[^1].Detail.Contains(nic.Id.Value, StringComparison.Ordinal) ? _tooMany : null;
            lost = true;
            world.After(TimeSpan.FromSeconds(25), () =>
            {
                shown = true;
                nic.Blocks.Add(IPNetwork.Parse("10.0.200.1/32"));
            });
            return new Fault.LoseReply(Applied: false);
        };

        Assert.Equal(20, await node.ServeAsync(20, tries: 4));
    });

    [Fact]
    public void What_EC2_refuses_one_ENI_for_hours_is_asked_for_ever_less_often_and_had_by_the_others() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1));
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(3);
        await node.WaitAsync(30);
        var primary = node.Cloud.Enis.Values.Single();
        bool IsPrimary() => node.Cloud.Calls[^1].Detail.StartsWith(primary.Id.Value, StringComparison.Ordinal);
        node.Cloud.Faults = action => action == "AssignPrivateIpAddresses" && IsPrimary() ? _tooMany : null;

        var held = primary.Blocks.Count;
        Assert.Equal(held - 3 + 18, await node.ServeAsync(24, tries: 4));
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Contains($"3 ENIs of 9 addresses; EC2 refuses more for {primary.Id}, which has {held}, and is asked again in ", refused.Reason, StringComparison.Ordinal);
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(7200);
        Assert.InRange(node.Cloud.Calls.Skip(calls).Count(static call => call.Action == "AssignPrivateIpAddresses"), 1, 6);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(4400);
        Assert.Equal(held + 1, primary.Blocks.Count);
    });

    [Fact]
    public void A_refusal_that_EC2_was_not_yet_asked_about_is_forgotten_by_a_restart() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 1, MaxEni: 1));
        await node.StartAsync();
        await node.WaitAsync(30);
        node.Cloud.Faults = static action => action switch
        {
            "AssignPrivateIpAddresses" => _tooMany,
            "DescribeNetworkInterfaces" => new Fault.NeverReply(),
            _ => null,
        };
        await node.AddPodsAsync(1);
        await node.WaitAsync(10);
        node.Kill();
        node.Cloud.Faults = static _ => null;
        await node.StartAsync();

        await node.AddPodsAsync(8);
    });

    [Fact]
    public void After_a_restart_a_new_ENI_is_made_with_as_many_as_were_found_before_it() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 10, 200), new WarmTargets(WarmIp: 1));
        node.Options = node.Options with { Limits = new InstanceLimits([3], 15, 200) };
        node.Cloud.Enis.Values.Single().Blocks.AddRange(Enumerable.Range(1, 9).Select(static i => IPNetwork.Parse($"10.0.200.{i}/32")));
        node.Disk.Content = CheckpointFormat.Encode(new Checkpoint([], [], node.Options.BootId) { Learned = new CheckpointLimits(9, [], 0) });
        await node.StartAsync();
        await node.WaitAsync(10);

        await node.AddPodsAsync(25);
        Assert.Equal($"{new BlockCount(9, 0)}", node.Cloud.Calls.First(static call => call.Action == "CreateNetworkInterface").Detail);
    });

    [Fact]
    public void Where_only_attaches_teach_it_every_address_is_had_all_the_same() => World.Run(1, async world =>
    {
        // Custom networking: the primary ENI gives no addresses, and nothing is assigned to it.
        var node = new Node(world, new InstanceLimits([3], 10, 200), new WarmTargets(WarmEni: 1));
        node.Options = node.Options with { Limits = new InstanceLimits([3], 15, 200) };
        await node.StartAsync([.. node.Cloud.Attached().Select(static eni => eni with { GivesAddresses = false })]);
        await node.WaitAsync(120);
        for (var pods = 0; pods < 18; pods++)
        {
            await node.AddAsync(out _);
            await node.WaitAsync(10);
        }

        Assert.All(node.Cloud.Enis.Values.Where(static nic => nic.Attachment!.DeviceIndex > 0), static nic => Assert.Equal(9, nic.Blocks.Count));
    });

    [Fact]
    public void A_smaller_ENI_is_tried_at_once_when_EC2_refuses_the_size_of_the_first() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 10, 200), new WarmTargets(WarmEni: 1));
        node.Options = node.Options with { Limits = new InstanceLimits([3], 30, 200) };
        node.Cloud.Faults = static action => action == "AssignPrivateIpAddresses" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();
        var asked = world.Now;
        // 29, 14 and 7: three creates and three attaches, each a second or so.
        while (node.Engine.Counters.Free == 0)
            await node.WaitAsync(0.1);
        Assert.InRange((world.Now - asked).TotalSeconds, 3, 12);
    });

    [Fact]
    public void What_an_attach_taught_is_written_down_at_once() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 200), new WarmTargets(WarmEni: 1));
        node.Options = node.Options with { Limits = new InstanceLimits([4], 15, 200) };
        node.Cloud.Faults = static action => action == "DeleteNetworkInterface" ? new Fault.NeverReply() : null;
        await node.StartAsync();
        while (node.Cloud.Count("DeleteNetworkInterface") == 0)
            await node.WaitAsync(0.1);
        await node.WaitAsync(0.5);
        node.Kill();
        foreach (var unattached in node.Cloud.Enis.Values.Where(static nic => nic.Attachment is null).ToList())
            node.Cloud.Enis.Remove(unattached.Id);
        var before = node.Cloud.Count("AttachNetworkInterface");
        node.Cloud.Faults = static _ => null;
        await node.StartAsync();
        await node.WaitAsync(60);

        var attached = node.Cloud.Enis.Values.Count(static nic => nic.Attachment?.DeviceIndex > 0);
        Assert.Equal(attached, node.Cloud.Count("AttachNetworkInterface") - before);
    });

    // Every assign was refused, and is no more; the type is taken to hold what the ENIs have.
    private static async Task<Node> RefusedForMinutesAsync(World world)
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 2));
        node.Cloud.Faults = static action => action == "AssignPrivateIpAddresses" ? _tooMany : null;
        await node.StartAsync();
        await node.WaitAsync(5);
        for (var pod = 0; pod < 14; pod++)
        {
            await node.AddAsync(out _);
            await node.WaitAsync(20);
        }

        await node.WaitAsync(300);
        node.Cloud.Faults = static _ => null;
        return node;
    }
}
