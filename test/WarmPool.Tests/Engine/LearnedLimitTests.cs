using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>A type whose ENIs hold fewer addresses than its table says: what they hold is found out, and used.</summary>
public class LearnedLimitTests
{
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

        // It is known now: nothing is asked for that would be refused.
        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(3600);
        Assert.Equal(0, node.Cloud.Calls.Skip(calls).Count(static call => call.Action is "AssignPrivateIpAddresses" or "CreateNetworkInterface"));

        // A restart knows it too.
        node.Kill();
        calls = node.Cloud.Calls.Count;
        await node.StartAsync();
        await node.WaitAsync(120);
        refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Contains("3 ENIs of 9 addresses", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(0, node.Cloud.Calls.Skip(calls).Count(static call => call.Action is "AssignPrivateIpAddresses" or "CreateNetworkInterface"));
    });

    [Fact]
    public void After_a_restart_a_new_ENI_is_made_with_as_many_as_were_found_before_it() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 10, 200), new WarmTargets(WarmIp: 1));
        node.Options = node.Options with { Limits = new InstanceLimits([3], 15, 200) };
        await node.StartAsync();
        for (var pods = 0; pods < 9; pods++)
            await node.AddPodsAsync(1);
        // The tenth goes to another ENI, once EC2 has told that no more than nine fit on the first.
        await node.AddAsync(out _);
        await node.WaitAsync(60);
        node.Kill();
        await node.StartAsync();
        await node.WaitAsync(10);

        await node.AddPodsAsync(16);
        Assert.Equal($"{new BlockCount(9, 0)}", node.Cloud.Calls.Last(static call => call.Action == "CreateNetworkInterface").Detail);
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
}
