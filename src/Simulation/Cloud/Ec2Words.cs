using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Cloud;

/// <summary>Between EC2's words and the engine's seam.</summary>
internal static class Ec2Words
{
    /// <summary>Which decision an error code calls for (ec2-facts.md §2); the model's texts stand in for codes that EC2 lacks.</summary>
    public static Refusal Kind(string code, string message) => code switch
    {
        "InsufficientFreeAddressesInSubnet" => Refusal.NoFreeAddresses,
        "InsufficientCidrBlocks" => Refusal.Fragmented,
        "PrivateIpAddressLimitExceeded" or "InvalidInterface.IpAddressLimitExceeded" => Refusal.AddressLimit,
        "AttachmentLimitExceeded" => Refusal.AttachmentLimit,
        "NetworkInterfaceLimitExceeded" => Refusal.AccountLimit,
        "InvalidNetworkInterface.InUse" => Refusal.InUse,
        "RequestLimitExceeded" => Refusal.Throttled,
        "UnauthorizedOperation" => Refusal.Denied,
        "InvalidNetworkInterfaceID.NotFound" or "InvalidAttachmentID.NotFound" => Refusal.NotFound,
        "InvalidParameterValue" when message.Contains("sufficient free", StringComparison.Ordinal) => Refusal.NoFreeAddresses,
        "InvalidParameterValue" when message.Contains("already has an interface", StringComparison.Ordinal) => Refusal.IndexTaken,
        "InvalidParameterValue" when message.Contains("currently in use", StringComparison.Ordinal) => Refusal.InUse,
        _ => Refusal.Other,
    };

    /// <summary>EC2's own trouble: it may have happened all the same.</summary>
    public static bool IsAmbiguous(string code) => code is "InternalError" or "Unavailable";

    public static bool IsNotAssigned(string code, string message) =>
        code == "InvalidParameterValue" && message.Contains("not assigned to interface", StringComparison.Ordinal);

    public static EniDescription Describe(NetworkInterface eni) => new(
        new EniId(eni.Id), eni.MacAddress, eni.SubnetId, eni.PrimaryAddress, eni.Blocks,
        eni.Attachment is { } attachment
            ? new EniAttachment(
                new AttachmentId(attachment.Id), attachment.InstanceId, attachment.NetworkCardIndex, attachment.DeviceIndex,
                ApiText.Of(attachment.Status), attachment.DeleteOnTermination)
            : null,
        ApiText.Of(eni.Status), eni.InterfaceType, eni.Description, eni.Tags, eni.SecurityGroupIds);
}
