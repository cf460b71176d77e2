using System.Globalization;
using System.Net;
using Amazon;
using Amazon.EC2;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>
/// One attempt of one EC2 call through the SDK: bounded, counted, and with an outcome that says whether it may have happened.
/// </summary>
internal sealed class Ec2Wire : IDisposable
{
    private readonly Ec2Options _options;
    private readonly TimeProvider _time;
    private readonly AmazonEC2Config _config;
    private readonly CredentialChain _credentials;
    private readonly Lock _lock = new();
    private Task<AmazonEC2Client>? _client;

    public Ec2Wire(Ec2Options options, TimeProvider time)
    {
        AwsCredentialSources.Register(options.Region);
        _options = options;
        _time = time;
        _credentials = new CredentialChain(time);
        _config = new AmazonEC2Config
        {
            // The engine's pipelines are the one retry layer. The SDK's second kind of retry, on stale connections, is one more way
            // to assign twice.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            HttpClientFactory = new WireTrace.ClientFactory(TimeSpan.FromSeconds(Math.Max(1, options.Timeout.TotalSeconds / 2))),
        };
        if (options.Endpoint is null)
            _config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        else
            _config.ServiceURL = options.Endpoint.ToString();

        // With an endpoint from anywhere, AWS_ENDPOINT_URL too, the SDK would sign for us-east-1.
        _config.AuthenticationRegion = options.Region;
    }

    /// <summary>Makes one attempt.</summary>
    /// <param name="action">EC2's name of the call.</param>
    /// <exception cref="OperationCanceledException">The caller gave up, and the call may have happened.</exception>
    public async Task<Ec2Outcome<TReply>> CallAsync<TRequest, TReply>(
        string action,
        TRequest request,
        Func<AmazonEC2Client, TRequest, CancellationToken, Task<TReply>> call,
        CancellationToken cancellation)
        where TRequest : AmazonEC2Request
    {
        ((IAmazonWebServiceRequest)request).UserAgentDetails.AddUserAgentComponent($"amazon-vpc-cni-k8s/{_options.Version}");
        using var bound = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, bound.Token);
        var trace = WireTrace.Begin();
        var began = _time.GetTimestamp();
        try
        {
            var client = await ClientAsync().WaitAsync(either.Token).ConfigureAwait(false);

            // Credentials are fetched without a bound: what comes of them after it is not sent any more.
            var reply = await call(client, request, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            Report(action, "200", began);
            return new Ec2Outcome<TReply>.Done(reply);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            if (error is AmazonServiceException { ErrorCode: { } code } && Ec2Errors.SaysExpired(code) && !trace.Misdated)
                _credentials.Renew(trace.AccessKey);
            var (status, outcome) = Explain<TReply>(action, error, trace, bound.IsCancellationRequested);
            Report(action, status, began);
            return outcome;
        }
        catch (Exception error) when (!trace.Sent)
        {
            // Whoever gave up knows that nothing happened: there were no credentials yet, or no connection.
            var (status, outcome) = Explain<TReply>(action, error, trace, timedOut: true);
            Report(action, status, began);
            return outcome;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new OperationCanceledException($"{action}: cancelled", error, cancellation);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_client is { IsCompletedSuccessfully: true })
                _client.Result.Dispose();
            _credentials.Dispose();
        }
    }

    /// <remarks>
    /// The SDK walks its chain of credentials blocking, and throws when none of them answers just then. A daemon has to start before
    /// its credentials do, so this is part of every attempt until it worked once.
    /// </remarks>
    private Task<AmazonEC2Client> ClientAsync()
    {
        lock (_lock)
        {
            return _client is null or { IsFaulted: true } or { IsCanceled: true }
                ? _client = Task.Run(() =>
                {
                    _credentials.Find();
                    return new AmazonEC2Client(_credentials, _config);
                })
                : _client;
        }
    }

    private (string Status, Ec2Outcome<TReply> Outcome) Explain<TReply>(string action, Exception error, WireTrace trace, bool timedOut)
    {
        var innermost = error.GetBaseException().Message;
        if (!trace.Reached)
        {
            return timedOut
                ? ("NoCredentials", Refuse<TReply>(Refusal.Unavailable, "NoCredentials", $"no AWS credentials within {Seconds}"))
                : ("NoCredentials", Refuse<TReply>(Refusal.Unavailable, "NoCredentials", OnOneLine(Explained(error))));
        }

        if (!trace.Sent)
            return ("NotSent", Refuse<TReply>(Refusal.Unavailable, "NotSent", $"no connection to EC2: {innermost}"));
        if (timedOut)
            return ("Timeout", new Ec2Outcome<TReply>.Unknown($"{action}: no reply within {Seconds}"));
        return error switch
        {
            AmazonServiceException { ErrorCode: { Length: > 0 } code } trouble
                when Ec2Errors.IsAmbiguous(action, code, (int)trouble.StatusCode, trouble.Message) => (code, new Ec2Outcome<TReply>.Unknown(
                    $"{action}: {code}: {Ec2Errors.Message(action, code, trouble.Message)}")),
            AmazonServiceException { ErrorCode: { Length: > 0 } code } refusal => (code, Refuse<TReply>(
                Ec2Errors.Kind(action, code, refusal.Message), code, Ec2Errors.Message(action, code, refusal.Message))),
            AmazonServiceException { StatusCode: >= HttpStatusCode.BadRequest } bare => ("BadReply", new Ec2Outcome<TReply>.Unknown(
                string.Create(CultureInfo.InvariantCulture, $"{action}: status {(int)bare.StatusCode} without an error code"))),
            HttpRequestException or IOException or OperationCanceledException =>
                ("ConnectionLost", new Ec2Outcome<TReply>.Unknown($"{action}: connection lost: {innermost}")),
            _ => ("BadReply", new Ec2Outcome<TReply>.Unknown($"{action}: {Explained(error)}")),
        };
    }

    private string Seconds => string.Create(CultureInfo.InvariantCulture, $"{_options.Timeout.TotalSeconds:0.###} s");

    private static Ec2Outcome<TReply>.Refused Refuse<TReply>(Refusal kind, string code, string message) => new(kind, code, message);

    private static string Explained(Exception error) =>
        error.InnerException is null ? error.Message : $"{error.Message} ({error.GetBaseException().Message})";

    // The SDK tells what each of its sources said, on a line each.
    private static string OnOneLine(string text) =>
        string.Join(' ', text.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private void Report(string action, string status, long began) =>
        _options.OnAttempt?.Invoke(new Ec2Attempt(action, status, status != "200", _time.GetElapsedTime(began)));
}
