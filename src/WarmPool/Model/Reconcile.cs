using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// The slow look at what the hypervisor and the kernel say. IMDS lags and forgets, so it only adds what appeared; about what it
/// does not show EC2 is asked. The kernel proves that a pod is gone when two looks in a row show no link of it.
/// </summary>
public static class Reconcile
{
    /// <summary>Longer than removing rules takes, also on a host that is slow.</summary>
    private static readonly TimeSpan _sweeping = TimeSpan.FromSeconds(30);

    /// <summary>How far behind EC2 IMDS may be.</summary>
    internal static readonly TimeSpan ImdsLag = TimeSpan.FromSeconds(60);

    /// <param name="halfVisible">MACs that are listed without all of their ENI: no proof that it is gone.</param>
    /// <returns>Lines for people: what appeared, what vanished; and the ENIs that are new.</returns>
    public static (IReadOnlyList<string> Drift, IReadOnlyList<KnownEni> Appeared) WithImds(
        Pool pool, IReadOnlyList<KnownEni> seen, IReadOnlySet<string> halfVisible, TimeSpan now)
    {
        var appeared = new List<KnownEni>();
        var drift = new List<string>();
        foreach (var known in seen)
        {
            if (pool.ById(known.Id) is { } eni)
            {
                (eni.LooksWithout, eni.Showing) = (default, Showing.Shown);
                // Nobody else tells: what it lacked for so long that the host was to forget it is there after all.
                if (!pool.AsksEc2 && eni is { Role: EniRole.Secondary, State: EniState.Detaching } && known.DeviceIndex is { } index)
                    eni.IsBack(index, now);
                if (eni.TrimmedAt is not { } trimmed || now - trimmed >= ImdsLag)
                    Pool.TakeBackWhatStayed(eni, known.Blocks);
                if (eni.Role is EniRole.Primary or EniRole.Secondary)
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

        foreach (var eni in pool.Enis.Where(eni => seen.All(known => known.Id != eni.Id)).ToList())
        {
            var half = halfVisible.Contains(eni.MacAddress ?? "");
            if (eni.Role is EniRole.LeftAlone or EniRole.Trunk or EniRole.Efa)
            {
                // EC2 is not asked about it: what IMDS forgets for a moment keeps its slot.
                eni.LooksWithout = half ? default : eni.LooksWithout.Again(now);
                if (!eni.LooksWithout.Proves(now))
                    continue;
                pool.Drop(eni, forGood: false);
                drift.Add($"{eni.Id}, which was left alone, is gone");
            }
            else if (eni is { LinkGone: true, Role: EniRole.Secondary, State: EniState.LinkSeen or EniState.Draining, Running: null } && !half
                && now - eni.AttachedAt >= ImdsLag)
            {
                // Two witnesses, and neither is EC2. What was attached a moment ago IMDS does not know yet, and a driver may have been reset.
                Forget(pool, eni, $"{eni.Id} is not attached any more: its link vanished, and IMDS does not list it", now, drift);
            }
            else if (pool.MayNotLook && eni is { Role: EniRole.Secondary, State: EniState.Draining, Attachment: null, Idle: true, Running: null, Doubt: null } && !eni.HasLink)
            {
                // Its link never came, and nobody can detach what only IMDS has shown: it would keep its slot for ever.
                eni.LooksWithout = half ? default : eni.LooksWithout.Again(now);
                if (eni.LooksWithout.Proves(now))
                    Forget(pool, eni, $"{eni.Id} is not attached any more, says IMDS", now, drift);
            }
            else if (eni is { State: EniState.Routed, Running: null, Doubt: null }
                || (!pool.AsksEc2 && eni is { Role: EniRole.Secondary, State: EniState.Attached or EniState.LinkSeen or EniState.Draining, Running: null }))
            {
                if (now - eni.AttachedAt < ImdsLag)
                    continue;
                if (eni.Showing == Showing.Shown)
                {
                    drift.Add($"{eni.Id} is not in IMDS although it should be attached");
                    eni.Showing = Showing.Missing;
                }

                if (eni.Showing == Showing.Missing)
                    Ask(pool, eni, now);
                eni.LooksWithout = half ? default : eni.LooksWithout.Again(now);
                // The node stands on its primary ENI. And the hypervisor unplugs what is detached: where the link is, IMDS only forgets.
                if (!pool.AsksEc2 && eni.Role == EniRole.Secondary && !eni.HasLink && eni.LooksWithout.Proves(now))
                    Forget(pool, eni, $"{eni.Id} is not attached any more, says IMDS", now, drift);
            }
        }

        return (drift, appeared);
    }

    /// <summary>The host forgets it. Whose it is only EC2 can tell, so nobody deletes it but who was about to: this run has detached it.</summary>
    internal static void Forget(Pool pool, Eni eni, string why, TimeSpan now, List<string> drift)
    {
        drift.Add(pool.Lose(eni, why));
        var kept = eni is not { State: EniState.Draining, Doubt.OfDetach: true };
        (eni.State, eni.Kept, eni.LinkGone, eni.Doubt) = (EniState.Detaching, kept, false, null);
        (eni.NotBefore, eni.Setbacks) = (now, 0);
    }

    /// <summary>Releases what pods never used or left without a DEL.</summary>
    /// <param name="vethOf">The host veth's name of a pod: all that still speaks for one of the original's, which has no alias, when its route is gone.</param>
    /// <param name="plumbing">How long an ADD that was answered may take to make its link.</param>
    public static IReadOnlyList<Allocation> WithLinks(
        Pool pool, IReadOnlyList<LinkedPod> links, Func<PodKey, PodName, string>? vethOf, TimeSpan plumbing, TimeSpan cooldown, TimeSpan now)
    {
        var keys = new HashSet<PodKey>();
        var addresses = new HashSet<IPAddress>();
        var veths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var link in links)
        {
            if (link.Key is { } key)
                keys.Add(key);
            addresses.UnionWith(link.Addresses);
            // A name is of a pod, not of a sandbox: the link of its next sandbox, which says so, does not speak for the last one.
            if (link.Key is null)
                veths.Add(link.HostVeth);
        }

        var swept = new List<Allocation>();
        foreach (var allocation in pool.Allocations.ToList())
        {
            if (now - allocation.LastTold < plumbing
                || keys.Contains(allocation.Key)
                || allocation.Addresses.Any(addresses.Contains)
                || (allocation.Key.NetworkName == Recovery.KernelOnly && veths.Contains(allocation.Key.ContainerId))
                || (allocation.Name is { } name && vethOf is not null && veths.Contains(vethOf(allocation.Key, name))))
                allocation.LooksWithoutLink = 0;
            else if (++allocation.LooksWithoutLink >= 2)
                swept.Add(allocation);
        }

        foreach (var allocation in swept)
            pool.Release(allocation.Key, now, cooldown);
        return swept;
    }

    /// <summary>
    /// Addresses whose rules are nobody's: of a plugin that was killed half-way, of a DEL that did not know them, of a pod that vanished.
    /// They are kept from new pods for a while, so that no ADD writes the rules that are being removed.
    /// </summary>
    /// <param name="ruled">All that have a pod's rules; those outside of our subnets are other plugins'.</param>
    public static IReadOnlyList<IPAddress> Strays(
        Pool pool, IReadOnlyList<IPAddress> ruled, IReadOnlyList<LinkedPod> links, TimeSpan now)
    {
        var routed = links.SelectMany(static link => link.Addresses).ToHashSet();
        var strays = new List<IPAddress>();
        foreach (var address in ruled)
        {
            if (pool.Owner(address) is not null || routed.Contains(address) || !pool.IsInOurSubnets(address))
                continue;
            pool.KeepBack(address, now + _sweeping);
            strays.Add(address);
        }

        return strays;
    }

    // Each direction has its own proof. What appears while nothing was taken away is really there, even when calls for this ENI fail
    // all the time: after a restart during an EC2 outage, IMDS is all there is. What is missing may only be late.
    private static void CompareBlocks(Pool pool, Eni eni, IReadOnlyList<IPNetwork> networks, TimeSpan now, List<string> drift)
    {
        if (eni is { Doubt: null, Running: not PoolAction.UnassignBlocks } && (eni.TrimmedAt is not { } trimmed || now - trimmed >= ImdsLag))
        {
            var before = eni.Blocks.Count;
            foreach (var network in networks)
            {
                if (!eni.Gone.Contains(network) && eni.Blocks.All(block => block.Network != network) && pool.AddBlock(eni, network, now))
                    drift.Add($"{network} appeared on {eni.Id}");
            }

            // What IMDS does not show may be gone: somebody has put these in its place.
            if (eni.Blocks.Count > before)
                pool.NoteHeld(eni, eni.Blocks.Count(block => networks.Contains(block.Network)));
        }

        if (eni.State != EniState.Routed)
            return;
        if (eni is { Running: null, Doubt: null } && now - eni.ChangedAt >= ImdsLag)
            eni.Gone.IntersectWith(networks);
        for (var i = eni.Blocks.Count - 1; i >= 0; i--)
        {
            var block = eni.Blocks[i];
            if (networks.Contains(block.Network))
            {
                // What EC2 has said once it says again in a moment, and it knows better.
                if (eni.Doubt is not { LastSeen: not null } && block.Showing != Showing.Unlisted)
                    eni.SetShowing(block, Showing.Shown);
                block.LooksWithout = default;
            }
            else if (!block.Leaving && now - block.Since >= ImdsLag)
                MissBlock(pool, eni, block, now, drift);
        }

        if (eni is { Running: null, Doubt: null } && eni.Blocks.Any(static block => block.IsMissing))
            Ask(pool, eni, now);
    }

    private static void MissBlock(Pool pool, Eni eni, Block block, TimeSpan now, List<string> drift)
    {
        if (block.Showing == Showing.Shown)
        {
            drift.Add($"{block.Network} is not on {eni.Id} any more, says IMDS");
            // Where EC2 is never asked, one look is no reason to stop a pod: the third takes it away.
            eni.SetShowing(block, pool.AsksEc2 ? Showing.Missing : Showing.Vouched);
        }

        block.LooksWithout = block.LooksWithout.Again(now);
        if (pool.AsksEc2 || !block.LooksWithout.Proves(now))
            return;
        if (block.Assigned > 0)
            drift.Add($"{block.Assigned} pods have lost their address with {block.Network}; it is kept from others");
        pool.RemoveBlock(block);
        // IMDS is all there is: what it shows again is there again.
        eni.Gone.Remove(block.Network);
    }

    // EC2 is asked until it has told, and then no more: IMDS may lack for hours what EC2 has. A moment ago it may not have been asked:
    // that is its answer.
    private static void Ask(Pool pool, Eni eni, TimeSpan now)
    {
        if (pool.Holds.At(new HoldScope(HoldKind.Look), now) is { Kind: Setback.Denied })
            Pool.Vouch(eni, Showing.Missing);
        else if (pool.AsksEc2)
            eni.Doubt = new Doubt("IMDS does not show all of it", now, null) { FromOutside = true };
    }
}
