using System.Net;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;
using AwsVpcCni.WarmPool.Tests.VirtualTime;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>What others do to the node's ENIs while the daemon runs.</summary>
public class DriftTests
{
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
        node.Cloud.NotInImds.Add(other.Id);
        await node.WaitAsync(70);
        view = await node.Engine.ViewAsync(CancellationToken.None);
        Assert.DoesNotContain(view.Enis, eni => eni.Id == other.Id);
    });

}
