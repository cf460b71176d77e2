namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Puts an ENI on an instance. Here EC2 checks the instance type's limits: ENIs per card, addresses per ENI.</summary>
public sealed record AttachNetworkInterfaceRequest : Ec2Request
{
    public override string Action => "AttachNetworkInterface";

    public required string NetworkInterfaceId { get; init; }

    public required string InstanceId { get; init; }

    /// <summary>Unique per card; 0 on card 0 is the primary ENI's.</summary>
    public required int DeviceIndex { get; init; }

    /// <summary>Card 0 if null.</summary>
    public int? NetworkCardIndex { get; init; }
}

public sealed record AttachNetworkInterfaceReply(string AttachmentId, int NetworkCardIndex) : Ec2Reply;
