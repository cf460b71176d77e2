using CsCheck;

namespace AwsVpcCni.HealthProbe.Tests;

public class GoDurationTests
{
    [Theory]
    [InlineData("5s", 5_000_000)]
    [InlineData("100ms", 100_000)]
    [InlineData("1m30s", 90_000_000)]
    [InlineData("1.5h", 5_400_000_000)]
    [InlineData("+250us", 250)]
    [InlineData("7\u00b5s", 7)]
    [InlineData("7\u03bcs", 7)]
    [InlineData(".5s", 500_000)]
    [InlineData("2.s", 2_000_000)]
    [InlineData("0", 0)]
    public void What_go_takes(string text, long microseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5S")]
    [InlineData("1.2.3s")]
    [InlineData(".s")]
    [InlineData("5d")]
    [InlineData("25h")]
    [InlineData("99999999999999999999999999999h")]
    public void What_go_or_a_timeout_does_not_take(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Fact]
    public void Random_text_never_throws() =>
        Gen.OneOf(Gen.String, Gen.Char["09.hmsnu+-"].Array.Select(c => new string(c)))
            .Sample(text => !GoDuration.TryParse(text, out var duration) || duration >= TimeSpan.Zero);
}
