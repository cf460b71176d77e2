using System.Collections.Immutable;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>The API actions that this EC2 knows.</summary>
public static class Actions
{
    /// <summary>In ordinal order.</summary>
    public static ImmutableArray<string> All { get; } =
    [
        "AssignIpv6Addresses", "AssignPrivateIpAddresses", "AssociateTrunkInterface", "AttachNetworkInterface", "CreateNetworkInterface",
        "CreateSecurityGroup", "CreateSubnetCidrReservation", "CreateTags", "DeleteNetworkInterface", "DeleteSecurityGroup", "DeleteSubnetCidrReservation",
        "DeleteTags", "DescribeAvailabilityZones", "DescribeInstanceTypes", "DescribeInstances", "DescribeNetworkInterfaceAttribute",
        "DescribeNetworkInterfaces", "DescribeRouteTables", "DescribeSecurityGroups", "DescribeSubnets", "DescribeTags", "DescribeTrunkInterfaceAssociations", "DescribeVpcs",
        "DetachNetworkInterface", "DisassociateTrunkInterface", "GetSubnetCidrReservations", "ModifyNetworkInterfaceAttribute", "RunInstances",
        "StartInstances", "StopInstances", "TerminateInstances", "UnassignIpv6Addresses", "UnassignPrivateIpAddresses",
    ];

    /// <summary>Those that only look, and may lag behind.</summary>
    public static ImmutableArray<string> Describing { get; } = [.. All.Where(Describes)];

    public static bool Describes(string action) =>
        action.StartsWith("Describe", StringComparison.Ordinal) || action.StartsWith("Get", StringComparison.Ordinal);
}
