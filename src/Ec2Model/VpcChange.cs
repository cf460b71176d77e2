using System.Collections.Immutable;
using System.Net;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model;

/// <summary>Something that the world outside the model has to carry out, in the order in which the model tells it.</summary>
/// <param name="At">When it happened.</param>
public abstract record VpcChange(DateTimeOffset At);

/// <summary>The guest sees a new link. Changes of its blocks follow as <see cref="BlocksChanged"/> until <see cref="LinkDetached"/>.</summary>
/// <param name="PrimaryAddress">The ENI's own address; null on an efa-only ENI.</param>
/// <param name="Blocks">Secondary addresses as /32 and prefixes as /28, without the primary address.</param>
/// <param name="SubnetCidr">Its first address + 1 is the gateway.</param>
public sealed record LinkAttached(
    DateTimeOffset At,
    string InstanceId,
    string EniId,
    string MacAddress,
    int DeviceIndex,
    int NetworkCard,
    IPAddress? PrimaryAddress,
    ImmutableArray<IPNetwork> Blocks,
    string SubnetId,
    IPNetwork SubnetCidr,
    bool SourceDestCheck) : VpcChange(At);

/// <summary>The guest has lost the link, and every address of this ENI is unreachable.</summary>
public sealed record LinkDetached(DateTimeOffset At, string InstanceId, string EniId, string MacAddress) : VpcChange(At);

/// <summary>A linked ENI has gained or lost secondary addresses (/32) or prefixes (/28).</summary>
public sealed record BlocksChanged(
    DateTimeOffset At, string InstanceId, string EniId, ImmutableArray<IPNetwork> Added, ImmutableArray<IPNetwork> Removed) : VpcChange(At);

/// <summary>
/// An ENI, seen by a guest or not, has gained or lost addresses: its own and secondary ones as /32, prefixes as /28. A new ENI gains all
/// of its addresses, one that is deleted loses all.
/// </summary>
public sealed record AddressesChanged(DateTimeOffset At, string EniId, ImmutableArray<IPNetwork> Added, ImmutableArray<IPNetwork> Removed) : VpcChange(At);

/// <summary>A linked ENI's source/destination check was switched.</summary>
public sealed record SourceDestCheckChanged(DateTimeOffset At, string InstanceId, string EniId, bool Enabled) : VpcChange(At);

/// <summary>An instance entered another state.</summary>
public sealed record InstanceStateChanged(DateTimeOffset At, string InstanceId, InstanceState State) : VpcChange(At);
