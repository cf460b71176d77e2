namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>What one question to the instance metadata service ended with. Absent and failed are never the same thing.</summary>
public abstract record ImdsReply<T>
{
    private ImdsReply()
    {
    }

    public sealed record Value(T Content) : ImdsReply<T>;

    /// <summary>404: this instance (or this ENI, or this moment) has no such key.</summary>
    public sealed record Absent : ImdsReply<T>;

    /// <summary>Says nothing about the key.</summary>
    public sealed record Failed(ImdsFailure Failure) : ImdsReply<T>;
}

/// <summary>Why IMDS gave no answer.</summary>
/// <param name="Path">What was asked for, from the root.</param>
/// <param name="Reason">A sentence's end: what happened, with the number of attempts.</param>
public sealed record ImdsFailure(ImdsFailureKind Kind, Uri Endpoint, string Path, string Reason)
{
    public override string ToString() => $"IMDS at {Endpoint.GetLeftPart(UriPartial.Authority)}{Path}: {Reason}{Advice}";

    private string Advice => Kind switch
    {
        ImdsFailureKind.Timeout =>
            " (does a firewall or network policy drop packets to it? is its response hop limit high enough, 1 on the host network, "
            + "2 behind a bridge?)",
        ImdsFailureKind.Connection => " (is the endpoint right, and is there a route to it?)",
        ImdsFailureKind.Denied => " (is the instance metadata service enabled for this instance?)",
        _ => "",
    };
}

public enum ImdsFailureKind
{
    /// <summary>Nobody listens, or the connection broke.</summary>
    Connection,

    /// <summary>No complete reply in time.</summary>
    Timeout,

    /// <summary>5xx.</summary>
    Server,

    /// <summary>401 with a fresh token, or 403: IMDS is turned off.</summary>
    Denied,

    /// <summary>404 where every instance has the key.</summary>
    Missing,

    /// <summary>A reply that is none: too long, not text, another status, or a value that cannot be what it should.</summary>
    Garbage,
}
