namespace AwsVpcCni.WarmPool.Model;

/// <summary>What this node may hold. Limits count blocks; targets count addresses.</summary>
/// <param name="EnisPerCard">Most ENIs on each network card, card 0 (with the primary ENI) first. At least one card with one ENI.</param>
/// <param name="AddressesPerEni">Addresses of one ENI; the first is the ENI's own, so <c>n - 1</c> blocks can be had. At least 2.</param>
/// <param name="MaxPods">kubelet's maxPods: growth stops where the pool has as many addresses. At least 1.</param>
/// <param name="Schedulable">False on a cordoned node: the pool is not kept warm, waiting pods are still served.</param>
/// <param name="SlotsKept">ENI slots on card 0 that are left for a trunk. 0 or more.</param>
public sealed record InstanceLimits(
    IReadOnlyList<int> EnisPerCard, int AddressesPerEni, int MaxPods, bool Schedulable = true, int SlotsKept = 0)
{
    /// <summary>Nitro and bare metal take /28 prefixes; others single addresses only, whatever the setting says.</summary>
    public bool SupportsPrefixes { get; init; } = true;

    /// <summary>Blocks that one ENI can carry beside its own address.</summary>
    public int BlocksPerEni => AddressesPerEni - 1;

    /// <summary>Null when the limits make sense, otherwise what is wrong with them.</summary>
    public string? Problem() =>
        EnisPerCard.Count == 0 || EnisPerCard[0] < 1 || EnisPerCard.Any(static n => n < 0)
            ? "an instance has at least one network card with one ENI"
            : AddressesPerEni < 2
            ? $"an ENI with {AddressesPerEni} addresses has none for pods"
            : MaxPods < 1
            ? $"maxPods is {MaxPods}, it must be at least 1"
            : SlotsKept < 0
            ? $"{SlotsKept} ENI slots cannot be kept"
            : null;
}
