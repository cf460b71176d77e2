using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// The slow look at what the hypervisor and the kernel say. IMDS lags and forgets, so it only adds what appeared; about what it does
/// not show EC2 is asked. The kernel proves that a pod is gone when two looks in a row show no link of it.
/// </summary>
public static class Reconcile
{
    /// <summary>How far behind EC2 IMDS may be.</summary>
    private static readonly TimeSpan _imdsLag = TimeSpan.FromSeconds(60);

    /// <summary>How often EC2 is asked because IMDS shows less than the pool has.</summary>
    private static readonly TimeSpan _askAgain = TimeSpan.FromMinutes(10);

    /// <summary>Where EC2 may not be asked, so many looks at IMDS in a row prove that something is gone.</summary>
    private const int LooksThatProve = 3;

    /// <param name="halfVisible">Texts that begin with the MAC of an ENI that is listed and not told entirely: it is there.</param>
    /// <returns>Lines for people: what appeared, what vanished; and the ENIs that are new.</returns>
    public static (IReadOnlyList<string> Drift, IReadOnlyList<KnownEni> Appeared) WithImds(
        Pool pool, IReadOnlyList<KnownEni> seen, IReadOnlyList<string> halfVisible, TimeSpan now)
    {
        var appeared = new List<KnownEni>();
        var drift = new List<string>();
        foreach (var known in seen)
        {
            if (pool.ById(known.Id) is { } eni)
            {
                eni.LooksWithout = 0;
                if (eni is { Role: EniRole.Primary or EniRole.Secondary, Doubt: null })
                    CompareBlocks(pool, eni, known.Blocks, now, drift);
            }
            else if (!pool.IsGone(known.Id)
                && !pool.Enis.Any(eni => string.Equals(eni.MacAddress, known.MacAddress, StringComparison.OrdinalIgnoreCase)))
            {
                // Only EC2's tags tell whose it is; until then it only takes its slot.
                pool.Adopt(known with { Role = EniRole.LeftAlone, GivesAddresses = false }, now);
                appeared.Add(known);
            }
        }

        foreach (var eni in pool.Enis.Where(eni => seen.All(known => known.Id != eni.Id) && !IsHalfVisible(eni, halfVisible)).ToList())
            Missing(pool, eni, now, drift);
        return (drift, appeared);
    }

    /// <summary>Releases what pods never used or left without a DEL.</summary>
    /// <param name="plumbing">How long an ADD that was answered may take to make its link.</param>
    public static IReadOnlyList<Allocation> WithLinks(
        Pool pool, IReadOnlyList<LinkedPod> links, TimeSpan plumbing, TimeSpan cooldown, TimeSpan now)
    {
        var keys = new HashSet<PodKey>();
        var addresses = new HashSet<IPAddress>();
        var veths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var link in links)
        {
            if (link.Key is { } key)
                keys.Add(key);
            addresses.UnionWith(link.Addresses);
            veths.Add(link.HostVeth);
        }

        var swept = new List<Allocation>();
        foreach (var allocation in pool.Allocations.ToList())
        {
            if (now - allocation.At.Monotonic < plumbing
                || keys.Contains(allocation.Key)
                || allocation.Addresses.Any(addresses.Contains)
                || (allocation.Key.NetworkName == Recovery.KernelOnly && veths.Contains(allocation.Key.ContainerId)))
                allocation.LooksWithoutLink = 0;
            else if (++allocation.LooksWithoutLink >= 2)
                swept.Add(allocation);
        }

        foreach (var allocation in swept)
            pool.Release(allocation.Key, now, cooldown);
        return swept;
    }

    // Each direction has its own proof. What appears while nothing was taken away is really there, even when calls for this ENI fail
    // all the time: after a restart during an EC2 outage, IMDS is all there is. What is missing may only be late.
    private static void CompareBlocks(Pool pool, Eni eni, IReadOnlyList<IPNetwork> networks, TimeSpan now, List<string> drift)
    {
        if (eni.Running is not PoolAction.UnassignBlocks && (eni.TrimmedAt is not { } trimmed || now - trimmed >= _imdsLag))
        {
            foreach (var network in networks)
            {
                if (!eni.Gone.Contains(network) && eni.Blocks.All(block => block.Network != network) && pool.AddBlock(eni, network))
                    drift.Add($"{network} appeared on {eni.Id}");
            }
        }

        if (eni.Running is not null || now - eni.ChangedAt < _imdsLag)
            return;
        eni.Gone.IntersectWith(networks);
        var missing = new List<Block>();
        foreach (var block in eni.Blocks)
        {
            block.LooksWithout = networks.Contains(block.Network) ? 0 : block.LooksWithout + 1;
            if (block.LooksWithout > 0)
                missing.Add(block);
        }

        if (missing.Count == 0)
            return;
        if (pool.AsksEc2)
        {
            AskEc2(eni, $"IMDS does not show {string.Join(", ", missing.Select(static block => block.Network))} on {eni.Id}", now, drift);
            return;
        }

        foreach (var block in missing.Where(static block => block.LooksWithout >= LooksThatProve))
        {
            drift.Add(block.Assigned == 0
                ? $"{block.Network} is not on {eni.Id} any more"
                : $"{block.Network} is not on {eni.Id} any more; {block.Assigned} pods have lost their address, which is kept from others");
            pool.RemoveBlock(block);
        }
    }

    private static bool IsHalfVisible(Eni eni, IReadOnlyList<string> halfVisible) =>
        eni.MacAddress is { } mac && halfVisible.Any(text => text.StartsWith(mac, StringComparison.OrdinalIgnoreCase));

    private static void Missing(Pool pool, Eni eni, TimeSpan now, List<string> drift)
    {
        if (eni.Role is EniRole.LeftAlone or EniRole.Trunk or EniRole.Efa)
        {
            pool.Drop(eni, forGood: false);
            drift.Add($"{eni.Id}, which was left alone, is gone");
            return;
        }

        if (eni is not { State: EniState.Routed, Running: null, Doubt: null } || now - eni.ChangedAt < _imdsLag)
            return;
        eni.LooksWithout++;
        if (pool.AsksEc2)
        {
            AskEc2(eni, $"{eni.Id} is not in IMDS although it should be attached", now, drift);
        }
        else if (eni.LooksWithout >= LooksThatProve)
        {
            drift.Add(Pool.Lost(eni, $"{eni.Id} is not attached any more, says IMDS"));
            pool.Drop(eni, forGood: false);
        }
    }

    // IMDS forgets; EC2 decides. It may go on forgetting, and that is no reason to freeze the ENI every minute.
    private static void AskEc2(Eni eni, string why, TimeSpan now, List<string> drift)
    {
        if (now < eni.AskForImdsNotBefore)
            return;
        eni.AskForImdsNotBefore = now + _askAgain;
        drift.Add($"{why}: EC2 is asked");
        eni.Doubt = new Doubt(why, now, null) { FromOutside = true };
    }
}
