using AwsVpcCni.AwsCni.Daemon;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.DeleteQueue;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;

namespace AwsVpcCni.AwsCni;

/// <summary>Giving an address back, to the daemon or by a note to it.</summary>
internal static class Release
{
    /// <summary>The key under which the address is kept, as the veth's alias holds it.</summary>
    public static PodOwner Owner(CniCall call) => new(call.Configuration.Name, call.Environment.ContainerId, call.Environment.IfName);

    public static DelNetworkRequest Request(CniCall call, PodIdentity pod, string reason) => new()
    {
        K8SPODNAME = pod.Name,
        K8SPODNAMESPACE = pod.Namespace,
        K8SPODINFRACONTAINERID = pod.InfraContainerId ?? "",
        K8SPODUID = pod.Uid ?? "",
        Reason = reason,
        IfName = call.Environment.IfName,
        NetworkName = call.Configuration.Name,
        ContainerID = call.Environment.ContainerId,
    };

    /// <summary>Asks ipamd to release. A stranger on its port is as good as nobody: releasing has another way, the note.</summary>
    public static async Task<DaemonAnswer<DelNetworkReply>> AskAsync(IpamdClient ipamd, DelNetworkRequest request, CallBounds bounds)
    {
        try
        {
            return await ipamd.DelAsync(request, bounds);
        }
        catch (CniException e) when (e.Code == CniErrorCode.ForeignListener)
        {
            return new DaemonAnswer<DelNetworkReply>.Unreachable(e.Message);
        }
    }

    /// <summary>Returns what a failed ADD was given. Never throws: the ADD's own error is on its way to the runtime.</summary>
    public static async Task ReturnAsync(IpamdClient ipamd, CniCall call, PodIdentity pod, PluginLog log)
    {
        var problem = await AskAsync(ipamd, Request(call, pod, Wording.SetupFailed), CallBounds.Return) switch
        {
            DaemonAnswer<DelNetworkReply>.Replied { Reply.Success: true } => null,
            DaemonAnswer<DelNetworkReply>.Replied => "it failed without a reason",
            DaemonAnswer<DelNetworkReply>.Refused refused => IsUnknown(refused.Reason) ? null : refused.Reason,
            DaemonAnswer<DelNetworkReply>.Unreachable nobody => nobody.Reason,
            _ => throw new InvalidOperationException("an answer of no kind"),
        };
        if (problem is null)
            return;
        log.Error("the address could not be returned, leaving a note to ipamd", ("reason", problem));
        if (TryLeaveNote(call, pod) is { } failure)
            log.Error("the note could not be left", ("reason", failure));
    }

    /// <returns>Null when it is there, else why not.</returns>
    public static string? TryLeaveNote(CniCall call, PodIdentity pod)
    {
        try
        {
            new DeleteFolder(DeleteFolder.OnANode).Leave(new DeleteNote(
                call.Configuration.Name, call.Environment.ContainerId, call.Environment.IfName, pod.Namespace, pod.Name, DateTimeOffset.UtcNow));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>A runtime that adds a sandbox again under its old id: the note of its last DEL must not release what it has now.</summary>
    public static void WithdrawNote(CniCall call, PluginLog log)
    {
        try
        {
            new DeleteFolder(DeleteFolder.OnANode).Withdraw(call.Configuration.Name, call.Environment.ContainerId, call.Environment.IfName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // ipamd compares the note's time with the assignment's.
            log.Warn("the note of an earlier DEL of this sandbox can't be removed", ("reason", e.Message));
        }
    }

    public static bool IsUnknown(string reason) => reason.Contains(Wording.UnknownPod, StringComparison.Ordinal);
}
