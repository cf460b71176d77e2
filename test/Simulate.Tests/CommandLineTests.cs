using AwsVpcCni.Simulation.Runs;

namespace AwsVpcCni.Simulate.Tests;

public class CommandLineTests
{
    [Fact]
    public void A_seed_says_how_to_run_it_again() => Assert.Equal("make simulate SEEDS=1 FROM=7", SeedRun.Of(7).Replay);
}
