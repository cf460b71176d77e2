using AwsVpcCni.Simulation.Runs;

namespace AwsVpcCni.Simulation.Tests;

public class SeedTests
{
    [Fact]
    public void The_same_seed_tells_the_same_story_twice()
    {
        for (var seed = 1; seed <= 20; seed++)
            Assert.Equal(SeedRun.Of(seed).Hash, SeedRun.Of(seed).Hash);
    }
}
