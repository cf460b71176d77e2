using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud;

/// <summary>What an attached ENI is for (compat.md, "ENIs").</summary>
internal static class EniRoles
{
    private const string NoManageKey = "node.k8s.amazonaws.com/no_manage";

    /// <param name="primaryAddress">Null on an ENI that carries no addresses (efa-only).</param>
    /// <param name="ec2">Null while EC2 does not answer: its tags and its type are then unknown.</param>
    public static EniRole Of(bool isPrimary, int networkCard, IPAddress? primaryAddress, EniDescription? ec2)
    {
        if (isPrimary)
            return EniRole.Primary;
        if (networkCard > 0 || (ec2?.Tags.TryGetValue(NoManageKey, out var noManage) == true && noManage == "true"))
            return EniRole.LeftAlone;
        return ec2?.InterfaceType switch
        {
            "trunk" => EniRole.Trunk,
            "efa" or "efa-only" => EniRole.Efa,
            _ => primaryAddress is null ? EniRole.Efa : EniRole.Secondary,
        };
    }
}
