using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Cloud.Limits;

/// <summary>
/// The limits of an instance type that nobody knows: what the node is seen to hold, it holds. A pool with these serves pods with what is
/// there and grows no further.
/// </summary>
public static class ShownLimits
{
    /// <summary>Its own address and one for pods: every instance type's ENIs hold as many.</summary>
    private const int FewestAddresses = 2;

    public static InstanceTypeLimits Of(string instanceType, IReadOnlyList<ImdsEni> enis)
    {
        var onCard0 = enis.Where(static eni => eni.NetworkCard == 0).ToList();
        var most = onCard0.Select(static eni => eni.Blocks.Count + 1).DefaultIfEmpty().Max();
        return new InstanceTypeLimits(
            instanceType, [Math.Max(1, onCard0.Count)], Math.Max(FewestAddresses, most),
            SupportsPrefixes: onCard0.Exists(static eni => eni.Blocks.Any(static block => block.PrefixLength == 28)));
    }
}
