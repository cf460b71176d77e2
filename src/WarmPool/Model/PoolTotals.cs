namespace AwsVpcCni.WarmPool.Model;

/// <summary>The numbers that growth and shrinking are decided from.</summary>
/// <param name="Waiting">Wanted and not given: waiting ADDs and those expected again.</param>
/// <param name="Free">Can be given at once.</param>
/// <param name="Cooling">Will be free within the cooldown.</param>
/// <param name="Coming">Asked for, or on ENIs that are not routed yet, and nobody's.</param>
/// <param name="Total">On routed ENIs, whoever has them.</param>
/// <param name="TakenElsewhere">With a pod, on ENIs that are not routed yet: after a restart that is every pod's.</param>
public readonly record struct PoolTotals(int Waiting, int Free, int Cooling, int Coming, int Total, int TakenElsewhere = 0)
{
    /// <summary>Prefixes on routed ENIs that no pod has an address of; cooling ones may be among their addresses.</summary>
    public int Unopened { get; init; }

    /// <summary>Such prefixes, asked for or on ENIs that are not routed yet.</summary>
    public int UnopenedComing { get; init; }

    /// <summary>Those of <see cref="Free"/> that are in unopened prefixes.</summary>
    public int FreeInUnopened { get; init; }

    /// <summary>Prefixes that could be given back.</summary>
    public int IdlePrefixes { get; init; }

    /// <summary>Single addresses that could be given back.</summary>
    public int IdleSingles { get; init; }

    /// <summary>Cooling addresses that no pod left: their rules are being removed, and they are free again in a moment.</summary>
    public int KeptBack { get; init; }

    /// <summary>Free but for IMDS, which does not show them: EC2 is being asked, and mostly they are there. Among <see cref="Total"/>.</summary>
    public int Asked { get; init; }

    /// <summary>With a pod, on ENIs that give no addresses (any more): draining ones, those that a tag excludes, a primary one that gives none.</summary>
    public int TakenApart { get; init; }

    /// <summary>All that the node will have once nothing is under way any more.</summary>
    public int Held => Total + Coming + TakenElsewhere;

    /// <summary>Of maxPods: what the node will have, and what pods have of that which it gives no more.</summary>
    public int Bound => Held + TakenApart;

    /// <summary>Waiting pods that nothing under way will serve.</summary>
    public int Unmet => Waiting - Free - Coming - Asked;

    /// <summary>
    /// Addresses still to ask EC2 for. Cooling addresses count as warm while at least half of the target is free, and as taken
    /// below that: their cooling then ends about when EC2 could deliver others.
    /// </summary>
    /// <param name="warm">Free addresses to keep.</param>
    /// <param name="minimum">Addresses to hold at least.</param>
    public int Need(int warm, int minimum)
    {
        var warmFree = Free + (Free * 2 >= warm ? Cooling : KeptBack);
        return Math.Max(0, Math.Max(
            Math.Max(Waiting + warm - warmFree - Coming - Asked, minimum - Held),
            Unmet));
    }

    /// <summary>
    /// Addresses still to ask EC2 for, in whole prefixes, when free ones are counted in whole prefixes too: one that a pod has opened
    /// does not count, its free addresses only serve who waits. Cooling counts as in <see cref="Need"/>.
    /// </summary>
    /// <param name="warm">Unopened prefixes to keep.</param>
    public int NeedInPrefixes(int warm)
    {
        var there = Free * 2 >= warm * Block.PrefixSize ? Unopened : IdlePrefixes;
        var opened = (Free - FreeInUnopened) + (Coming - (UnopenedComing * Block.PrefixSize));
        var toOpen = BlockOrder.PrefixesFor(Waiting - opened);
        return Math.Max(0, Math.Max((warm + toOpen - there - UnopenedComing) * Block.PrefixSize, Unmet));
    }

    /// <summary>Addresses that could be missed. Cooling ones are neither free nor given back.</summary>
    public int Surplus(int warm, int minimum) =>
        Waiting > 0 || Asked > 0 ? 0 : Math.Max(0, Math.Min(Free - warm, Total - minimum));
}
