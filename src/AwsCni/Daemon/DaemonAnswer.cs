using Grpc.Core;

namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>What came of asking ipamd.</summary>
internal abstract record DaemonAnswer<TReply>
{
    private DaemonAnswer()
    {
    }

    public sealed record Replied(TReply Reply) : DaemonAnswer<TReply>;

    /// <summary>The daemon itself said no.</summary>
    public sealed record Refused(StatusCode Status, string Reason) : DaemonAnswer<TReply>;

    /// <summary>Nobody answered; whether the request was carried out is unknown.</summary>
    public sealed record Unreachable(string Reason) : DaemonAnswer<TReply>;
}
