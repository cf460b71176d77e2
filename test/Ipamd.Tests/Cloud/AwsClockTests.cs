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

    [Theory]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    [InlineData("Mon, 01 Jan 0001 00:00:00 GMT")]
    public async Task A_date_that_is_none_is_kept_from_the_SDK_which_would_reckon_with_it(string date)
    {
        using var client = new HttpMessageInvoker(new AwsClock.Handler(new Replies(date)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://aws/");
        using var reply = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Null(reply.Headers.Date);
    }

    private sealed class Replies(string date) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var reply = new HttpResponseMessage();
            reply.Headers.TryAddWithoutValidation("Date", date);
            Assert.NotNull(reply.Headers.Date);
            return Task.FromResult(reply);
        }
    }
}
