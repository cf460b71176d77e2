using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Cloud;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>Which EC2 calls a node's daemon may make, by its settings and by what sits on the node.</summary>
/// <param name="guest">The ENI that is to be left alone; null: none.</param>
internal sealed class Allowance(Region region, NodeSetup setup, Func<string?> guest)
{
    /// <returns>Why it may not send this; null when it may.</returns>
    public string? Forbids(Ec2Request request) =>
        !setup.AsksEc2 ? "ENABLE_IMDS_ONLY_MODE is set"
        : !setup.Provisions && request is not DescribeRequest ? "DISABLE_NETWORK_RESOURCE_PROVISIONING is set"
        : guest() is { } eni && Names(request, eni) ? $"{eni} is to be left alone"
        : null;

    private bool Names(Ec2Request request, string eni) => request switch
    {
        AssignPrivateIpAddressesRequest assign => assign.NetworkInterfaceId == eni,
        UnassignPrivateIpAddressesRequest unassign => unassign.NetworkInterfaceId == eni,
        ModifyNetworkInterfaceAttributeRequest modify => modify.NetworkInterfaceId == eni,
        CreateTagsRequest tag => tag.ResourceIds.Contains(eni),
        DeleteNetworkInterfaceRequest delete => delete.NetworkInterfaceId == eni,
        DetachNetworkInterfaceRequest detach => region.Eni(eni)?.Attachment?.Id == detach.AttachmentId,
        _ => false,
    };
}
