using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>What looks in a row prove.</summary>
public class LackTests
{
    [Theory]
    [InlineData(false, 0, 3600)]
    [InlineData(false, 0, 49, 99)]
    [InlineData(false, 0, 1, 2, 3, 4, 5, 6, 7, 8, 99)]
    [InlineData(true, 0, 50, 100)]
    [InlineData(true, 0, 60, 120)]
    [InlineData(true, 0, 3600, 7200)]
    public void Three_looks_that_go_back_100_s_prove(bool proves, params int[] looks)
    {
        var lack = Of(looks);
        Assert.Equal(proves, lack.Proves(TimeSpan.FromSeconds(looks[^1])));
    }

    [Theory]
    [InlineData(false, 0, 60, 3599)]
    [InlineData(false, 0, 3600)]
    [InlineData(true, 0, 60, 3600)]
    public void For_some_things_they_must_go_back_further(bool proves, params int[] looks) =>
        Assert.Equal(proves, Of(looks).Proves(TimeSpan.FromSeconds(looks[^1]), TimeSpan.FromHours(1)));

    private static Lack Of(int[] looks) => looks.Aggregate(default(Lack), static (lack, at) => lack.Again(TimeSpan.FromSeconds(at)));
}
