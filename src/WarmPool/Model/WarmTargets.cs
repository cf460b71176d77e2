namespace AwsVpcCni.WarmPool.Model;

/// <summary>How much capacity to keep ahead of demand, and how patiently. <c>null</c> is "not set".</summary>
/// <param name="WarmEni">WARM_ENI_TARGET: free addresses to keep, in whole ENIs. Ignored when an address target is set.</param>
/// <param name="WarmIp">WARM_IP_TARGET: free addresses to keep. 0 counts as not set, as in the original.</param>
/// <param name="MinimumIp">MINIMUM_IP_TARGET: addresses to hold at least. 0 counts as not set.</param>
/// <param name="MaxEni">MAX_ENI: most ENIs with the primary one, below the instance's own limit. 0 counts as not set.</param>
public sealed record WarmTargets(int WarmEni = 1, int? WarmIp = null, int? MinimumIp = null, int? MaxEni = null)
{
    /// <summary>ENABLE_PREFIX_DELEGATION: ask for /28 prefixes, where the instance can have them.</summary>
    public bool Prefixes { get; init; }

    /// <summary>
    /// WARM_PREFIX_TARGET: prefixes to keep that no pod has an address of. Only with <see cref="Prefixes"/>, where it takes
    /// WARM_ENI_TARGET's place; ignored when an address target is set.
    /// </summary>
    public int? WarmPrefix { get; init; }

    /// <summary>IP_COOLDOWN_PERIOD: how long a released address rests before another pod gets it.</summary>
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long beyond the cooldown a surplus must last before it is given back.</summary>
    public TimeSpan SurplusDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the pool may be short of its target, nobody waiting, before it asks EC2 (so that one call covers many pods).</summary>
    public TimeSpan TopUpDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>True when free addresses are counted singly, false when in whole ENIs or prefixes.</summary>
    public bool CountsAddresses => WarmIp > 0 || MinimumIp > 0;
}
