namespace AwsVpcCni.Simulation.Tracing;

/// <summary>
/// Everything that the simulation can see happen, and how many seeds must have seen it at least once: every outcome of every call, every
/// fault, every step of an ENI's life, every place to die at, every answer. What is on none of the lists may not occur.
/// </summary>
public static class Expected
{
    /// <summary>What CI runs. So many seeds see <see cref="Often"/>.</summary>
    public const int ManySeeds = 2000;

    /// <summary>So many see <see cref="Seldom"/> too.</summary>
    public const int LongRun = 100_000;

    /// <summary>
    /// Five times or more in 2,000 seeds. All but the others: a call, a refusal, a crash point or a fault that is new is in here by itself.
    /// </summary>
    public static IReadOnlyList<string> Often { get; }

    /// <summary>
    /// Fewer than five times in 2,000 seeds, by the first 2,000 or by the mean of the first 100,000: any change of the pool could make it none.
    /// </summary>
    public static IReadOnlyList<string> Seldom { get; } =
    [
        "ENI: Attaching -> Created",
        "ENI: Created -> LinkSeen",
        "ENI: Creating -> Created",
        "ENI: Deleting -> Attaching",
        "ENI: Deleting -> Draining",
        "crash: CreateTags leaves",
        "crash: CreateTags returns",
        "crash: DescribeInstanceTypes leaves",
        "crash: DescribeInstanceTypes returns",
        "crash: DetachNetworkInterface leaves",
        "crash: DetachNetworkInterface returns",
        "crash: ENI forgotten",
        "crash: ModifyNetworkInterfaceAttribute returns",
        "crash: UnassignPrivateIpAddresses returns",
        "outcome: AttachNetworkInterface InUse",
        "outcome: CreateTags Other",
        "outcome: CreateTags Throttled",
        "outcome: DescribeInstanceTypes Throttled",
        "outcome: DescribeInstanceTypes after its caller gave up",
        "outcome: DescribeSubnets Denied",
        "outcome: DetachNetworkInterface Denied",
        "outcome: DetachNetworkInterface Other",
        "outcome: ModifyNetworkInterfaceAttribute NotFound",
    ];

    /// <summary>Some ten times or less in 100,000 seeds; and what is rather not to be: promises that are known to be weak (docs/simulation.md).</summary>
    public static IReadOnlyList<string> Possible { get; } =
    [
        "ENI: Deleting -> LinkSeen",
        "ENI: Draining -> Attached",
        "ENI: Draining -> LinkSeen",
        "ENI: gone: lost while Attaching",
        "ENI: gone: lost while Created",
        "outcome: UnassignPrivateIpAddresses NotFound",
        "weak: a pod on an ENI that is to be left alone, before EC2 had told so",
        "weak: an address that was being given back when the checkpoint was destroyed",
        "weak: more addresses than maxPods while EC2 had not answered",
    ];

    /// <summary>All three, sorted.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. ExpectedOfCalls.All.Concat(ExpectedOfEnis.All).Concat(ExpectedOfNodes.All).Concat(ExpectedOfPods.All)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    static Expected() => Often = [.. All.Except(Seldom).Except(Possible)];

    /// <summary>What so many seeds must have seen; nothing where they are fewer than <see cref="ManySeeds"/>.</summary>
    public static IEnumerable<string> After(int seeds) => seeds switch
    {
        < ManySeeds => [],
        < LongRun => Often,
        _ => All.Except(Possible),
    };
}
