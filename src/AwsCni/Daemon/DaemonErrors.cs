using AwsVpcCni.Cni.Errors;
using Grpc.Core;

namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>What the runtime, and through it kubectl describe, is told when ipamd gave nothing.</summary>
internal static class DaemonErrors
{
    public const string WhereToLook =
        "look at this node's aws-node pod (kubectl -n kube-system logs -l k8s-app=aws-node) or /var/log/aws-routed-eni/ipamd.log";

    public static CniException Unreachable(string reason) =>
        new(CniErrorCode.TryAgainLater, $"ipamd can't be reached: {reason}; {WhereToLook}");

    /// <summary>The daemon's own words: it knows whether the subnet is exhausted or EC2 throttles.</summary>
    public static CniException Refused(StatusCode status, string reason) => status switch
    {
        StatusCode.ResourceExhausted or StatusCode.Unavailable or StatusCode.Aborted or StatusCode.Cancelled or StatusCode.DeadlineExceeded =>
            new CniException(CniErrorCode.TryAgainLater, $"ipamd has no address now: {reason}", $"gRPC status {status}"),
        StatusCode.PermissionDenied or StatusCode.Unauthenticated =>
            new CniException(CniErrorCode.DaemonRefused, $"ipamd does not serve this caller: {reason}; aws-cni must run as root, outside of any pod", $"gRPC status {status}"),
        _ => new CniException(CniErrorCode.DaemonRefused, $"ipamd refused: {reason}; {WhereToLook}", $"gRPC status {status}"),
    };

    /// <summary>The original's way to say no: Success=false without a reason.</summary>
    public static CniException WithoutReason(string command) =>
        new(CniErrorCode.TryAgainLater, $"ipamd failed the {command} and gave no reason; {WhereToLook}");
}
