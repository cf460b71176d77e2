using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>What became of a garbage collection.</summary>
public abstract record GarbageReply
{
    private GarbageReply()
    {
    }

    /// <param name="Released">These cool down now; durable.</param>
    /// <param name="Kept">Attachments of the network that own an address still: those that are valid, and those too young to judge.</param>
    public sealed record Collected(IReadOnlyList<CollectedPod> Released, IReadOnlySet<PodKey> Kept) : GarbageReply;

    /// <summary>The pool is not loaded yet, or has stopped; some may have been released.</summary>
    public sealed record TryAgain(string Reason) : GarbageReply;
}

/// <summary>An attachment that nobody wants any more.</summary>
public sealed record CollectedPod(PodKey Key, IReadOnlyList<IPAddress> Addresses);
