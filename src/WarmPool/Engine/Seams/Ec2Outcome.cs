namespace AwsVpcCni.WarmPool.Engine.Seams;

/// <summary>What became of one EC2 call. Expected failures are values: an exception from a seam is a bug.</summary>
public abstract record Ec2Outcome<T>
{
    private Ec2Outcome()
    {
    }

    /// <summary>EC2 did it; <paramref name="Value"/> is what it really gave.</summary>
    public sealed record Done(T Value) : Ec2Outcome<T>;

    /// <summary>EC2 did not do it and said why.</summary>
    /// <param name="Kind">The decision this calls for.</param>
    /// <param name="Code">EC2's error code, verbatim.</param>
    /// <param name="Message">EC2's text, for people; decisions use <paramref name="Kind"/>.</param>
    public sealed record Refused(Refusal Kind, string Code, string Message) : Ec2Outcome<T>
    {
        /// <summary>It took several calls, and some of them were done before this one was refused.</summary>
        public bool Partly { get; init; }
    }

    /// <summary>The reply never came (time-out, connection lost), or is EC2's own trouble (any 5xx but throttling): it may or may not have happened.</summary>
    public sealed record Unknown(string Reason) : Ec2Outcome<T>;
}

/// <summary>Why EC2 refused, as far as the decision that follows differs (ec2-facts.md §2).</summary>
public enum Refusal
{
    /// <summary>Anything not listed below; not worth retrying unchanged.</summary>
    Other,

    /// <summary>InsufficientFreeAddressesInSubnet, or its InvalidParameterValue twin: another subnet may have room.</summary>
    NoFreeAddresses,

    /// <summary>InsufficientCidrBlocks: addresses are free, but no whole /28.</summary>
    Fragmented,

    /// <summary>PrivateIpAddressLimitExceeded, InvalidInterface.IpAddressLimitExceeded: this ENI holds no more; our view is stale.</summary>
    AddressLimit,

    /// <summary>AttachmentLimitExceeded: this instance holds no more ENIs.</summary>
    AttachmentLimit,

    /// <summary>NetworkInterfaceLimitExceeded: the account holds no more ENIs.</summary>
    AccountLimit,

    /// <summary>The device index is taken: choose another.</summary>
    IndexTaken,

    /// <summary>RequestLimitExceeded: try later, everybody.</summary>
    Throttled,

    /// <summary>UnauthorizedOperation, AuthFailure: the message names what was denied.</summary>
    Denied,

    /// <summary>…NotFound of the object itself: fresh and not visible yet, or gone.</summary>
    NotFound,

    /// <summary>The ENI is still in use (delete), or attached elsewhere (attach).</summary>
    InUse,

    /// <summary>
    /// It never reached EC2 (no connection, no credentials yet), or was turned away before anything was done and will not be the next
    /// time: RequestExpired (signed anew then), ConcurrentTagAccess.
    /// </summary>
    Unavailable,
}

/// <summary>The value of a call whose success says all.</summary>
public readonly record struct Nothing;
