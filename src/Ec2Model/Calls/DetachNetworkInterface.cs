namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Begins to take an ENI off its instance; it is available again when the guest has let go.</summary>
public sealed record DetachNetworkInterfaceRequest : Ec2Request
{
    public override string Action => "DetachNetworkInterface";

    public required string AttachmentId { get; init; }

    /// <summary>Doesn't wait for the guest.</summary>
    public bool Force { get; init; }
}
