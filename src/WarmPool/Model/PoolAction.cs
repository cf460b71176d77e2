using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// One thing to do outside. The pool has recorded it as running when the planner returns it, and forgets it when its
/// <see cref="ActionResult"/> is applied.
/// </summary>
public abstract record PoolAction
{
    private PoolAction()
    {
    }

    /// <summary>An action on one ENI; at most one runs per ENI.</summary>
    /// <param name="Eni">The ENI's number in the pool: it has no id before EC2 gave one.</param>
    public abstract record OnEni(int Eni) : PoolAction;

    /// <param name="ClientToken">The same for every repeat of this wish, so that a repeat makes no second ENI.</param>
    public sealed record CreateEni(int Eni, EniTemplate Template, BlockOrder Blocks, string ClientToken) : OnEni(Eni);

    public sealed record AttachEni(int Eni, EniId Id, int NetworkCard, int DeviceIndex) : OnEni(Eni);

    /// <summary>Makes the ENI go with its instance (DeleteOnTermination).</summary>
    public sealed record BindEni(int Eni, EniId Id, AttachmentId Attachment) : OnEni(Eni);

    public sealed record RouteEni(int Eni, EniOnHost Link) : OnEni(Eni);

    public sealed record AssignBlocks(int Eni, EniId Id, BlockOrder Blocks) : OnEni(Eni);

    public sealed record UnassignBlocks(int Eni, EniId Id, IReadOnlyList<IPNetwork> Blocks) : OnEni(Eni);

    public sealed record DetachEni(int Eni, EniId Id, AttachmentId Attachment) : OnEni(Eni);

    public sealed record ForgetEni(int Eni, EniOnHost Link) : OnEni(Eni);

    public sealed record DeleteEni(int Eni, EniId Id) : OnEni(Eni);

    public sealed record SetGroups(int Eni, EniId Id, IReadOnlyList<string> SecurityGroupIds) : OnEni(Eni);

    /// <summary>Restores the tags that all of our ENIs have.</summary>
    public sealed record TagEni(int Eni, EniId Id) : OnEni(Eni);

    /// <summary>Deletes an ENI that is in no pool any more: attached to nothing, and proven to be left behind.</summary>
    public sealed record DeleteLeaked(EniId Id) : PoolAction;

    /// <summary>Asks EC2 for all of this node's ENIs.</summary>
    public sealed record LookAtOwn : PoolAction;

    /// <summary>Asks EC2 for the subnets of this zone.</summary>
    public sealed record LookAtSubnets : PoolAction;

    /// <summary>Asks EC2 for ENIs of this cluster that are attached to nothing.</summary>
    public sealed record LookForLeaks : PoolAction;

    /// <summary>Asks EC2 what it thinks of these ENIs; changes nothing, so it may run beside the others.</summary>
    public sealed record LookAtEnis(IReadOnlyList<EniId> Ids) : PoolAction;
}

/// <summary>What the host needs to know of an ENI.</summary>
public sealed record EniOnHost(
    EniId Id, bool IsPrimary, string MacAddress, int NetworkCard, int DeviceIndex, IPAddress PrimaryAddress, IPNetwork SubnetCidr);
