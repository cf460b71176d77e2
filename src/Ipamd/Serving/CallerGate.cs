using Grpc.Core;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>Lets nobody but the node's own root take or give addresses (design.md decision 11); health and configuration are for all.</summary>
public sealed partial class CallerGate(ILogger<CallerGate> logger)
{
    /// <exception cref="RpcException">PermissionDenied, with the reason.</exception>
    public void Demand(ServerCallContext context)
    {
        var caller = context.GetHttpContext().Features.Get<CallerConnection>()
            ?? throw new InvalidOperationException("a connection without a caller: a listener was added without its middleware");
        if (caller.Refusal is not { } reason)
            return;
        Refused(logger, context.Method, context.Peer, reason);
        throw new RpcException(new Status(StatusCode.PermissionDenied, reason));
    }

    [LoggerMessage(LogLevel.Warning, "refused {Method} from {Peer}: {Reason}")]
    private static partial void Refused(ILogger logger, string method, string peer, string reason);
}
