using System.Globalization;
using Amazon.Runtime;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>How far one attempt came. It decides between "did not happen" and "may have happened".</summary>
internal sealed class WireTrace
{
    private static readonly AsyncLocal<WireTrace?> _currentTrace = new();

    /// <summary>The SDK came to sending at all; before that it looks for credentials.</summary>
    public bool Reached { get; private set; }

    /// <summary>Something of the request may have left this host.</summary>
    public bool Sent { get; private set; }

    /// <summary>
    /// The request was signed at another time than AWS's reply says that it is: a refusal as expired is about the clock, and says nothing
    /// of the credentials.
    /// </summary>
    public bool Misdated { get; private set; }

    /// <summary>The access key that the request was signed with; null when it is not to be found in it.</summary>
    public string? AccessKey { get; private set; }

    /// <summary>Begins the trace of the attempt that the calling task makes.</summary>
    public static WireTrace Begin() => _currentTrace.Value = new WireTrace();

    /// <summary>Stands between the SDK and the socket, and notes how far requests come.</summary>
    public sealed class Handler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var trace = _currentTrace.Value;
            if (trace is not null)
                (trace.Reached, trace.Sent, trace.AccessKey) = (true, true, SignedBy(request));
            try
            {
                var reply = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
                trace?.Misdated = SignedAt(request) is { } signed && reply.Headers.Date is { } now && AwsClock.AreApart(signed, now);
                return reply;
            }
            catch (Exception error) when (trace is not null && !cancellationToken.IsCancellationRequested && NeverLeft(error))
            {
                trace.Sent = false;
                throw;
            }
        }

        // Signature version 4: the signer's clock.
        private static DateTimeOffset? SignedAt(HttpRequestMessage request) =>
            request.Headers.TryGetValues("X-Amz-Date", out var values)
            && DateTimeOffset.TryParseExact(values.First(), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
                : null;

        // "AWS4-HMAC-SHA256 Credential=ASIA…/20260101/us-west-2/ec2/aws4_request, SignedHeaders=…"
        private static string? SignedBy(HttpRequestMessage request)
        {
            const string Before = "Credential=";
            if (!request.Headers.TryGetValues("Authorization", out var values) || string.Join(' ', values) is not { } text)
                return null;
            var begin = text.IndexOf(Before, StringComparison.Ordinal);
            var end = begin < 0 ? -1 : text.IndexOf('/', begin);
            return end < 0 ? null : text[(begin + Before.Length)..end];
        }

        // The connection's own time-out is a cancellation with a TimeoutException inside, while nobody asked for one.
        private static bool NeverLeft(Exception error) => error switch
        {
            HttpRequestException http => http.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
            OperationCanceledException { InnerException: TimeoutException } => true,
            _ => false,
        };
    }

    /// <summary>The SDK's HTTP client, with a bound on connecting that is shorter than that of the whole attempt.</summary>
    public sealed class ClientFactory(TimeSpan connectTimeout) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(new AwsClock.Handler(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = connectTimeout,

            // EC2's front ends close idle connections; a POST that meets one is lost with an unknown outcome.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })))
        {
            // The bound of an attempt is ours (Ec2Wire.CallAsync); the default of 100 s would come before a longer HTTP_TIMEOUT. (The
            // SDK's own setting does nothing to a client that the SDK has not made.)
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => true;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        // Null: one HTTP client per EC2 client.
        public override string? GetConfigUniqueString(IClientConfig clientConfig) => null;
    }
}
