using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>Everything the pool knows at one moment, for introspection. Built on request only.</summary>
public sealed record PoolView(
    PoolCounters Counters,
    IReadOnlyList<EniView> Enis,
    IReadOnlyList<PodView> Pods,
    IReadOnlyList<WaitingView> Waiting,
    IReadOnlyList<HoldView> Holds);

/// <summary>One ENI. <paramref name="Id"/> is null while it is being created.</summary>
/// <param name="Doubt">Why nothing is asked of it before EC2 was asked twice; null when all is clear.</param>
/// <param name="Running">The action under way on it.</param>
public sealed record EniView(
    EniId? Id,
    EniRole Role,
    EniState State,
    bool GivesAddresses,
    string? MacAddress,
    int NetworkCard,
    int? DeviceIndex,
    string SubnetId,
    IPAddress? PrimaryAddress,
    string? Doubt,
    string? Running,
    IReadOnlyList<BlockView> Blocks);

/// <summary>One block and those of its addresses that are not simply free.</summary>
/// <param name="Leaving">It is being given back.</param>
/// <param name="Missing">IMDS does not show it, or EC2's list lacked it, and EC2 has not yet told whether it is there: no pod gets an address of it.</param>
public sealed record BlockView(IPNetwork Block, bool Leaving, bool Missing, IReadOnlyList<AddressView> Addresses);

/// <summary>An address that a pod has (then <paramref name="Owner"/>) or that is cooling (then <paramref name="CoolsFor"/>).</summary>
public sealed record AddressView(IPAddress Address, PodKey? Owner, TimeSpan? CoolsFor);

/// <summary>One owner.</summary>
/// <param name="Unlisted">Those of its addresses that are on no ENI we know: kept from everybody else.</param>
public sealed record PodView(
    PodKey Key, PodName? Name, IReadOnlyList<IPAddress> Addresses, DateTimeOffset AssignedAt, IReadOnlyList<IPAddress> Unlisted);

/// <summary>One ADD that waits, or that timed out a moment ago and is expected again.</summary>
public sealed record WaitingView(PodKey Key, PodName Name, TimeSpan For, bool Lingering);

/// <summary>One thing that is not tried again before <paramref name="For"/> has passed.</summary>
public sealed record HoldView(string Text, TimeSpan For, int Attempts);
