using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>An ENI as the node finds it when it starts, from IMDS or from EC2.</summary>
/// <param name="DeviceIndex">Null when it is attached to nothing.</param>
/// <param name="SubnetCidr">Needed to route its pods; null is only good for ENIs that give no addresses.</param>
/// <param name="PrimaryAddress">The ENI's own. Null on an efa-only ENI.</param>
/// <param name="Blocks">/32 and /28 blocks for pods, the primary address not among them.</param>
/// <param name="Attachment">Null when IMDS was the source: it does not tell; EC2 is asked before a detach.</param>
/// <param name="DeleteOnTermination">Null when IMDS was the source.</param>
public sealed record KnownEni(
    EniId Id,
    EniRole Role,
    string MacAddress,
    int NetworkCard,
    int? DeviceIndex,
    string SubnetId,
    IPNetwork? SubnetCidr,
    IPAddress? PrimaryAddress,
    IReadOnlyList<IPNetwork> Blocks,
    AttachmentId? Attachment = null,
    bool? DeleteOnTermination = null)
{
    /// <summary>False on a primary ENI under custom networking: it is routed, and its addresses stay unused.</summary>
    public bool GivesAddresses { get; init; } = Role is EniRole.Primary or EniRole.Secondary;

    /// <summary>As far as is known it is not the pool's to manage, whatever its role looks like.</summary>
    public bool NoManage { get; init; }

    /// <summary>An earlier run was told by EC2 that it is the pool's.</summary>
    public bool WasOurs { get; init; }

    /// <summary>Created, Attached, Detaching or Deleting: what an earlier run of the daemon, or somebody else, left it in.</summary>
    public EniState State { get; init; } = EniState.Attached;

    /// <summary>It lacks tags that it should have, as far as is known.</summary>
    public bool LostTags { get; init; }

    /// <summary>Why EC2 is to be asked about it before it is relied on; null when all sources agree.</summary>
    public string? Doubt { get; init; }
}
