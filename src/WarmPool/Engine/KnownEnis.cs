using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>An attached ENI from either source, in the pool's form.</summary>
public static class KnownEnis
{
    public static KnownEni From(ImdsEni eni, EniRole role) => new(
        eni.Id, role, eni.MacAddress, eni.NetworkCard, eni.DeviceIndex, eni.SubnetId, eni.SubnetCidr, eni.PrimaryAddress, eni.Blocks);

    /// <param name="subnetCidr">EC2 does not tell it with the ENI: from IMDS, DescribeSubnets or the template.</param>
    /// <exception cref="ArgumentException">The ENI is attached to nothing.</exception>
    public static KnownEni From(EniDescription eni, EniRole role, IPNetwork? subnetCidr) => eni.Attachment is { } attachment
        ? new(
            eni.Id, role, eni.MacAddress, attachment.NetworkCard, attachment.DeviceIndex, eni.SubnetId, subnetCidr,
            eni.PrimaryAddress, eni.Blocks, attachment.Id, attachment.DeleteOnTermination)
        {
            State = IsLeaving(attachment) ? EniState.Detaching : EniState.Attached,
        }
        : throw new ArgumentException($"{eni.Id} is attached to nothing", nameof(eni));

    /// <summary>Its detach was asked for, by whomever: no pod may come on it any more.</summary>
    public static bool IsLeaving(EniAttachment attachment) => attachment.Status is "detaching" or "detached";
}
