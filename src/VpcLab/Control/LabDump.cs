using System.Text.Json.Serialization;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>All that EC2 knows of a lab at one moment, without the lag of its replies; in the order of creation.</summary>
/// <param name="Now">The lab's time of it.</param>
/// <param name="Blocks">The VPC's IPv4 blocks, the primary one first.</param>
/// <param name="Ipv6Block">Null for a VPC without IPv6.</param>
/// <param name="PeerBlocks">Of the VPCs that it has peering connections with.</param>
public sealed record LabDump(
    DateTimeOffset Now,
    string Name,
    string Region,
    string AccountId,
    string Profile,
    int Seed,
    string VpcId,
    IReadOnlyList<string> Blocks,
    string? Ipv6Block,
    IReadOnlyList<string> PeerBlocks,
    IReadOnlyDictionary<string, string> VpcTags,
    RouteTableDump MainRouteTable,
    IReadOnlyList<SubnetDump> Subnets,
    IReadOnlyList<ReservationDump> Reservations,
    IReadOnlyList<SecurityGroupDump> SecurityGroups,
    IReadOnlyList<InstanceDump> Instances,
    IReadOnlyList<InterfaceDump> NetworkInterfaces,
    IReadOnlyList<TrunkAssociationDump> TrunkAssociations,
    IReadOnlyList<BlockedIndexDump> BlockedIndexes,
    IReadOnlyList<AddressMoveDump> AddressMoves);

/// <summary>The VPC's main route table. Its routes are not in it: they follow from the blocks.</summary>
public sealed record RouteTableDump(string Id, IReadOnlyDictionary<string, string> Tags);

/// <param name="AvailableAddresses">As DescribeSubnets counts them.</param>
public sealed record SubnetDump(
    string Id, string Cidr, string? Ipv6Cidr, string AvailabilityZone, string AvailabilityZoneId, int AvailableAddresses, IReadOnlyDictionary<string, string> Tags);

/// <param name="Type">prefix or explicit.</param>
public sealed record ReservationDump(string Id, string SubnetId, string Cidr, string Type, string Description, IReadOnlyDictionary<string, string> Tags);

public sealed record SecurityGroupDump(string Id, string Name, string Description, IReadOnlyDictionary<string, string> Tags);

/// <param name="Node">The lab's name for it; null for an instance that is no node of the lab.</param>
/// <param name="State">As EC2 writes it.</param>
/// <param name="LaunchIndex">Within its reservation, from 0.</param>
/// <param name="ClientToken">Of the call that launched it; null if it had none.</param>
public sealed record InstanceDump(
    string Id,
    string? Node,
    string InstanceType,
    string State,
    string SubnetId,
    string AvailabilityZone,
    string ImageId,
    string ReservationId,
    int LaunchIndex,
    string? ClientToken,
    string PrimaryInterfaceId,
    string PrivateAddress,
    string MacAddress,
    DateTimeOffset LaunchTime,
    IReadOnlyDictionary<string, string> Tags);

/// <param name="Status">As EC2 writes it.</param>
/// <param name="PrimaryAddress">Null on an efa-only ENI.</param>
/// <param name="Attachment">Null when it is attached to nothing.</param>
public sealed record InterfaceDump(
    string Id,
    string InterfaceType,
    string Status,
    string SubnetId,
    string AvailabilityZone,
    string MacAddress,
    string Description,
    bool SourceDestCheck,
    string? PrimaryAddress,
    IReadOnlyList<string> SecondaryAddresses,
    IReadOnlyList<string> Prefixes,
    IReadOnlyList<string> Ipv6Addresses,
    IReadOnlyList<string> Ipv6Prefixes,
    IReadOnlyList<string> SecurityGroupIds,
    AttachmentDump? Attachment,
    IReadOnlyDictionary<string, string> Tags);

/// <param name="Status">As EC2 writes it.</param>
public sealed record AttachmentDump(
    string Id, string InstanceId, int NetworkCardIndex, int DeviceIndex, string Status, DateTimeOffset AttachTime, bool DeleteOnTermination);

/// <param name="VlanId">Or a GRE key: one of the two is null.</param>
public sealed record TrunkAssociationDump(string Id, string BranchInterfaceId, string TrunkInterfaceId, int? VlanId, int? GreKey);

/// <summary>A device index that a forced detach has left unusable until the instance stops (knob unknown.ForcedDetachBlocks).</summary>
public sealed record BlockedIndexDump(string InstanceId, int NetworkCardIndex, int DeviceIndex);

/// <summary>A secondary address on its way from one ENI to another; until it arrives it is where it was.</summary>
public sealed record AddressMoveDump(string Address, string FromInterfaceId, string ToInterfaceId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LabDump))]
[JsonSerializable(typeof(LabCheck))]
internal sealed partial class InspectionJson : JsonSerializerContext;
