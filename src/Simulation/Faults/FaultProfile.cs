namespace AwsVpcCni.Simulation.Faults;

/// <summary>How hostile a run's world is. Rates are 0 to 1 per call or per moment; means are of exponential gaps, null for never.</summary>
public sealed record FaultProfile(string Name)
{
    /// <summary>Request lost before EC2 saw it.</summary>
    public double LostRequests { get; init; }

    /// <summary>EC2 did it, the reply is lost.</summary>
    public double LostReplies { get; init; }

    /// <summary>EC2 gives less than it was asked for.</summary>
    public double PartialGrants { get; init; }

    /// <summary>Replies that come later than the caller waits.</summary>
    public double SlowReplies { get; init; }

    /// <summary>Descriptions of the past, up to 4 s old (the engine is told 5 s).</summary>
    public double StaleReads { get; init; }

    /// <summary>Refusals that nothing in the node's state explains.</summary>
    public double Refusals { get; init; }

    /// <summary>The daemon is killed at a moment: a seam's call or reply.</summary>
    public double CrashesAtMoments { get; init; }

    /// <summary>A reply to a plugin is lost.</summary>
    public double LostPluginReplies { get; init; }

    /// <summary>A host action fails.</summary>
    public double HostFailures { get; init; }

    /// <summary>A new ENI's link never shows.</summary>
    public double InvisibleLinks { get; init; }

    /// <summary>Between two events of <see cref="Chaos"/>.</summary>
    public TimeSpan? MeanBetweenEvents { get; init; }

    /// <summary>People give this node addresses and ENIs by hand.</summary>
    public bool People { get; init; }

    /// <summary>People take addresses and ENIs away by hand.</summary>
    public bool PeopleTakeAway { get; init; }

    /// <summary>Nothing goes wrong: the strictest promises hold.</summary>
    public static FaultProfile Calm { get; } = new("calm");

    /// <summary>What a bad day looks like.</summary>
    public static FaultProfile Mild { get; } = new("mild")
    {
        LostRequests = 0.01,
        LostReplies = 0.01,
        PartialGrants = 0.01,
        SlowReplies = 0.01,
        StaleReads = 0.1,
        Refusals = 0.02,
        CrashesAtMoments = 0.001,
        LostPluginReplies = 0.005,
        HostFailures = 0.02,
        MeanBetweenEvents = TimeSpan.FromMinutes(3),
    };

    /// <summary>What never happens all at once.</summary>
    public static FaultProfile Wild { get; } = new("wild")
    {
        LostRequests = 0.04,
        LostReplies = 0.06,
        PartialGrants = 0.05,
        SlowReplies = 0.04,
        StaleReads = 0.4,
        Refusals = 0.08,
        CrashesAtMoments = 0.008,
        LostPluginReplies = 0.02,
        HostFailures = 0.1,
        InvisibleLinks = 0.05,
        MeanBetweenEvents = TimeSpan.FromSeconds(50),
    };

    /// <summary>A bad day, and people at the console too.</summary>
    public static FaultProfile Tampered { get; } = Mild with { Name = "tampered", People = true, MeanBetweenEvents = TimeSpan.FromSeconds(60) };

    /// <summary>The same, and people who take away what pods use.</summary>
    public static FaultProfile Robbed { get; } = Tampered with { Name = "robbed", PeopleTakeAway = true };
}
