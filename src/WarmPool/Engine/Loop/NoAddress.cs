using System.Globalization;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>What a pod is told that gets no address: what keeps it from one, and what to do about it.</summary>
internal static class NoAddress
{
    /// <summary>Why none came within the time that an ADD waits.</summary>
    public static string InTime(Pool pool, InstanceLimits limits, TimeSpan now) =>
        pool.CannotGrow ?? (pool.Totals() is { Coming: > 0 } or { Asked: > 0 }
            ? $"addresses are on their way from EC2{OnTheWay(pool, now)}{Missing(pool)}; the next try may find one{LastAttempt(pool)}"
            : Headroom.Leaving(pool, limits) > 0
            ? "an ENI is being given back, and another one can take its place only when it is gone; the next try may find an address"
            : LateLinks(pool, now) ?? "no address came free in time");

    /// <summary>Why waiting would not help.</summary>
    public static string Ever(Pool pool, InstanceLimits limits, WarmTargets targets, TimeSpan now)
    {
        var totals = pool.Totals();
        var use = $"none of this node's {totals.Total} addresses is free ({totals.Cooling} cool down{Missing(pool)}, {pool.Line.Waiting} pods wait)";
        if (pool.CannotGrow is { } held)
            return $"{use}, and {held}";
        if (!pool.Provisions)
            return $"{use}, and DISABLE_NETWORK_RESOURCE_PROVISIONING keeps it from getting more";
        if (totals.Bound >= limits.MaxPods)
            return $"{use}, and it holds no more than maxPods ({limits.MaxPods}): delete pods or raise maxPods";
        if (LateLinks(pool, now) is { } late)
            return $"{use}, and {late}";
        var (found, figure) = (Headroom.AddressesPerEni(Headroom.AsFound(pool, limits), targets), Headroom.AddressesPerEni(limits, targets));
        var less = found < figure ? $"; EC2 refuses more, although the instance type's figure is {figure}" : FullEnis(pool, now);
        return $"{use}, and its ENIs hold no more ({Headroom.MostEnis(limits, targets)} ENIs of {found} addresses{less}): "
            + "delete pods, use a larger instance type, or raise MAX_ENI where it is set";
    }

    // One ENI's refusal says nothing about the others, and may be due to a stale view.
    private static string FullEnis(Pool pool, TimeSpan now)
    {
        var full = pool.Enis.Where(static eni => eni is { GivesAddresses: true, MostBlocks: not null, Id: not null }).ToList();
        return full.Count == 0 ? "" : $"; EC2 refuses more for {string.Join(", ", full.Select(eni =>
            $"{eni.Id}, which has {eni.Blocks.Count}, and is asked again in {Seconds((pool.Holds.At(new HoldScope(HoldKind.Full, eni.Id!.Value.Value), now)?.Until ?? now) - now)} s"))}";
    }

    private static string Missing(Pool pool) => pool.Enis.Sum(static eni => eni.Gives ? eni.Missing : 0) is > 0 and { } missing
        ? $", IMDS or EC2's list lacks {missing} and EC2 has not told whether they are there"
        : "";

    private static string LastAttempt(Pool pool) => pool.Holds.LastToGrow() is { } refusal ? $" (the last attempt failed: {refusal})" : "";

    // What brings them, the longest wait of each kind: who reads it several times sees whether it is the same.
    private static string OnTheWay(Pool pool, TimeSpan now)
    {
        var enis = pool.Enis.Where(static eni => eni is { GivesAddresses: true, NetworkCard: 0 }).ToList();
        var steps = new List<string>();
        Tell("in creation", enis.Where(static eni => eni.State == EniState.Creating), static eni => eni.StartedAt);
        Tell("waiting to be attached", enis.Where(static eni => eni.State == EniState.Created), static eni => eni.StartedAt);
        Tell("attaching", enis.Where(static eni => eni.State == EniState.Attaching), static eni => eni.StartedAt);
        Tell(
            "waiting for its link", enis.Where(static eni => eni is { State: EniState.Attached or EniState.LinkSeen, LinkIsLate: false }),
            static eni => eni.AttachedAt);
        Tell(
            "getting addresses", enis.Where(static eni => eni is { State: EniState.Routed, Running: PoolAction.AssignBlocks }),
            static eni => eni.StartedAt);
        return steps.Count == 0 ? "" : $": {string.Join(", ", steps)}";

        void Tell(string step, IEnumerable<Eni> at, Func<Eni, TimeSpan> since)
        {
            if (at.OrderBy(since).ToList() is [var first, .. var others])
            {
                var more = others.Count == 0 ? "" : $" (and {others.Count} more)";
                steps.Add($"{first.Id?.ToString() ?? "an ENI"} has been {step} for {Seconds(now - since(first))} s{more}");
            }
        }
    }

    /// <summary>
    /// EC2's reply to an attach does not wait for the link. Links of one instance may come one after another; a single one that stays away
    /// is more likely the driver's.
    /// </summary>
    private static string? LateLinks(Pool pool, TimeSpan now)
    {
        if (Headroom.Late(pool).OrderBy(static eni => eni.AttachedAt).ToList() is not [var first, .. var others])
            return null;
        if (first.Doubt is { OfDetach: true } or { TimesDetaching: > 0 })
            return $"{first.Id} is being detached, and another ENI can take its place only when it is gone; the next try may find an address. "
                + $"If that lasts, look at its attachment with `aws ec2 describe-network-interfaces --network-interface-ids {first.Id}`";
        var behind = others.Count + pool.Enis.Count(static eni => eni is
        { GivesAddresses: true, NetworkCard: 0, State: EniState.Attaching or EniState.Attached or EniState.LinkSeen, LinkIsLate: false });
        var queue = behind == 0 ? "" : $", and {behind} more {(behind == 1 ? "ENI waits" : "ENIs wait")} for theirs: EC2 may attach an instance's ENIs one after another";
        var end = pool.Provisions ? $"An ENI without link for {Pool.LinkPatience.TotalMinutes:0} minutes is replaced; look" : "Look";
        return $"{first.Id} ({first.MacAddress}) has been attaching for {Seconds(now - first.AttachedAt)} s and this host does not see its link yet{queue}; the next try may find it. "
            + $"{end} for the link with `ip -br link` and in the kernel's log";
    }

    private static string Seconds(TimeSpan time) => Math.Max(0, time.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
}
