namespace AwsVpcCni.WarmPool.Engine;

/// <summary>What became of a DEL.</summary>
public abstract record DelReply
{
    private DelReply()
    {
    }

    /// <summary>These addresses cool down now.</summary>
    public sealed record Released(IReadOnlyList<AssignedAddress> Addresses) : DelReply;

    /// <summary>Nothing belongs to this key (any more): success for the plugin.</summary>
    public sealed record UnknownPod : DelReply;

    /// <summary>The pool is not loaded yet, or has stopped.</summary>
    public sealed record TryAgain(string Reason) : DelReply;
}
