using System.Text.Json.Serialization;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>A lab as it is at one moment; what EC2 knows, without the lag of its replies.</summary>
/// <param name="Version">Grows with every change; see <see cref="ControlClient.StatusAsync"/>.</param>
/// <param name="Ec2Endpoint">On the machine's loopback.</param>
/// <param name="FreeInterfaces">ENIs that are attached to nothing.</param>
/// <param name="FabricErrors">What the fabric could not carry out; it is out of step with EC2 if there is any.</param>
public sealed record LabStatus(
    long Version,
    string Name,
    string Region,
    string Profile,
    int Seed,
    string Ec2Endpoint,
    double UptimeSeconds,
    IReadOnlyList<SubnetStatus> Subnets,
    IReadOnlyList<NodeStatus> Nodes,
    IReadOnlyList<InterfaceStatus> FreeInterfaces,
    IReadOnlyList<CallCount> Ec2Calls,
    IReadOnlyList<string> FabricErrors);

/// <param name="FreeAddresses">As EC2 counts: without the five it keeps; a prefix takes 16.</param>
public sealed record SubnetStatus(string Id, string Cidr, string AvailabilityZone, int FreeAddresses);

/// <param name="MaximumInterfaces">Of the instance type, on network card 0.</param>
/// <param name="AddressesPerInterface">Of the instance type, the ENI's own address included.</param>
public sealed record NodeStatus(
    string Name,
    string InstanceId,
    string InstanceType,
    string State,
    string AvailabilityZone,
    string SubnetId,
    string PrivateAddress,
    int MaximumInterfaces,
    int AddressesPerInterface,
    IReadOnlyList<InterfaceStatus> Interfaces,
    IReadOnlyList<string> Pods);

/// <param name="DeviceIndex">Null when it is attached to nothing.</param>
/// <param name="Link">Its name in the node when it arrived there; null while there is no link.</param>
/// <param name="PrimaryAddress">Null on an efa-only ENI.</param>
public sealed record InterfaceStatus(
    string Id,
    string MacAddress,
    string SubnetId,
    string Status,
    int? DeviceIndex,
    string? Link,
    string? PrimaryAddress,
    IReadOnlyList<string> SecondaryAddresses,
    IReadOnlyList<string> Prefixes);

/// <summary>How often an action was called.</summary>
/// <param name="Caller">The node, or <c>machine</c> for calls over the machine's loopback.</param>
/// <param name="Faults">Those that EC2 did not do.</param>
public sealed record CallCount(string Action, string Caller, long Calls, long Faults);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LabStatus))]
internal sealed partial class ControlJson : JsonSerializerContext;
