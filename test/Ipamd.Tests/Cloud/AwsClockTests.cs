using AwsVpcCni.Ipamd.Cloud;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>What is taken for a wrong clock. That the SDK then goes by the right one, EndToEnd.Tests show on a lab whose clock is another.</summary>
public sealed class AwsClockTests
{
    private static readonly DateTimeOffset _ours = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(3 * 3600)]
    [InlineData(-3 * 3600)]
    [InlineData(241)]
    [InlineData(-241)]
    public void A_clock_that_is_minutes_from_AWSs_is_corrected_by_all_of_it(int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), AwsClock.Correction(_ours.AddSeconds(seconds), _ours));

    [Theory]
    [InlineData(0)]
    [InlineData(240)]
    [InlineData(-240)]
    public void A_slow_reply_is_no_wrong_clock(int seconds) => Assert.Null(AwsClock.Correction(_ours.AddSeconds(seconds), _ours));
}
