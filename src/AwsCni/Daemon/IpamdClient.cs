using System.Globalization;
using System.Net.Sockets;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.Rpc.Transport;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>
/// The plugin's way to ipamd: its unix socket, or the loopback port that the configuration names. Asking again is safe, because the
/// daemon answers the same key with the same address.
/// </summary>
internal sealed class IpamdClient(PluginConfiguration configuration, PluginLog log, TimeProvider time)
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);

    private readonly GrpcTarget _target =
        configuration.IpamdAddress is { } address ? GrpcTarget.Tcp(address) : GrpcTarget.Unix(NodeSockets.Ipamd);

    public Task<DaemonAnswer<AddNetworkReply>> AddAsync(AddNetworkRequest request, CallBounds bounds) =>
        InTheDaemonsVersionAsync(bounds, (client, version, options) =>
        {
            request.ClientVersion = version;
            return client.AddNetworkAsync(request, options);
        });

    public Task<DaemonAnswer<DelNetworkReply>> DelAsync(DelNetworkRequest request, CallBounds bounds) =>
        InTheDaemonsVersionAsync(bounds, (client, version, options) =>
        {
            request.ClientVersion = version;
            return client.DelNetworkAsync(request, options);
        });

    /// <summary>Only ours has these: the original refuses with Unimplemented.</summary>
    public Task<DaemonAnswer<AttachmentReply>> FindAsync(AttachmentRequest request, CallBounds bounds) =>
        UntilReachedAsync(
            bounds, time.GetTimestamp(), (channel, options) => new AttachmentBackend.AttachmentBackendClient(channel).GetAttachmentAsync(request, options));

    /// <inheritdoc cref="FindAsync"/>
    public Task<DaemonAnswer<CollectGarbageReply>> CollectGarbageAsync(CollectGarbageRequest request, CallBounds bounds) =>
        UntilReachedAsync(
            bounds, time.GetTimestamp(), (channel, options) => new AttachmentBackend.AttachmentBackendClient(channel).CollectGarbageAsync(request, options));

    /// <summary>grpc.health.v1, which both daemons serve.</summary>
    public Task<DaemonAnswer<HealthCheckResponse>> HealthAsync(CallBounds bounds) =>
        UntilReachedAsync(
            bounds, time.GetTimestamp(), (channel, options) => new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), options));

    /// <summary>Ours takes any version. The original only its own, and names it when it refuses: it is asked once more with that.</summary>
    private async Task<DaemonAnswer<TReply>> InTheDaemonsVersionAsync<TReply>(
        CallBounds bounds, Func<CNIBackend.CNIBackendClient, string, CallOptions, AsyncUnaryCall<TReply>> call)
    {
        var start = time.GetTimestamp();
        var answer = await UntilReachedAsync(bounds, start, (channel, options) => call(new CNIBackend.CNIBackendClient(channel), "", options));
        if (answer is DaemonAnswer<TReply>.Refused { Status: StatusCode.FailedPrecondition } refused
            && OriginalVersion.NamedIn(refused.Reason) is { } version)
        {
            log.Debug("the daemon wants its own version", ("version", version));
            answer = await UntilReachedAsync(bounds, start, (channel, options) => call(new CNIBackend.CNIBackendClient(channel), version, options));
        }

        return answer;
    }

    private async Task<DaemonAnswer<TReply>> UntilReachedAsync<TReply>(
        CallBounds bounds, long start, Func<GrpcChannel, CallOptions, AsyncUnaryCall<TReply>> call)
    {
        for (var pause = _firstPause; ; pause = pause * 2 < _longestPause ? pause * 2 : _longestPause)
        {
            var (answer, again) = await OnceAsync(bounds, bounds.Total - time.GetElapsedTime(start), call);
            var elapsed = time.GetElapsedTime(start);
            if (!again || elapsed + pause >= bounds.Connecting)
            {
                return answer is DaemonAnswer<TReply>.Unreachable unreachable
                    ? new DaemonAnswer<TReply>.Unreachable(string.Create(
                        CultureInfo.InvariantCulture, $"{unreachable.Reason} (tried for {elapsed.TotalSeconds:0.#} s)"))
                    : answer;
            }

            log.Debug("ipamd is not there, trying again", ("answer", answer.ToString()));
            await Task.Delay(pause, time);
        }
    }

    private async Task<(DaemonAnswer<TReply> Answer, bool Again)> OnceAsync<TReply>(
        CallBounds bounds, TimeSpan left, Func<GrpcChannel, CallOptions, AsyncUnaryCall<TReply>> call)
    {
        if (left <= TimeSpan.Zero)
            return (new DaemonAnswer<TReply>.Unreachable($"{_target}: no answer in time"), false);
        try
        {
            using var channel = GrpcChannels.Over(await DialAsync(left));
            var deadline = time.GetUtcNow().UtcDateTime + left;
            return (new DaemonAnswer<TReply>.Replied(await call(channel, new CallOptions(deadline: deadline))), false);
        }
        catch (SocketException e)
        {
            return (new DaemonAnswer<TReply>.Unreachable(GrpcDialer.Explain(_target, e)), e.SocketErrorCode != SocketError.AccessDenied);
        }
        catch (OperationCanceledException)
        {
            return (new DaemonAnswer<TReply>.Unreachable($"{_target}: nobody took the connection"), false);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
            var cure = bounds.Cure is { } text ? $"; {text}" : "";
            return (new DaemonAnswer<TReply>.Unreachable($"{_target}: it took the request and did not answer{cure}"), false);
        }
        catch (RpcException e) when (e.Status.DebugException is { } cause)
        {
            // No status of the server's: the connection broke, as it does when the daemon is killed or restarted.
            return (new DaemonAnswer<TReply>.Unreachable($"{_target}: the connection broke: {cause.Message}"), true);
        }
        catch (RpcException e)
        {
            // A daemon that is stopping or has just begun says UNAVAILABLE, and did nothing: the next one answers in a moment.
            return (new DaemonAnswer<TReply>.Refused(e.StatusCode, e.Status.Detail), e.StatusCode == StatusCode.Unavailable);
        }
    }

    private async Task<Socket> DialAsync(TimeSpan left)
    {
        using var timeout = new CancellationTokenSource(left, time);
        if (configuration.IpamdAddress is not { } address)
            return await GrpcDialer.DialAsync(_target, timeout.Token);

        // Before, so that a stranger is never spoken to; after, because he may have come in between.
        TcpListener.MustBeIpamd(address);
        var socket = await GrpcDialer.DialAsync(_target, timeout.Token);
        try
        {
            TcpListener.MustBeIpamd(address);
            return socket;
        }
        catch (CniException)
        {
            socket.Dispose();
            throw;
        }
    }
}
