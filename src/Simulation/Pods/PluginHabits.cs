namespace AwsVpcCni.Simulation.Pods;

/// <summary>How kubelet, runtime and plugin behave, and how often they misbehave; rates are 0 to 1, of ADDs or DELs.</summary>
public sealed record PluginHabits
{
    /// <summary>From the daemon's answer until the veth is there, evenly from a tenth of it to all of it.</summary>
    public TimeSpan Plumbing { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a plugin tries to reach the daemon.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From a failed sandbox to the next one: evenly between these. kubelet's are 10 to 15 s.</summary>
    public (TimeSpan Least, TimeSpan Most) Backoff { get; init; } = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(15));

    /// <summary>The plugin is killed at any moment of its ADD.</summary>
    public double KilledInAdd { get; init; }

    /// <summary>The plugin takes seconds to make the veth.</summary>
    public double SlowPlumbing { get; init; }

    /// <summary>The plugin made the veth, and the runtime never learns.</summary>
    public double ResultLost { get; init; }

    /// <summary>A failed sandbox is dropped without DEL, as older runtimes do after a time-out.</summary>
    public double NoDelAfterFailure { get; init; }

    /// <summary>A pod's sandbox is dropped without DEL.</summary>
    public double NoDelAtEnd { get; init; }

    /// <summary>DEL comes twice.</summary>
    public double DelTwice { get; init; }

    /// <summary>The plugin of a DEL is killed; the runtime asks again.</summary>
    public double KilledInDel { get; init; }

    /// <summary>A pod that is deleted while its ADD waits: DEL comes beside the ADD.</summary>
    public double DelBesideAdd { get; init; }

    /// <summary>DEL comes seconds after the pod's end: the next pod of that name may have its sandbox before.</summary>
    public double LateDel { get; init; }
}
