using AwsVpcCni.Simulation.Scenarios;

namespace AwsVpcCni.Simulation.Tests;

/// <summary>What many nodes do to one subnet, one account, one zone. The figures are in docs/simulation.md; here is what they may not exceed.</summary>
public class ScenarioTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Five_nodes_that_fight_for_twelve_addresses_leave_none_unused_and_let_no_node_starve(int seed)
    {
        var fight = SmallSubnet.PlayOne(seed);

        Assert.Equal(12, fight.UpAtFirst);
        // 15 rounds, in each of which one node gives back all but the address that WARM_IP_TARGET keeps.
        Assert.InRange(fight.Moved, 20, int.MaxValue);
        Assert.InRange(fight.LongestFree, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        Assert.InRange(fight.LongestWithout, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.InRange(fight.Worst, 0.3, fight.Best);
    }

    [Fact]
    public void Nodes_that_fight_for_addresses_neither_hammer_EC2_nor_take_and_give_back_in_circles()
    {
        var fight = SmallSubnet.PlayOne(4);

        // A question every 2 minutes while pods wait is 30 an hour; the rest is what moved.
        Assert.InRange(fight.CallsPerNodeAndHour, 0, 60);
        Assert.InRange(fight.MostInAMinute, 0, 20);
    }

    [Fact]
    public void Fifty_nodes_in_a_throttled_account_all_get_their_pods_up_and_none_asks_more_than_its_share()
    {
        var rush = ThrottledAccount.PlayOne(1);

        Assert.InRange(rush.Half, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.InRange(rush.Last, TimeSpan.Zero, TimeSpan.FromSeconds(45));
        Assert.InRange(rush.Failed, 0, 50);
        // 6 are needed: 2 ENIs with 3 calls each.
        Assert.InRange(rush.MostOfANode, 6, 15);
        Assert.InRange(rush.Refused, 0, rush.Mutations / 3);
    }

    [Fact]
    public void Through_an_outage_with_a_restart_in_it_warm_addresses_are_given_and_its_end_is_no_stampede()
    {
        var recovery = Outage.PlayOne(1);

        Assert.Equal((60, 60), (recovery.Warm, recovery.AfterRestart));
        Assert.InRange(recovery.SlowestWarm, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(recovery.CallsPerMinute, 0, 25);
        // Of 20 nodes that all have pods waiting: not even one each in any second, and what their ENIs need in the first minute.
        Assert.InRange(recovery.FirstSecond, 0, 20);
        Assert.InRange(recovery.BusiestSecond, 0, 20);
        Assert.InRange(recovery.FirstMinute, 0, 20 * 12);
        Assert.InRange(recovery.Recovered, TimeSpan.Zero, TimeSpan.FromMinutes(2));
    }
}
