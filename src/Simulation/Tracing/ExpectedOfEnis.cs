using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Tracing;

/// <summary>Steps of an ENI's life, as they are told between two turns of the pool: what lasts for less than a turn is jumped over.</summary>
internal static class ExpectedOfEnis
{
    /// <summary>From null: it is new to this run of the daemon.</summary>
    private static readonly (EniState? From, EniState[] To)[] _steps =
    [
        (null, [EniState.Creating, EniState.Created, EniState.Attached, EniState.LinkSeen, EniState.Detaching, EniState.Deleting]),
        (EniState.Creating, [EniState.Created, EniState.Attaching]),
        (EniState.Created, [EniState.Attaching, EniState.LinkSeen]),
        (EniState.Attaching, [EniState.Created, EniState.Attached, EniState.LinkSeen, EniState.Deleting]),
        (EniState.Attached, [EniState.LinkSeen, EniState.Detaching]),
        (EniState.LinkSeen, [EniState.Routed, EniState.Draining, EniState.Detaching]),
        (EniState.Routed, [EniState.LinkSeen, EniState.Draining]),
        (EniState.Draining, [EniState.Attached, EniState.LinkSeen, EniState.Routed, EniState.Detaching]),
        (EniState.Detaching, [EniState.Deleting]),
        // EC2 calls it attached after all; or cannot delete it, and it is attached once more.
        (EniState.Deleting, [EniState.Attaching, EniState.LinkSeen, EniState.Draining]),
    ];

    /// <summary>Where people take it away, or EC2 and its lag do.</summary>
    private static readonly EniState[] _lostWhile = [EniState.Created, EniState.Attaching, EniState.Attached, EniState.Detaching];

    public static IEnumerable<string> All { get; } =
    [
        .. _steps.SelectMany(static step => step.To.Select(to => $"ENI: {step.From?.ToString() ?? "new"} -> {to}")),
        .. _lostWhile.Select(static state => $"ENI: gone: lost while {state}"),
        "ENI: gone: EC2 did not create it",
        "ENI: gone: deleted",
        "pool: EC2 did not describe an ENI that appeared",
        "pool: a leftover is deleted",
        "pool: an ENI appeared",
        "pool: an ENI that appeared was taken over",
        "pool: can grow again",
        "pool: cannot grow",
        "pool: drift",
        "pool: prefixes again",
        "pool: single addresses instead of prefixes",
    ];
}
