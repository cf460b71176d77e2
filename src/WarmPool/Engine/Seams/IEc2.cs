using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Seams;

/// <summary>
/// The EC2 calls that make and unmake this node's capacity. One call here is one attempt on the wire: retries, deadlines and
/// budgets are the executor's. Implementations: AWSSDK.EC2 in the daemon, Ec2Model in the simulation.
/// </summary>
public interface IEc2
{
    /// <summary>CreateNetworkInterface with its tags and addresses in the same call; the client token makes a repeat harmless.</summary>
    Task<Ec2Outcome<EniDescription>> CreateEniAsync(CreateEni request, CancellationToken cancellation);

    Task<Ec2Outcome<AttachmentId>> AttachEniAsync(EniId eni, int networkCard, int deviceIndex, CancellationToken cancellation);

    /// <summary>Makes the attached ENI go with its instance; EC2's default for an ENI attached by call is to outlive it.</summary>
    Task<Ec2Outcome<Nothing>> SetDeleteOnTerminationAsync(EniId eni, AttachmentId attachment, CancellationToken cancellation);

    /// <summary>AssignPrivateIpAddresses. Done carries only the new blocks. No client token: after Unknown, describe first.</summary>
    Task<Ec2Outcome<IReadOnlyList<IPNetwork>>> AssignBlocksAsync(EniId eni, BlockCount count, CancellationToken cancellation);

    /// <summary>UnassignPrivateIpAddresses, once; NotAssigned when one of the blocks is not there.</summary>
    /// <param name="blocks">All /32, or all prefixes.</param>
    Task<Ec2Outcome<Nothing>> UnassignBlocksAsync(EniId eni, IReadOnlyList<IPNetwork> blocks, CancellationToken cancellation);

    /// <summary>DetachNetworkInterface; an attachment that is gone counts as done. Done means accepted: the ENI is detaching.</summary>
    Task<Ec2Outcome<Nothing>> DetachEniAsync(AttachmentId attachment, CancellationToken cancellation);

    /// <summary>DeleteNetworkInterface; an ENI that is gone counts as done. InUse while it is still detaching.</summary>
    Task<Ec2Outcome<Nothing>> DeleteEniAsync(EniId eni, CancellationToken cancellation);

    /// <summary>The given ENIs, all pages; ids that EC2 does not know are absent from the answer, not an error.</summary>
    Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeEnisAsync(IReadOnlyList<EniId> enis, CancellationToken cancellation);

    /// <summary>Every ENI that is attached to this instance or carries this instance's tag, all pages.</summary>
    Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeOwnEnisAsync(CancellationToken cancellation);
}

/// <summary>How many blocks: /32 addresses or whole prefixes, never both (EC2 refuses the mix).</summary>
/// <param name="Addresses">Single secondary addresses, 0 or more.</param>
/// <param name="Prefixes">/28 prefixes, 0 or more.</param>
public readonly record struct BlockCount(int Addresses, int Prefixes)
{
    public override string ToString() => Prefixes == 0 ? $"{Addresses} addresses" : $"{Prefixes} prefixes";
}

/// <summary>One ENI to create.</summary>
/// <param name="SubnetId">Where; decides the ENI's own address.</param>
/// <param name="SecurityGroupIds">1 to 16 groups.</param>
/// <param name="Blocks">Secondary addresses or prefixes to come with it; the ENI's own primary address is not counted.</param>
/// <param name="ClientToken">At most 64 ASCII characters; the same for every repeat of this one wish.</param>
public sealed record CreateEni(string SubnetId, IReadOnlyList<string> SecurityGroupIds, BlockCount Blocks, string ClientToken);

/// <summary>An ENI as EC2 tells it.</summary>
/// <param name="PrimaryAddress">The ENI's own address; never a pod's. Null on an efa-only ENI.</param>
/// <param name="Blocks">Secondary addresses as /32 and prefixes as /28, the primary address not among them.</param>
/// <param name="Attachment">Null when it is attached to nothing.</param>
/// <param name="InterfaceType">interface, trunk, efa, efa-only, branch…</param>
public sealed record EniDescription(
    EniId Id,
    string MacAddress,
    string SubnetId,
    IPAddress? PrimaryAddress,
    IReadOnlyList<IPNetwork> Blocks,
    EniAttachment? Attachment,
    string Status,
    string InterfaceType,
    string Description,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<string> SecurityGroupIds);

/// <summary>An ENI's attachment as EC2 tells it.</summary>
/// <param name="Status">attaching, attached, detaching, detached.</param>
public sealed record EniAttachment(
    AttachmentId Id, string InstanceId, int NetworkCard, int DeviceIndex, string Status, bool DeleteOnTermination);
