namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Ends an ENI that is attached to nothing.</summary>
public sealed record DeleteNetworkInterfaceRequest : Ec2Request
{
    public override string Action => "DeleteNetworkInterface";

    public required string NetworkInterfaceId { get; init; }
}
