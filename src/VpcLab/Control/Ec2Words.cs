using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>States as EC2 writes them.</summary>
internal static class Ec2Words
{
    internal static string Of(NetworkInterfaceStatus status) => status switch
    {
        NetworkInterfaceStatus.InUse => "in-use",
        _ => status.ToString().ToLowerInvariant(),
    };

    internal static string Of(InstanceState state) => state switch
    {
        InstanceState.ShuttingDown => "shutting-down",
        _ => state.ToString().ToLowerInvariant(),
    };
}
