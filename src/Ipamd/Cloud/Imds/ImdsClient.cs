using System.Globalization;
using System.Net;
using System.Text;
using AwsVpcCni.Ipamd.Settings;
using Polly;
using Polly.Retry;

namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>
/// Asks the instance metadata service, version 2 only (AWS: "Use the Instance Metadata Service to access instance metadata"):
/// an instance that still answers without a token also answers with one.
/// </summary>
/// <remarks>Safe to use from many tasks at once. Never uses a proxy: IMDS is link-local.</remarks>
public sealed class ImdsClient : IDisposable
{
    private const string Root = "/latest/meta-data/";
    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ImdsOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _places;
    private readonly ImdsTokens _tokens;
    private readonly ResiliencePipeline<ImdsReply<string>> _retries;

    public ImdsClient(ImdsOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Concurrency, 1, nameof(options));
        _options = options;
        _time = time;
        _places = new SemaphoreSlim(options.Concurrency);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = options.Concurrency,
            MaxResponseHeadersLength = 16,
        })
        {
            BaseAddress = new Uri(options.Endpoint.GetLeftPart(UriPartial.Authority)),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _tokens = new ImdsTokens(options.TokenLifetime, FetchTokenAsync, time);
        _retries = options.Retries == 0
            ? ResiliencePipeline<ImdsReply<string>>.Empty
            : new ResiliencePipelineBuilder<ImdsReply<string>> { TimeProvider = time }
                .AddRetry(new RetryStrategyOptions<ImdsReply<string>>
                {
                    MaxRetryAttempts = options.Retries,
                    Delay = options.RetryDelay,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = static attempt => new ValueTask<bool>(attempt.Outcome.Result is ImdsReply<string>.Failed
                    {
                        Failure.Kind: ImdsFailureKind.Connection or ImdsFailureKind.Timeout or ImdsFailureKind.Server,
                    }),
                })
                .Build();
    }

    public Uri Endpoint => _http.BaseAddress!;

    /// <summary>Reads one key below <c>/latest/meta-data/</c>, as text without the last line feed.</summary>
    /// <param name="key">Such as <c>instance-id</c> or <c>network/interfaces/macs/</c>.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<ImdsReply<string>> GetAsync(string key, CancellationToken cancellation)
    {
        var path = Root + key;
        var attempts = 0;
        var reply = await _retries.ExecuteAsync(
            async token =>
            {
                attempts++;
                return await AttemptAsync(path, token).ConfigureAwait(false);
            },
            cancellation).ConfigureAwait(false);
        return reply is ImdsReply<string>.Failed { Failure: var failure } && attempts > 1
            ? new ImdsReply<string>.Failed(failure with
            {
                Reason = string.Create(CultureInfo.InvariantCulture, $"{failure.Reason}, {attempts} times"),
            })
            : reply;
    }

    /// <summary>Reads one key and what it must be; a value of another form is a failure that shows it.</summary>
    public async Task<ImdsReply<T>> GetAsync<T>(string key, ImdsForm<T> form, CancellationToken cancellation)
    {
        var reply = await GetAsync(key, cancellation).ConfigureAwait(false);
        return reply switch
        {
            ImdsReply<string>.Value { Content: var text } => form.TryRead(text, out var value)
                ? new ImdsReply<T>.Value(value)
                : new ImdsReply<T>.Failed(new ImdsFailure(
                    ImdsFailureKind.Garbage, Endpoint, Root + key, $"{SettingError.Quote(text)} is not {form.Expected}")),
            ImdsReply<string>.Failed { Failure: var failure } => new ImdsReply<T>.Failed(failure),
            _ => new ImdsReply<T>.Absent(),
        };
    }

    /// <summary>The failure of a key that every instance has.</summary>
    internal ImdsFailure Missing(string key) =>
        new(ImdsFailureKind.Missing, Endpoint, Root + key, "status 404, though every instance has this key");

    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    private async Task<ImdsReply<string>> AttemptAsync(string path, CancellationToken cancellation)
    {
        var token = await _tokens.CurrentAsync(cancellation).ConfigureAwait(false);
        if (token is not ImdsReply<string>.Value { Content: var first })
            return token;
        var reply = await GetWithTokenAsync(path, first, cancellation).ConfigureAwait(false);
        if (reply is not null)
            return reply;

        // Expired by IMDS's clock, or IMDS was restarted: a fresh one, once.
        token = await _tokens.ReplaceAsync(first, cancellation).ConfigureAwait(false);
        if (token is not ImdsReply<string>.Value { Content: var second })
            return token;
        return await GetWithTokenAsync(path, second, cancellation).ConfigureAwait(false)
            ?? Failed(ImdsFailureKind.Denied, path, "status 401, with a fresh token too");
    }

    /// <summary>Null: 401, the token is no good (any more).</summary>
    private async Task<ImdsReply<string>?> GetWithTokenAsync(string path, string token, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("X-aws-ec2-metadata-token", token);
        var (status, reply) = await SendAsync(request, path, cancellation).ConfigureAwait(false);
        return status switch
        {
            HttpStatusCode.Unauthorized => null,
            HttpStatusCode.NotFound => new ImdsReply<string>.Absent(),
            _ => reply,
        };
    }

    private async Task<ImdsReply<string>> FetchTokenAsync()
    {
        const string path = "/latest/api/token";
        using var request = new HttpRequestMessage(HttpMethod.Put, path);
        request.Headers.TryAddWithoutValidation("X-aws-ec2-metadata-token-ttl-seconds",
            ((int)_options.TokenLifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        var (status, reply) = await SendAsync(request, path, CancellationToken.None).ConfigureAwait(false);
        return reply switch
        {
            ImdsReply<string>.Value { Content: var token } when IsToken(token) => reply,
            ImdsReply<string>.Value => Failed(ImdsFailureKind.Garbage, path, "the reply is not a token"),
            _ when status is HttpStatusCode.Unauthorized or HttpStatusCode.NotFound =>
                Failed(ImdsFailureKind.Denied, path, string.Create(CultureInfo.InvariantCulture, $"status {(int)status}")),
            _ => reply,
        };
    }

    // It goes into a header as it is.
    private static bool IsToken(string text) => text.Length is > 0 and <= 1024 && text.All(c => c is > ' ' and < '\u007f');

    /// <summary>One request on the wire, bounded in time and size. The status is 0 when there was no reply.</summary>
    private async Task<(HttpStatusCode Status, ImdsReply<string> Reply)> SendAsync(
        HttpRequestMessage request, string path, CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation).ConfigureAwait(false);
        using var bound = new CancellationTokenSource(_options.AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, bound.Token);
        try
        {
            using var response = await _http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            AwsClock.NoteOfImds(response);
            return (response.StatusCode, await ReadAsync(response, path, either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (0, Failed(ImdsFailureKind.Timeout, path, string.Create(CultureInfo.InvariantCulture,
                $"no answer within {_options.AttemptTimeout.TotalSeconds:0.###} s")));
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // SocketsHttpHandler wraps: the innermost text says "Connection refused", the others where it was noticed.
            return (0, Failed(ImdsFailureKind.Connection, path, error.GetBaseException().Message));
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<ImdsReply<string>> ReadAsync(HttpResponseMessage response, string path, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        if (status != 200)
        {
            return Failed(
                status >= 500 ? ImdsFailureKind.Server : status == 403 ? ImdsFailureKind.Denied : ImdsFailureKind.Garbage,
                path,
                string.Create(CultureInfo.InvariantCulture, $"status {status}"));
        }

        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var _ = body.ConfigureAwait(false);
        var buffer = new byte[_options.LongestReply + 1];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (length > _options.LongestReply)
        {
            return Failed(
                ImdsFailureKind.Garbage, path, string.Create(CultureInfo.InvariantCulture, $"more than {_options.LongestReply} bytes"));
        }

        try
        {
            var text = _strictUtf8.GetString(buffer, 0, length);
            return new ImdsReply<string>.Value(text.EndsWith('\n') ? text[..^1] : text);
        }
        catch (DecoderFallbackException)
        {
            return Failed(ImdsFailureKind.Garbage, path, "the reply is not text");
        }
    }

    private ImdsReply<string>.Failed Failed(ImdsFailureKind kind, string path, string reason) =>
        new(new ImdsFailure(kind, Endpoint, path, reason));
}
