using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>What the runtime does not list any more is released, unless it may only be too young for the list.</summary>
public class GarbageTests
{
    [Fact]
    public void Pods_that_the_runtime_does_not_list_are_released_and_those_of_other_networks_stay() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pods = await node.AddPodsAsync(3);
        var other = new PodKey("storage", "sandbox-s", "net1");
        Assert.IsType<AddReply.Assigned>(await node.AddAsync(other));
        await node.WaitAsync(16);

        var collected = Assert.IsType<GarbageReply.Collected>(
            await node.Engine.GarbageCollectAsync("aws-cni", new HashSet<PodKey> { pods[0] }, CancellationToken.None));

        Assert.Equal(pods.Skip(1).Select(pod => (pod, node.Told[pod])), collected.Released.Select(pod => (pod.Key, Assert.Single(pod.Addresses))));
        Assert.Equal([pods[0]], collected.Kept);
        Assert.NotNull(await node.Engine.FindAsync(pods[0], CancellationToken.None));
        Assert.Null(await node.Engine.FindAsync(pods[1], CancellationToken.None));
        Assert.Equal(node.Told[other], Assert.Single((await node.Engine.FindAsync(other, CancellationToken.None))!).Address);
        Assert.Equal(2, node.Engine.Counters.Cooling);
        var written = CheckpointFormat.Decode(node.Disk.Content!.Value);
        Assert.Equal([pods[0], other], written.Allocations.Select(owner => owner.Key));
    });

    [Fact]
    public void A_pod_younger_than_an_ADD_s_bound_stays_until_the_next_time() => World.Run(1, async world =>
    {
        var node = new Node(world);
        await node.StartAsync();
        var pod = (await node.AddPodsAsync(1))[0];
        await node.WaitAsync(14);
        var nobody = new HashSet<PodKey>();

        var young = Assert.IsType<GarbageReply.Collected>(await node.Engine.GarbageCollectAsync("aws-cni", nobody, CancellationToken.None));
        Assert.Empty(young.Released);
        Assert.Equal([pod], young.Kept);

        await node.WaitAsync(2);
        var old = Assert.IsType<GarbageReply.Collected>(await node.Engine.GarbageCollectAsync("aws-cni", nobody, CancellationToken.None));
        Assert.Equal(pod, Assert.Single(old.Released).Key);
        Assert.Empty(old.Kept);
    });
}
