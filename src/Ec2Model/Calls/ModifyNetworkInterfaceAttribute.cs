namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Changes exactly one attribute of an ENI.</summary>
public sealed record ModifyNetworkInterfaceAttributeRequest : Ec2Request
{
    public override string Action => "ModifyNetworkInterfaceAttribute";

    public required string NetworkInterfaceId { get; init; }

    public AttachmentChange? Attachment { get; init; }

    public string? Description { get; init; }

    /// <summary>Replaces the whole set; not part of the call if empty.</summary>
    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    public bool? SourceDestCheck { get; init; }
}

public sealed record AttachmentChange(string AttachmentId, bool DeleteOnTermination);
