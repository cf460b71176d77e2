namespace AwsVpcCni.Ipamd.Cloud.Limits;

/// <summary>How many ENIs and addresses an instance type holds.</summary>
/// <param name="EnisPerCard">By network card, card 0 first, the primary ENI included; at least one card with at least one ENI.</param>
/// <param name="AddressesPerEni">IPv4 addresses or prefixes of one ENI, its own address included; at least 1.</param>
/// <param name="SupportsPrefixes">Nitro or bare metal; others take single addresses only.</param>
public sealed record InstanceTypeLimits(
    string InstanceType, IReadOnlyList<int> EnisPerCard, int AddressesPerEni, bool SupportsPrefixes)
{
    /// <summary>Slots for addresses or prefixes beside an ENI's own address.</summary>
    public int BlocksPerEni => AddressesPerEni - 1;

    /// <summary>Null when the figures are no instance type's.</summary>
    internal static InstanceTypeLimits? TryCreate(
        string instanceType, IReadOnlyList<int> enisPerCard, int addressesPerEni, bool prefixes) =>
        enisPerCard.Count is >= 1 and <= 256 && enisPerCard[0] >= 1 && enisPerCard.All(enis => enis is >= 0 and <= 1000)
        && addressesPerEni is >= 1 and <= 1000
            ? new InstanceTypeLimits(instanceType, enisPerCard, addressesPerEni, prefixes)
            : null;
}
