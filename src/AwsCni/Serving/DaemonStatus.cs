using AwsVpcCni.AwsCni.Daemon;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Rpc.Contract;
using Grpc.Health.V1;

namespace AwsVpcCni.AwsCni.Serving;

/// <summary>
/// STATUS speaks of the daemon and never of fullness: containerd 2 makes a node NotReady of an error here, and a full node that is
/// taken out of service helps nobody (design.md decision 5). An update of the daemon is no error either: it takes seconds.
/// </summary>
/// <remarks>
/// The specification's code 51 (running containers may be limited) is never told: what pods need is in the kernel, and a daemon that
/// is away limits none of them.
/// </remarks>
internal static class DaemonStatus
{
    /// <summary>How long ipamd may be away before ADDs can't be served.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(CniCall call, PluginLog log)
    {
        var ipamd = new IpamdClient(call.Configuration, log, TimeProvider.System);
        if (await ProblemAsync(ipamd, CallBounds.Status(call.Configuration)) is not { } problem)
        {
            Serves(log);
            return;
        }

        var since = Since(new NotServingNote(NodeSockets.NotServingNote), problem);
        if (since >= _patience)
            throw new CniException(CniErrorCode.NotAvailable, $"ipamd has not been serving for {since.TotalSeconds:0} s: {problem}; {DaemonErrors.WhereToLook}");
        log.Warn("ipamd doesn't serve, which is no error yet", ("reason", problem), ("seconds", $"{since.TotalSeconds:0}"));
    }

    /// <summary>It has just answered: a note of its absence is about another time. One stat(2) where there is none.</summary>
    public static void Serves(PluginLog log)
    {
        try
        {
            new NotServingNote(NodeSockets.NotServingNote).Withdraw();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warn("the note that ipamd doesn't serve can't be removed", ("reason", e.Message));
        }
    }

    /// <returns>Null while it serves.</returns>
    private static async Task<string?> ProblemAsync(IpamdClient ipamd, CallBounds bounds)
    {
        try
        {
            return await ipamd.HealthAsync(bounds) switch
            {
                DaemonAnswer<HealthCheckResponse>.Replied { Reply.Status: HealthCheckResponse.Types.ServingStatus.Serving } => null,
                DaemonAnswer<HealthCheckResponse>.Replied => "it says that it doesn't serve: it starts or stops",
                DaemonAnswer<HealthCheckResponse>.Refused refused => $"{refused.Status}: {refused.Reason}",
                DaemonAnswer<HealthCheckResponse>.Unreachable nobody => nobody.Reason,
                _ => throw new InvalidOperationException("an answer of no kind"),
            };
        }
        catch (CniException e) when (e.Code == CniErrorCode.ForeignListener)
        {
            return e.Message;
        }
    }

    private static TimeSpan Since(NotServingNote away, string problem)
    {
        try
        {
            return away.Since();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody would ever learn that it is away.
            throw new CniException(
                CniErrorCode.NotAvailable, $"ipamd doesn't serve ({problem}), and since when can't be noted: {e.Message}; {DaemonErrors.WhereToLook}", cause: e);
        }
    }
}
