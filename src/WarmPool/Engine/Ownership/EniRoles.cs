using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Ownership;

/// <summary>What an attached ENI is for (compat.md, "ENIs").</summary>
/// <param name="instanceId">Whose tag makes an ENI ours.</param>
/// <param name="manageUntagged">MANAGE_UNTAGGED_ENI: use also those that carry no node's tag, or another's.</param>
public sealed class EniRoles(string instanceId, bool manageUntagged)
{
    /// <param name="primaryAddress">
    /// Null on an ENI that carries no addresses, and while IMDS does not tell them yet (ec2-facts.md §6): of the two only EC2's type tells
    /// an EFA.
    /// </param>
    /// <param name="ec2">Null while EC2 does not answer: its tags and its type are then unknown, and pods may be on it.</param>
    public EniRole Of(bool isPrimary, int networkCard, IPAddress? primaryAddress, EniDescription? ec2)
    {
        if (isPrimary)
            return EniRole.Primary;
        if (networkCard > 0)
            return EniRole.LeftAlone;
        if (ec2?.InterfaceType is "trunk")
            return EniRole.Trunk;
        if (ec2?.InterfaceType is "efa" or "efa-only")
            return EniRole.Efa;
        if (primaryAddress is null)
            return EniRole.LeftAlone;
        return ec2 is null || IsManaged(ec2.Tags) ? EniRole.Secondary : EniRole.LeftAlone;
    }

    /// <summary>Its tag says that it is to be left alone; it may say otherwise later.</summary>
    public static bool IsNoManage(IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue(EniMarks.NoManageKey, out var noManage) && noManage == "true";

    // The explicit tag decides, then whose it says it is, then the setting.
    private bool IsManaged(IReadOnlyDictionary<string, string> tags) =>
        tags.ContainsKey(EniMarks.NoManageKey) ? !IsNoManage(tags)
        : (tags.TryGetValue(EniMarks.InstanceIdKey, out var owner) && owner == instanceId) || manageUntagged;
}
