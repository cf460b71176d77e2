using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>What a pod is told that gets no address: what keeps it from one, and what to do about it.</summary>
internal static class NoAddress
{
    /// <summary>Why none came within the time that an ADD waits.</summary>
    public static string InTime(Pool pool, InstanceLimits limits, TimeSpan now) =>
        pool.CannotGrow ?? (pool.Totals().Coming > 0
            ? $"addresses are on their way from EC2; the next try may find one{LastAttempt(pool)}"
            : Headroom.Leaving(pool, limits) > 0
            ? "an ENI is being given back, and another one can take its place only when it is gone; the next try may find an address"
            : LateLinks(pool, now) ?? "no address came free in time");

    /// <summary>Why waiting would not help.</summary>
    public static string Ever(Pool pool, InstanceLimits limits, WarmTargets targets, TimeSpan now)
    {
        var totals = pool.Totals();
        var use = $"none of this node's {totals.Total} addresses is free ({totals.Cooling} cool down, {pool.Line.Waiting} pods wait)";
        if (pool.CannotGrow is { } held)
            return $"{use}, and {held}";
        if (!pool.Provisions)
            return $"{use}, and DISABLE_NETWORK_RESOURCE_PROVISIONING keeps it from getting more";
        if (totals.Held >= limits.MaxPods)
            return $"{use}, and it holds no more than maxPods ({limits.MaxPods}): delete pods or raise maxPods";
        if (LateLinks(pool, now) is { } late)
            return $"{use}, and {late}";
        var (found, figure) = (Headroom.AddressesPerEni(Headroom.AsFound(pool, limits), targets), Headroom.AddressesPerEni(limits, targets));
        var less = found < figure ? $"; EC2 refuses more, although the instance type's figure is {figure}" : "";
        return $"{use}, and its ENIs hold no more ({Headroom.MostEnis(limits, targets)} ENIs of {found} addresses{less}): "
            + "delete pods, use a larger instance type, or raise MAX_ENI where it is set";
    }

    private static string LastAttempt(Pool pool) => pool.Holds.LastToGrow() is { } refusal ? $" (the last attempt failed: {refusal})" : "";

    private static string? LateLinks(Pool pool, TimeSpan now)
    {
        var late = Headroom.Late(pool).ToList();
        return late.Count == 0 ? null
            : string.Join("; ", late.Select(eni => $"{eni.Id} ({eni.MacAddress}) was attached {(now - eni.AttachedAt).TotalSeconds:0} s ago and this host does not see its link"))
                + ": look for it with `ip -br link` and in the kernel's log";
    }
}
