using System.Diagnostics;
using AwsVpcCni.AwsCni.Check;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.AwsCni.Serving;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.AwsCni;

/// <summary>The commands of <c>aws-cni</c>, each with its line in the plugin's log.</summary>
internal static class AwsCniPlugin
{
    public static CniPlugin Create() => new()
    {
        Versions = [CniVersion.V010, CniVersion.V020, CniVersion.V030, CniVersion.V031, CniVersion.V040, CniVersion.V100, CniVersion.V110],
        Add = (call, tell) => LoggedAsync(call, log => AddPod.RunAsync(call, tell, log)),
        Del = call => LoggedAsync(call, log => DelPod.RunAsync(call, log)),
        Check = call => LoggedAsync(call, log => CheckPod.RunAsync(call, log)),
        Status = call => LoggedAsync(call, log => DaemonStatus.RunAsync(call, log)),
        Gc = call => LoggedAsync(call, log => CollectGarbage.RunAsync(call, log)),
    };

    private static async Task LoggedAsync(CniCall call, Func<PluginLog, Task> run)
    {
        using var log = PluginLog.Open(call.Configuration, call.Environment);
        var start = Stopwatch.GetTimestamp();
        try
        {
            await run(log);
            log.Info("done", ("ms", Milliseconds(start)));
        }
        catch (CniException e)
        {
            Tell(log, e, Milliseconds(start));
            throw;
        }
        catch (Exception e)
        {
            log.Error("a defect of the plugin", ("exception", e.ToString()), ("ms", Milliseconds(start)));
            throw;
        }
    }

    /// <summary>What is wrong with standard input quotes it, so it is for the runtime and for who asks for everything.</summary>
    private static void Tell(PluginLog log, CniException error, string milliseconds)
    {
        var quotesInput = error.Code is CniErrorCode.Decode or CniErrorCode.InvalidConfiguration;
        if (quotesInput)
            log.Debug(error.Message, ("details", error.Details));
        log.Error(
            quotesInput ? "standard input is not what it has to be; the error that the runtime was told says what" : error.Message,
            ("code", $"{(int)error.Code}"), ("details", quotesInput ? null : error.Details), ("ms", milliseconds));
    }

    private static string Milliseconds(long start) =>
        Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("F1", System.Globalization.CultureInfo.InvariantCulture);
}
