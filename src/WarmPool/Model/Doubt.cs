namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// EC2 may or may not have done what was asked of an ENI. Nothing more is asked of it until two looks, at least EC2's read lag
/// apart, agree (EC2 is eventually consistent: one look can show the state before the call).
/// </summary>
/// <param name="Why">What the last call left open, for people.</param>
/// <param name="NextLook">Not before this.</param>
/// <param name="LastSeen">What the look before showed; null before the first.</param>
public sealed record Doubt(string Why, TimeSpan NextLook, Sighting? LastSeen)
{
    /// <summary>No call of ours left it open, something looked different: it ends when EC2 cannot be asked, and comes again.</summary>
    public bool FromOutside { get; init; }

    /// <summary>Its link vanished, and nothing else speaks against it: it is good again when the link is back.</summary>
    public bool OfLink { get; init; }

    /// <summary>We have asked EC2 to detach it: it may be through, or not have begun.</summary>
    public bool OfDetach { get; init; }

    /// <summary>So many times in a row EC2 has called it detaching, which may last for hours.</summary>
    public int TimesDetaching { get; init; }

    /// <summary>It is attached for sure, only some of its addresses may be gone: it is routed all the same.</summary>
    public bool IsAttached { get; init; }

    /// <summary>What IMDS showed last, and how often in a row: all there is where EC2 may not be asked.</summary>
    internal (string Print, Lack Looks)? InImds { get; init; }
}

/// <summary>One look at a doubtful ENI, reduced to what must agree.</summary>
public sealed record Sighting(TimeSpan At, string Print);
