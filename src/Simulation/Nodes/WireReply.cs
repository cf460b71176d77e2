namespace AwsVpcCni.Simulation.Nodes;

/// <summary>What a plugin hears from the daemon.</summary>
public abstract record WireReply<T>
{
    private WireReply()
    {
    }

    public sealed record Answered(T Reply) : WireReply<T>;

    /// <summary>Nobody listens.</summary>
    public sealed record Unreachable : WireReply<T>;

    /// <summary>The connection broke while the call was under way.</summary>
    public sealed record Broken : WireReply<T>;
}
