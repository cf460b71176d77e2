using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>EC2 refuses all of a call for one block that is not there any more: what is made of that.</summary>
public class UnassignTests
{
    private const string Unassign = "UnassignPrivateIpAddresses";

    private static readonly IPNetwork _a = IPNetwork.Parse("10.0.7.1/32");
    private static readonly IPNetwork _b = IPNetwork.Parse("10.0.7.2/32");
    private static readonly IPNetwork _c = IPNetwork.Parse("10.0.7.3/32");
    private static readonly IPNetwork _prefix = IPNetwork.Parse("10.0.7.16/28");

    [Fact]
    public void A_single_block_that_is_gone_is_done_after_one_call() => World.Run(1, async world =>
    {
        var node = new Node(world);
        Assert.IsType<ActionResult.Done>(await GiveBackAsync(world, node, [], _a));
        Assert.Equal(1, node.Cloud.Count(Unassign));
    });

    [Fact]
    public void Of_several_each_is_tried_by_itself_and_all_that_were_there_are_gone() => World.Run(1, async world =>
    {
        var node = new Node(world);
        Assert.IsType<ActionResult.Done>(await GiveBackAsync(world, node, [_a, _c], _a, _b, _c));
        Assert.Equal(4, node.Cloud.Count(Unassign));
        Assert.Empty(node.Cloud.Enis.Values.Single().Blocks);
    });

    [Fact]
    public void After_a_denial_in_the_middle_nothing_more_is_tried_and_EC2_must_tell_what_is_left() => World.Run(1, async world =>
    {
        var node = new Node(world);
        // Together, the first by itself, and the second.
        node.Cloud.Faults = action => action == Unassign && node.Cloud.Count(action) == 3 ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        Assert.Contains("UnauthorizedOperation", Assert.IsType<ActionResult.Unknown>(await GiveBackAsync(world, node, [_b, _c], _a, _b, _c)).Reason, StringComparison.Ordinal);
        Assert.Equal(3, node.Cloud.Count(Unassign));
        Assert.Equal([_b, _c], node.Cloud.Enis.Values.Single().Blocks);
    });

    [Fact]
    public void A_denial_after_single_addresses_have_gone_says_nothing_about_them() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Cloud.Faults = action => action == Unassign && node.Cloud.Count(action) == 2 ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        Assert.IsType<ActionResult.Unknown>(await GiveBackAsync(world, node, [_a, _prefix], _a, _prefix));
        Assert.Equal([_prefix], node.Cloud.Enis.Values.Single().Blocks);
    });

    [Fact]
    public void A_denial_of_the_first_call_is_a_denial() => World.Run(1, async world =>
    {
        var node = new Node(world);
        node.Cloud.Faults = action => action == Unassign ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        Assert.Equal(Setback.Denied, Assert.IsType<ActionResult.Refused>(await GiveBackAsync(world, node, [_a, _b, _prefix], _a, _b, _prefix)).Kind);
        Assert.Equal(1, node.Cloud.Count(Unassign));
    });

    /// <param name="there">What the ENI has.</param>
    private static Task<ActionResult> GiveBackAsync(World world, Node node, IReadOnlyList<IPNetwork> there, params IReadOnlyList<IPNetwork> blocks)
    {
        var nic = node.Cloud.Enis.Values.Single();
        nic.Blocks.AddRange(there);
        var executor = new Executor(node.Cloud, node.Host, node.Options, world.Main.Time, static () => 0.5, node.Journal.Add);
        return executor.RunAsync(new PoolAction.UnassignBlocks(1, nic.Id, blocks), CancellationToken.None);
    }
}
