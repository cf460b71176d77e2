using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Queries;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>Which behaviour carries out which call.</summary>
internal static class Dispatch
{
    public static Ec2Result Carry(VpcState vpc, Ec2Request request, DateTimeOffset now) => request switch
    {
        UnreadableRequest unreadable => unreadable.Fault,
        CreateNetworkInterfaceRequest create => InterfaceCreation.Create(vpc, create, now),
        DeleteNetworkInterfaceRequest delete => InterfaceCreation.Delete(vpc, delete, now),
        AttachNetworkInterfaceRequest attach => InterfaceAttachment.Attach(vpc, attach, now),
        DetachNetworkInterfaceRequest detach => InterfaceAttachment.Detach(vpc, detach, now),
        ModifyNetworkInterfaceAttributeRequest modify => InterfaceAttributes.Modify(vpc, modify, now),
        AssignPrivateIpAddressesRequest assign => InterfaceAddresses.Assign(vpc, assign, now),
        UnassignPrivateIpAddressesRequest unassign => InterfaceAddresses.Unassign(vpc, unassign, now),
        AssignIpv6AddressesRequest assign => InterfaceIpv6.Assign(vpc, assign, now),
        UnassignIpv6AddressesRequest unassign => InterfaceIpv6.Unassign(vpc, unassign, now),
        AssociateTrunkInterfaceRequest associate => TrunkBranches.Associate(vpc, associate, now),
        DisassociateTrunkInterfaceRequest disassociate => TrunkBranches.Disassociate(vpc, disassociate, now),
        CreateSubnetCidrReservationRequest create => SubnetReservations.Create(vpc, create, now),
        DeleteSubnetCidrReservationRequest delete => SubnetReservations.Delete(vpc, delete, now),
        RunInstancesRequest run => InstanceLaunch.Run(vpc, run, now),
        InstanceStateRequest change => InstanceStates.Change(vpc, change, now),
        CreateSecurityGroupRequest create => GroupCreation.Create(vpc, create, now),
        DeleteSecurityGroupRequest delete => GroupCreation.Delete(vpc, delete, now),
        CreateTagsRequest tags => Tagging.Create(vpc, tags, now),
        DeleteTagsRequest tags => Tagging.Delete(vpc, tags, now),
        DescribeNetworkInterfaceAttributeRequest describe => InterfaceAttributes.Describe(vpc, describe),
        DescribeRequest describe => Describe(vpc, describe),
        _ => Faults.InvalidAction(request.Action),
    };

    private static Ec2Result Describe(VpcState vpc, DescribeRequest request) => request switch
    {
        DescribeNetworkInterfacesRequest describe => InterfaceQueries.Describe(vpc, describe),
        DescribeInstancesRequest describe => InstanceQueries.Describe(vpc, describe),
        DescribeInstanceTypesRequest describe => InstanceTypeQueries.Describe(vpc, describe),
        DescribeSubnetsRequest describe => SubnetQueries.Describe(vpc, describe),
        DescribeSecurityGroupsRequest describe => SecurityGroupQueries.Describe(vpc, describe),
        DescribeTagsRequest describe => TagQueries.Describe(vpc, describe),
        DescribeTrunkInterfaceAssociationsRequest describe => TrunkQueries.Describe(vpc, describe),
        DescribeVpcsRequest describe => VpcQueries.Describe(vpc, describe),
        DescribeAvailabilityZonesRequest describe => ZoneQueries.Describe(vpc, describe),
        DescribeRouteTablesRequest describe => RouteTableQueries.Describe(vpc, describe),
        GetSubnetCidrReservationsRequest get => ReservationQueries.Get(vpc, get),
        _ => Faults.InvalidAction(request.Action),
    };
}
