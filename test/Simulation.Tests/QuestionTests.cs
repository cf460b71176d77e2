using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Tests;

/// <summary>The watcher of questions watched: each budget, overrun by one.</summary>
public class QuestionTests
{
    private static readonly Upkeep _clock = new("i-1")
    {
        Every = TimeSpan.FromMinutes(5),
        LeaksEvery = TimeSpan.FromMinutes(10),
        SubnetsEvery = TimeSpan.FromMinutes(20),
    };

    /// <summary>20 minutes at the clock's shortest: 5 looks of this node's, two and a half, one and a quarter.</summary>
    private static readonly WorldEvents _quiet = new(TimeSpan.FromMinutes(20), Runs: 1, Faults: 0, GroupChanges: 0, Brought: 0);

    private static readonly Ec2Request _own = Interfaces("attachment.instance-id");
    private static readonly Ec2Request _named = Interfaces("network-interface-id");
    private static readonly Ec2Request _left = Interfaces("tag:c", "tag-key", "status");
    private static readonly Ec2Request _create = new CreateNetworkInterfaceRequest { SubnetId = "subnet-1" };

    [Fact]
    public void Looks_that_the_clock_does_not_explain_are_noticed()
    {
        // Two calls each: one at the start, five by the clock.
        AssertMost(12, _own, _quiet);
        AssertMost(3, _left, _quiet);
        AssertMost(2, new DescribeSubnetsRequest(), _quiet);
        AssertMost(1, new DescribeInstanceTypesRequest(), _quiet);
        AssertMost(3, _named, _quiet);
    }

    [Fact]
    public void What_happened_is_a_reason_to_ask()
    {
        AssertMost(14, _own, _quiet with { Runs = 2 });
        AssertMost(14, _own, _quiet with { GroupChanges = 1 });
        AssertMost(5, _named, _quiet with { Faults = 1 });
        AssertMost(5, _named, _quiet with { Brought = 1 });
        AssertMost(5, _named, _quiet, _create);
        // Seven pairs of looks at first, one after each 4 minutes later on.
        AssertMost(3 + 14 + 20, _named, _quiet with { DaemonsBesideHanging = 1, HungFor = TimeSpan.FromMinutes(40) });
        AssertMost(3, new DescribeSubnetsRequest(), _quiet, _create);
    }

    [Fact]
    public void A_question_without_an_answer_excuses_another_one()
    {
        var watch = new QuestionWatch(_clock);
        for (var i = 0; i < 4; i++)
            Ask(watch, _named, answered: i > 0);
        Assert.Null(watch.Problem(_quiet));
        Ask(watch, _named, answered: true);
        Assert.NotNull(watch.Problem(_quiet));
    }

    [Fact]
    public void Questions_without_answers_have_their_own_budget()
    {
        var watch = new QuestionWatch(_clock);
        for (var i = 0; i < 12 + 5; i++)
            Ask(watch, _left, answered: false);
        Assert.Null(watch.Problem(_quiet with { Faults = 1 }));
        Ask(watch, _left, answered: false);
        Assert.Contains("did not answer", watch.Problem(_quiet with { Faults = 1 }), StringComparison.Ordinal);
    }

    private static void AssertMost(int most, Ec2Request question, WorldEvents events, params IEnumerable<Ec2Request> notDone)
    {
        var watch = new QuestionWatch(_clock);
        foreach (var change in notDone)
            Ask(watch, change, answered: false);
        for (var i = 0; i < most; i++)
            Ask(watch, question, answered: true);
        Assert.Null(watch.Problem(events));
        Ask(watch, question, answered: true);
        Assert.NotNull(watch.Problem(events));
    }

    private static void Ask(QuestionWatch watch, Ec2Request question, bool answered)
    {
        watch.Sent(question);
        if (answered)
            watch.Answered(question);
    }

    private static DescribeNetworkInterfacesRequest Interfaces(params IEnumerable<string> filters) =>
        new() { Filters = [.. filters.Select(static name => new Filter(name, ["x"]))] };
}
