namespace AwsVpcCni.VpcLab.Server;

/// <summary>What a listener is for; stamped on its connections (as a connection feature), for the address alone doesn't tell nodes apart.</summary>
/// <param name="InstanceId">The node whose namespace the listener is in; null on the machine's own.</param>
internal sealed record EndpointRole(EndpointKind Kind, string? InstanceId);

internal enum EndpointKind
{
    Ec2,
    Metadata,
    Control,
}
