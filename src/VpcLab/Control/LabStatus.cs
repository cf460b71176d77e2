using System.Text.Json.Serialization;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>A lab as it is at one moment; what EC2 knows, without the lag of its replies.</summary>
/// <param name="VpcBlocks">The primary one first.</param>
/// <param name="Outside">The hosts that are not in the VPC.</param>
/// <param name="Version">Grows with every change; see <see cref="ControlClient.StatusAsync"/>.</param>
/// <param name="Ec2Endpoint">On the machine's loopback.</param>
/// <param name="Now">The lab's time, which is the machine's.</param>
/// <param name="FreeInterfaces">ENIs that are attached to nothing.</param>
/// <param name="UntoldDrops">Packets that were dropped and are in no count, because too many came at once for the kernel to tell.</param>
/// <param name="FabricErrors">What the fabric could not carry out; it is out of step with EC2 if there is any.</param>
public sealed record LabStatus(
    long Version,
    string Name,
    string Region,
    string Profile,
    int Seed,
    string Ec2Endpoint,
    DateTimeOffset Now,
    double UptimeSeconds,
    IReadOnlyList<string> VpcBlocks,
    IReadOnlyList<OutsideStatus> Outside,
    IReadOnlyList<SubnetStatus> Subnets,
    IReadOnlyList<NodeStatus> Nodes,
    IReadOnlyList<InterfaceStatus> FreeInterfaces,
    IReadOnlyList<CallCount> Ec2Calls,
    IReadOnlyList<DropCount> Drops,
    long UntoldDrops,
    IReadOnlyList<string> FabricErrors);

/// <summary>A host outside the VPC: internet or peer.</summary>
/// <param name="Block">What is routed to it.</param>
public sealed record OutsideStatus(string Name, string Address, string Block);

/// <param name="FreeAddresses">As EC2 counts: without the five it keeps; a prefix takes 16.</param>
public sealed record SubnetStatus(string Id, string Cidr, string AvailabilityZone, int FreeAddresses);

/// <param name="Endpoint">A model node's, on the machine's loopback; null for nodes with namespaces.</param>
/// <param name="NetworkCards">Of the instance type: 1 on most.</param>
/// <param name="MaximumInterfaces">Of the instance type, on all its network cards.</param>
/// <param name="AddressesPerInterface">Of the instance type, the ENI's own address included.</param>
public sealed record NodeStatus(
    string Name,
    string? Endpoint,
    string InstanceId,
    string InstanceType,
    string State,
    string AvailabilityZone,
    string SubnetId,
    string PrivateAddress,
    int NetworkCards,
    int MaximumInterfaces,
    int AddressesPerInterface,
    IReadOnlyList<InterfaceStatus> Interfaces,
    IReadOnlyList<string> Pods);

/// <param name="NetworkCardIndex">Null when it is attached to nothing.</param>
/// <param name="DeviceIndex">On its network card; null when it is attached to nothing.</param>
/// <param name="Link">Its name in the node when it arrived there; null while there is no link.</param>
/// <param name="PrimaryAddress">Null on an efa-only ENI.</param>
/// <param name="Addresses">Null where no daemon's checkpoint tells.</param>
public sealed record InterfaceStatus(
    string Id,
    string MacAddress,
    string SubnetId,
    string Status,
    int? NetworkCardIndex,
    int? DeviceIndex,
    string? Link,
    string? PrimaryAddress,
    IReadOnlyList<string> SecondaryAddresses,
    IReadOnlyList<string> Prefixes,
    AddressCounts? Addresses = null);

/// <summary>What a node's daemon has done with an ENI's addresses; those of a prefix count 16.</summary>
/// <param name="Pods">Given to pods.</param>
/// <param name="Cooling">Returned by pods, and not given to others yet.</param>
/// <param name="Free">The others, without the ENI's own.</param>
public sealed record AddressCounts(int Pods, int Cooling, int Free);

/// <summary>How often an action was called.</summary>
/// <param name="Caller">The node, or <c>machine</c> for calls over the machine's loopback.</param>
/// <param name="Faults">Those that EC2 did not do.</param>
public sealed record CallCount(string Action, string Caller, long Calls, long Faults);

/// <summary>How many packets the router dropped.</summary>
/// <param name="From">The ENI, or <c>internet</c> or <c>peer</c>.</param>
/// <param name="Reason">One of <see cref="Fabric.DropReason"/>.</param>
public sealed record DropCount(string From, string Reason, long Packets);

/// <summary>Packets that the router dropped; the last 4096 are kept.</summary>
/// <param name="Untold">Of all that were dropped since the lab began, those that the kernel could not tell because too many came at once.</param>
/// <param name="Failure">Why no more will be told; null while the log works.</param>
public sealed record DropsReply(IReadOnlyList<DropStatus> Drops, long Untold, string? Failure);

/// <param name="Number">From 1.</param>
/// <param name="Node">The node whose ENI it came from; null for those outside, and when the ENI has left its node since.</param>
/// <param name="Protocol">icmp, tcp, udp, or the protocol's number.</param>
/// <param name="Length">Bytes, headers included.</param>
public sealed record DropStatus(long Number, DateTimeOffset Time, string? Node, string From, string Source, string Destination, string Protocol, int Length, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LabStatus))]
[JsonSerializable(typeof(DropsReply))]
internal sealed partial class ControlJson : JsonSerializerContext;

/// <summary>One object per line, for streams.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DropStatus))]
internal sealed partial class LineJson : JsonSerializerContext;
