using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>DISABLE_NETWORK_RESOURCE_PROVISIONING: somebody else attaches and detaches, and the pool lives with what is attached.</summary>
public class NoProvisioningTests
{
    [Fact]
    public void An_ENI_of_ours_that_is_attached_to_nothing_promises_nothing_and_is_used_once_somebody_attaches_it() => World.Run(1, async world =>
    {
        // The run before died between create and attach; then the setting was switched on.
        var (node, nic) = NewNode(world, attachment: null);
        await StartAsync(node);
        await node.WaitAsync(60);
        var began = world.Now;
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.True((world.Now - began).TotalSeconds < 1, $"refused after {world.Now - began}");
        Assert.Equal(0, node.Engine.Counters.Coming);

        nic.Attachment = Attachment("attached");
        await node.WaitAsync(120);

        Assert.Equal((0, 1), (node.Engine.Counters.Coming, node.Engine.Counters.Free));
        Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));
        Assert.DoesNotContain(node.Cloud.Calls, static call => call.Action != "DescribeNetworkInterfaces");
    });

    [Fact]
    public void An_ENI_that_was_being_detached_at_the_start_is_used_once_somebody_attaches_it_again() => World.Run(1, async world =>
    {
        var (node, nic) = NewNode(world, Attachment("detaching"));
        await StartAsync(node);
        await node.WaitAsync(5);
        node.Cloud.DetachByHand(nic);
        await node.WaitAsync(30);
        var view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis, eni => eni.Id == nic.Id);
        Assert.Contains(nic.Id, node.Host.Forgotten);

        nic.Attachment = Attachment("attached") with { Id = new AttachmentId("eni-attach-6") };
        await node.WaitAsync(600);

        Assert.Equal(1, node.Engine.Counters.Free);
        Assert.DoesNotContain(node.Cloud.Calls, static call => call.Action != "DescribeNetworkInterfaces");
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_ENI_whose_link_comes_after_minutes_serves_because_nobody_here_makes_another(bool asksEc2) => World.Run(1, async world =>
    {
        var (node, nic) = NewNode(world, Attachment("attached"));
        node.Options = node.Options with { AsksEc2 = asksEc2, Upkeep = null };
        var away = true;
        node.Host.Invisible = link => away && link.Id == nic.Id;
        await StartAsync(node);
        await node.WaitAsync(600);
        Assert.Equal(0, node.Engine.Counters.Free);
        var refused = Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
        Assert.Contains("does not see its link yet", refused.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("replaced", refused.Reason, StringComparison.Ordinal);
        away = false;
        await node.WaitAsync(120);

        Assert.IsType<AddReply.Assigned>(await node.AddAsync(out _));
    });

    [Theory]
    [InlineData(2.5)]
    [InlineData(3.5)]
    [InlineData(6.5)]
    public void With_IMDS_only_addresses_that_IMDS_lacked_for_minutes_are_free_again_once_it_shows_them(double minutes) => World.Run(1, async world =>
    {
        var (node, primary) = NewImdsOnlyNode(world);
        await node.StartAsync();
        await node.WaitAsync(200);
        Assert.Equal(5, node.Engine.Counters.Free);
        node.Cloud.StaleBlocks = [.. primary.Blocks.Take(2)];
        await node.WaitAsync(60 * minutes);
        node.Cloud.StaleBlocks = null;
        await node.WaitAsync(600);

        Assert.Equal(5, node.Engine.Counters.Free);
    });

    [Fact]
    public void With_IMDS_only_pods_have_their_addresses_again_that_three_looks_at_IMDS_lacked() => World.Run(1, async world =>
    {
        var (node, _) = NewImdsOnlyNode(world);
        await node.StartAsync();
        await node.WaitAsync(100);
        await node.AddPodsAsync(5);
        node.Cloud.StaleBlocks = [];
        while (node.Engine.Counters.Total > 0)
            await node.WaitAsync(1);
        node.Cloud.StaleBlocks = null;
        await node.WaitAsync(600);

        Assert.Equal((5, 5), (node.Engine.Counters.Total, node.Engine.Counters.Assigned));
    });

    [Fact]
    public void With_IMDS_only_an_ENI_whose_link_is_there_serves_on_although_IMDS_lacks_it_for_long() => World.Run(1, async world =>
    {
        var (node, nic) = NewNode(world, Attachment("attached"));
        node.Options = node.Options with { AsksEc2 = false, Upkeep = null };
        nic.Blocks.Add(IPNetwork.Parse("10.0.5.7/32"));
        await StartAsync(node);
        await node.WaitAsync(200);
        await node.AddPodsAsync(1);
        node.Cloud.NotInImds.Add(nic.Id);
        await node.WaitAsync(600);
        Assert.Contains(nic.Id, node.Host.Routed);
        await node.AddPodsAsync(1);

        // The link settles it.
        nic.Attachment = null;
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(60);
        Assert.DoesNotContain((await node.Engine.ViewAsync(CancellationToken.None)).Enis, eni => eni.Id == nic.Id);
    });

    [Fact]
    public void With_IMDS_only_an_ENI_that_was_given_up_comes_back_when_IMDS_lists_it_again() => World.Run(1, async world =>
    {
        var (node, nic) = NewNode(world, Attachment("attached"));
        node.Options = node.Options with { AsksEc2 = false, Upkeep = null };
        var fails = true;
        var index = 0;
        node.Host.FailsToRoute = link =>
        {
            index = link.Id == nic.Id ? link.DeviceIndex : index;
            return fails && link.Id == nic.Id;
        };
        await StartAsync(node);
        await node.WaitAsync(70);
        node.Cloud.NotInImds.Add(nic.Id);
        await node.WaitAsync(300);
        Assert.Contains(nic.Id, node.Host.Forgotten);
        fails = false;
        nic.Attachment = nic.Attachment! with { DeviceIndex = 2 };
        node.Cloud.NotInImds.Clear();
        await node.WaitAsync(600);

        await node.AddPodsAsync(1);
        Assert.Equal(2, index);
    });

    private static (Node Node, Nic Primary) NewImdsOnlyNode(World world)
    {
        var node = new Node(world);
        node.Options = node.Options with { ProvisionsResources = false, AsksEc2 = false };
        var primary = node.Cloud.Enis.Values.Single();
        for (var i = 1; i <= 5; i++)
            primary.Blocks.Add(IPNetwork.Parse($"10.0.9.{i}/32"));
        return (node, primary);
    }

    private static (Node Node, Nic Nic) NewNode(World world, EniAttachment? attachment)
    {
        var node = new Node(world) { Adopts = true };
        node.Options = node.Options with { ProvisionsResources = false, Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        var nic = new Nic(new EniId("eni-5"), "02:00:00:00:05:05", IPAddress.Parse("10.0.5.5"), CloudInMemory.Subnet) { Attachment = attachment };
        nic.Tags["node.k8s.amazonaws.com/instance_id"] = "i-1";
        nic.Blocks.Add(IPNetwork.Parse("10.0.5.6/32"));
        node.Cloud.Enis.Add(nic.Id, nic);
        return (node, nic);
    }

    // With what the daemon makes of IMDS and EC2.
    private static async Task StartAsync(Node node)
    {
        var seen = (ImdsAnswer.Seen)await node.Cloud.AttachedEnisAsync(CancellationToken.None);
        await node.StartAsync(node.Sources.AtStart(seen.Enis, [.. node.Cloud.Enis.Values.Select(static nic => nic.Describe())]));
    }

    private static EniAttachment Attachment(string status) => new(new AttachmentId("eni-attach-5"), CloudInMemory.Instance, 0, 1, status, true);
}
