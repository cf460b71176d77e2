using static AwsVpcCni.Ipamd.Settings.SettingGroup;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>How many addresses are kept ready, and for how long.</summary>
public sealed record PoolSettings
{
    // No instance type comes near it (32 cards, 15 ENIs, 49 prefixes of 16); it keeps sums far from overflow.
    private const int MostAddresses = 1_000_000;

    internal static readonly SettingGroup Group = new("The warm pool");

    internal static readonly Setting<int> WarmEniTargetVariable = Group.Add(Int("WARM_ENI_TARGET", 1, 0, 1000,
        "ENIs' worth of addresses to keep free. Overridden by WARM_IP_TARGET and MINIMUM_IP_TARGET."));

    internal static readonly Setting<int?> WarmIpTargetVariable = Group.Add(OptionalInt("WARM_IP_TARGET", 1, MostAddresses,
        "Free addresses to keep.", 0));

    internal static readonly Setting<int?> MinimumIpTargetVariable = Group.Add(OptionalInt("MINIMUM_IP_TARGET", 1, MostAddresses,
        "Addresses to hold in all, free or not.", 0));

    internal static readonly Setting<int?> WarmPrefixTargetVariable = Group.Add(OptionalInt("WARM_PREFIX_TARGET", 1, MostAddresses / 16,
        "Prefixes to keep that no pod has an address of. Only with ENABLE_PREFIX_DELEGATION, where it takes WARM_ENI_TARGET's place; "
        + "overridden by WARM_IP_TARGET and MINIMUM_IP_TARGET, which are rounded up to whole prefixes. None: prefixes are taken when "
        + "pods come.", 0));

    internal static readonly Setting<int?> MaxEniVariable = Group.Add(OptionalInt("MAX_ENI", 1, 1000,
        "Most ENIs on this node, the primary included; never more than its instance type allows.", 0, -1));

    internal static readonly Setting<TimeSpan> CooldownVariable = Group.Add(Seconds("IP_COOLDOWN_PERIOD", 30, 0, 86_400,
        "How long a released address is kept from other pods."));

    internal static readonly Setting<TimeSpan> AddWaitVariable = Group.Add(Seconds("IPAMD_ADD_WAIT_SECONDS", 15, 1, 25,
        "How long an ADD waits for an address that is on its way. A slow ADD can hold up the container runtime's status, and kubelet "
        + "calls a node NotReady after 30 s: hence the limit. 10-aws.conf gets it as addTimeoutSeconds. Where another file of yours calls "
        + "aws-cni (a 10-aws.conflist), set addTimeoutSeconds there to the same: without it the plugin gives up after 15 s and 3 more, "
        + "whatever the daemon would do."));

    internal static readonly Setting<TimeSpan> SurplusDelayVariable = Group.Add(Seconds("IPAMD_SURPLUS_DELAY_SECONDS", 30, 0, 86_400,
        "How long, beyond IP_COOLDOWN_PERIOD, addresses stay free before they are given back to EC2; what a pod has left rests first, so after twice that period and this."));

    internal static readonly Setting<TimeSpan> ReconcileIntervalVariable = Group.Add(Seconds(
        "IPAMD_RECONCILE_INTERVAL_SECONDS", 60, 5, 3600,
        "How often the pool is compared with IMDS and the kernel, and at every fifth time (±20 %) with EC2. It repairs drift only; demand is "
        + "never polled for."));

    internal static readonly Setting<bool> PrefixDelegationVariable = Group.Add(Bool("ENABLE_PREFIX_DELEGATION", false,
        "Take /28 prefixes instead of single addresses, where the instance type can have them (Nitro, bare metal). Addresses that pods "
        + "have of the other kind stay until the pods end. A subnet without a free /28 gives single addresses meanwhile."));

    internal static readonly Setting<bool> ManageNonSchedulableVariable = Group.Add(Bool("AWS_MANAGE_ENIS_NON_SCHEDULABLE", false,
        "Let the pool grow on a cordoned node too.")
        .NotActedOn("a cordoned node's pool grows like any other", true));

    internal static readonly Setting<bool> NoProvisioningVariable = Group.Add(Bool("DISABLE_NETWORK_RESOURCE_PROVISIONING", false,
        "Leave ENIs, their addresses, tags and security groups to somebody else, and use what is attached. EC2 is still asked what is there."));

    internal static readonly Setting<bool> ImdsOnlyVariable = Group.Add(Bool("ENABLE_IMDS_ONLY_MODE", false,
        "Make no EC2 calls at all: use what IMDS shows. Means DISABLE_NETWORK_RESOURCE_PROVISIONING too. Tags are not known then."));

    public required int WarmEniTarget { get; init; }

    /// <summary>Null when not set; it and <see cref="MinimumIpTarget"/> override <see cref="WarmEniTarget"/>.</summary>
    public required int? WarmIpTarget { get; init; }

    public required int? MinimumIpTarget { get; init; }

    public required int? WarmPrefixTarget { get; init; }

    /// <summary>Ask for /28 prefixes.</summary>
    public required bool PrefixDelegation { get; init; }

    /// <summary>False: ENIs and addresses are somebody else's.</summary>
    public required bool Provisions { get; init; }

    /// <summary>False: not even asked what is there; then nothing is provisioned either.</summary>
    public required bool AsksEc2 { get; init; }

    /// <summary>The primary ENI included. Null: what the instance type allows.</summary>
    public required int? MaxEni { get; init; }

    public required TimeSpan Cooldown { get; init; }

    public required TimeSpan AddWait { get; init; }

    /// <summary>On top of the cooldown.</summary>
    public required TimeSpan SurplusDelay { get; init; }

    public required TimeSpan ReconcileInterval { get; init; }

    internal static PoolSettings From(SettingsValues values) => new()
    {
        WarmEniTarget = values.Get(WarmEniTargetVariable),
        WarmIpTarget = values.Get(WarmIpTargetVariable),
        MinimumIpTarget = values.Get(MinimumIpTargetVariable),
        WarmPrefixTarget = values.Get(WarmPrefixTargetVariable),
        PrefixDelegation = values.Get(PrefixDelegationVariable),
        Provisions = !values.Get(NoProvisioningVariable) && !values.Get(ImdsOnlyVariable),
        AsksEc2 = !values.Get(ImdsOnlyVariable),
        MaxEni = values.Get(MaxEniVariable),
        Cooldown = values.Get(CooldownVariable),
        AddWait = values.Get(AddWaitVariable),
        SurplusDelay = values.Get(SurplusDelayVariable),
        ReconcileInterval = values.Get(ReconcileIntervalVariable),
    };
}
