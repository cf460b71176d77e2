using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>What became of an ADD.</summary>
public abstract record AddReply
{
    private AddReply()
    {
    }

    /// <summary>Durable: a crash right after this does not give the address to anybody else. One address per card.</summary>
    public sealed record Assigned(IReadOnlyList<AssignedAddress> Addresses) : AddReply;

    /// <summary>No address. The reason says what to do about it.</summary>
    public sealed record Refused(AddRefusal Kind, string Reason) : AddReply;
}

/// <summary>Why an ADD got no address, as far as the caller's answer differs.</summary>
public enum AddRefusal
{
    /// <summary>No address came free or from EC2 in time, or none can: RESOURCE_EXHAUSTED.</summary>
    Exhausted,

    /// <summary>The pool has not loaded its state yet: UNAVAILABLE.</summary>
    NotReady,

    /// <summary>The assignment could not be made durable and was undone: ABORTED, since asking again at once would end likewise.</summary>
    Storage,

    /// <summary>The daemon is stopping: UNAVAILABLE, and the plugin waits for the next one.</summary>
    TryAgain,

    /// <summary>A DEL of the same sandbox came before its ADD was answered: ABORTED, nobody wants the address any more.</summary>
    Overtaken,
}

/// <summary>An address and the ENI that carries it.</summary>
/// <param name="Eni">Null only in a DEL's reply, when no ENI we know carries the address any more.</param>
public sealed record AssignedAddress(IPAddress Address, EniPlace? Eni);

/// <summary>What a pod's routes and rules need to know of its ENI.</summary>
public sealed record EniPlace(EniId Id, string MacAddress, int NetworkCard, int DeviceIndex, bool IsPrimary);
