using AwsVpcCni.Simulation.Tracing;

namespace AwsVpcCni.Simulation.Tests;

/// <summary>How the lists of what must occur are put together; whether it does is in <see cref="SeedTests"/>.</summary>
public sealed class ExpectedTests
{
    [Fact]
    public void What_is_called_rare_is_something_that_can_occur_and_is_called_so_once()
    {
        string[] rare = [.. Expected.Seldom, .. Expected.Possible];

        Assert.Empty(rare.Except(Expected.All));
        Assert.Equal(rare.Length, rare.Distinct().Count());
    }

    [Theory]
    [InlineData("fault: unsynced write lost", Expected.ManySeeds)]
    [InlineData("ADD: Overtaken", Expected.ManySeeds)]
    [InlineData("outcome: CreateNetworkInterface AccountLimit", Expected.ManySeeds)]
    [InlineData("crash: DetachNetworkInterface returns", Expected.LongRun)]
    [InlineData("outcome: CreateTags Throttled", Expected.LongRun)]
    public void What_never_occurred_is_missed_once_there_were_seeds_enough_to_see_it(string name, int seeds)
    {
        var nothing = new Coverage();

        Assert.Contains(name, nothing.Missing(seeds));
        Assert.DoesNotContain(name, nothing.Missing(seeds - 1));
    }

    [Fact]
    public void What_nobody_has_listed_is_told()
    {
        var coverage = new Coverage();
        coverage.Count("ADD", "Assigned");
        coverage.Count("fault", "unheard of");

        Assert.Equal(["fault: unheard of"], coverage.Unlisted());
    }
}
