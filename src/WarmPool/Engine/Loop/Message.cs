using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>What the loop is told. Everything that happens to the pool is one of these.</summary>
internal abstract record Message
{
    private Message()
    {
    }

    public sealed record Add(AddCaller Caller) : Message;

    /// <summary>The caller of an ADD has gone.</summary>
    public sealed record GiveUp(AddCaller Caller) : Message;

    public sealed record Del(DelCaller Caller) : Message;

    /// <summary>Null when the loop ends first.</summary>
    public sealed record Garbage(string Network, IReadOnlySet<PodKey> Valid, TaskCompletionSource<GarbageDels?> Reply) : Message;

    /// <summary>Null when nothing belongs to the key.</summary>
    public sealed record Find(PodKey Key, TaskCompletionSource<IReadOnlyList<AssignedAddress>?> Reply) : Message;

    public sealed record View(TaskCompletionSource<PoolView> Reply) : Message;

    /// <summary>An action has ended.</summary>
    public sealed record Ended(PoolAction Action, ActionResult Result) : Message;

    /// <summary>A checkpoint write has ended.</summary>
    public sealed record Written(long Version, string? Error, TimeSpan Took) : Message;

    /// <summary>The slow look at IMDS and the kernel is back.</summary>
    public sealed record Looked(ImdsAnswer Imds, PodLinks Links) : Message;

    public sealed record Limits(InstanceLimits Value) : Message;

    public sealed record Template(EniTemplate? Value) : Message;

    /// <summary>An ENI that was attached by others has a role now.</summary>
    public sealed record Appeared(KnownEni Eni) : Message;

    /// <summary>The host saw the link of an ENI go, or come back.</summary>
    public sealed record Link(EniLinkChange Change) : Message;

    public sealed record Stop : Message;

    /// <summary>Time has come for something that the last turn saw ahead.</summary>
    public sealed record Wake : Message;
}
