using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>Something an operator or a metric would want to know. The pool itself logs nothing.</summary>
public abstract record PoolNotice
{
    private PoolNotice()
    {
    }

    /// <summary>One attempt at an EC2 call ended.</summary>
    /// <param name="Action">EC2's name of the call, <c>CreateNetworkInterface</c>.</param>
    /// <param name="Error">EC2's error code, <c>Unknown</c> when no reply came, null on success.</param>
    /// <param name="Message">EC2's text, or what was waited for; null on success.</param>
    public sealed record Ec2Call(string Action, EniId? Eni, string? Error, string? Message, TimeSpan Took, int Attempt) : PoolNotice;

    /// <summary>An ENI came into another state.</summary>
    public sealed record EniChanged(EniId? Eni, EniState? From, EniState To, int NetworkCard, int? DeviceIndex, int Addresses) : PoolNotice;

    /// <summary>An ENI is not ours any more: deleted, or gone behind our back.</summary>
    public sealed record EniGone(EniId? Eni, string Why) : PoolNotice;

    /// <summary>
    /// IMDS shows an ENI that the pool did not attach; it takes its slot and is left alone until <see cref="WarmPoolEngine.Adopt"/>
    /// gives it a role (only EC2's tags tell whose it is).
    /// </summary>
    public sealed record EniAppeared(KnownEni Eni) : PoolNotice;

    /// <summary>An ENI that appeared is taken over.</summary>
    public sealed record EniAdopted(KnownEni Eni) : PoolNotice;

    /// <summary>EC2 does not tell whose an ENI is that appeared: it stays left alone.</summary>
    /// <param name="Why">EC2's answer, or that there was none.</param>
    public sealed record EniUndescribed(EniId Eni, string Why, TimeSpan AskedAgainIn) : PoolNotice;

    /// <summary>The host could not do its part for an ENI; it is tried again.</summary>
    public sealed record HostFailed(EniId Eni, string What, string Reason) : PoolNotice;

    /// <summary>The pool's numbers changed (the <c>warm pool</c> line).</summary>
    public sealed record PoolChanged(PoolCounters Counters) : PoolNotice;

    /// <summary>Growth is held; <paramref name="Reason"/> starts with <c>cannot grow:</c>.</summary>
    public sealed record CannotGrow(string Reason, TimeSpan RetryIn) : PoolNotice;

    /// <summary>Growth works again.</summary>
    public sealed record CanGrow : PoolNotice;

    /// <summary>Prefixes are wanted and single addresses taken (a fragmented subnet), or, with null, not any more.</summary>
    public sealed record SinglesInstead(string? Reason) : PoolNotice;

    /// <summary>A checkpoint write ended.</summary>
    /// <param name="Error">Null when it is durable.</param>
    /// <param name="Undone">Assignments that were taken back because of it.</param>
    public sealed record CheckpointWritten(string? Error, int Undone, TimeSpan Took) : PoolNotice;

    /// <summary>An ADD ended.</summary>
    /// <param name="Waited">From request to reply, checkpoint included.</param>
    public sealed record AddEnded(PodKey Key, PodName Name, AddReply Reply, TimeSpan Waited) : PoolNotice;

    /// <summary>A DEL ended.</summary>
    public sealed record DelEnded(PodKey Key, DelReply Reply) : PoolNotice;

    /// <summary>Nobody sent a DEL, but the pod's link is gone: its addresses were released.</summary>
    public sealed record Swept(PodKey Key, PodName? Name, IReadOnlyList<IPAddress> Addresses) : PoolNotice;

    /// <summary>The slow look at IMDS or EC2 found a difference.</summary>
    public sealed record Drift(string What) : PoolNotice;

    /// <summary>Somebody took away what pods were using.</summary>
    /// <param name="Enis">ENIs that are gone, with pods on them.</param>
    /// <param name="Addresses">Addresses of pods that no ENI carries any more.</param>
    public sealed record PodsCutOff(int Enis, int Addresses) : PoolNotice;

    /// <summary>A seam threw: a bug, told with its exception. The pool goes on as after an unknown outcome.</summary>
    public sealed record Fault(string Where, Exception Exception) : PoolNotice;
}
