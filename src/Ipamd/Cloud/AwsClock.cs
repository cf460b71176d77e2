using Amazon;
using Amazon.Runtime;

namespace AwsVpcCni.Ipamd.Cloud;

/// <summary>What the SDK takes for now: this node's clock, set right by the dates of AWS's replies where the two are minutes apart.</summary>
/// <remarks>
/// The SDK itself sets right what it signs with, after a first refusal, and not what it holds the end of credentials against: by a clock
/// that is ahead for longer than they last it throws new ones away ("have already expired"), by one that is behind it signs with expired
/// ones for as long (AWSSDK.Core 4.0.102, RefreshingAWSCredentials). Like the SDK's, this is one per process.
/// </remarks>
internal static class AwsClock
{
    /// <summary>Less is a slow reply (the SDKs' clock skew specification: 4 minutes).</summary>
    private static readonly TimeSpan _tolerance = TimeSpan.FromMinutes(4);

    /// <summary>
    /// For so long the last word of EC2 or STS counts alone. Not for ever: this node's clock may be set, and with what was right before that
    /// all credentials could seem expired, so that nothing is ever sent to them again.
    /// </summary>
    private static readonly TimeSpan _apiCounts = TimeSpan.FromMinutes(1);

    private static long _toldByApi;

    /// <summary>Takes the date of a reply of EC2 or STS, which check signatures by it.</summary>
    public static void Note(HttpResponseMessage reply)
    {
        Volatile.Write(ref _toldByApi, TimeProvider.System.GetTimestamp());
        Correct(reply);
    }

    /// <summary>Takes the date of a reply of IMDS where EC2 and STS have not said theirs of late: what answers for IMDS can be a proxy with this node's clock.</summary>
    public static void NoteOfImds(HttpResponseMessage reply)
    {
        if (Volatile.Read(ref _toldByApi) is var told && (told == 0 || TimeProvider.System.GetElapsedTime(told) >= _apiCounts))
            Correct(reply);
    }

    /// <summary>How far a clock is to be moved; null: not at all.</summary>
    public static TimeSpan? Correction(DateTimeOffset theirs, DateTimeOffset ours) => AreApart(theirs, ours) ? theirs - ours : null;

    /// <summary>By more than a slow reply explains.</summary>
    public static bool AreApart(DateTimeOffset one, DateTimeOffset other) => (one - other).Duration() > _tolerance;

    /// <summary>Stands between the SDK and the socket.</summary>
    public sealed class Handler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var reply = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (reply.Headers.Date is { } date && !IsOne(date))
                reply.Headers.Date = null; // The SDK reckons with it too.
            Note(reply);
            return reply;
        }
    }

    /// <summary>An HTTP client of the SDK's with nothing but this.</summary>
    public sealed class ClientFactory : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        }));
    }

    // With a date at the end of time nothing can be reckoned.
    private static bool IsOne(DateTimeOffset date) => date.Year is >= 2020 and <= 2100;

    private static void Correct(HttpResponseMessage reply)
    {
        if (reply.Headers is { Date: { } theirs, Age: null } && IsOne(theirs))
            AWSConfigs.ManualClockCorrection = Correction(theirs, TimeProvider.System.GetUtcNow());
    }
}
