namespace AwsVpcCni.VpcLab.Server;

/// <summary>What a listener is for; stamped on its connections (as a connection feature), for the address alone doesn't tell nodes apart.</summary>
/// <param name="InstanceId">The node whose listener it is; null on the machine's own.</param>
internal sealed record EndpointRole(EndpointKind Kind, string? InstanceId);

internal enum EndpointKind
{
    Ec2,
    Metadata,

    /// <summary>A model node's: EC2 and instance metadata on one port.</summary>
    Both,
    Control,
}
