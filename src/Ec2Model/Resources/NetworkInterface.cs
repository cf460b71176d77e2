using System.Collections.Immutable;
using System.Net;

namespace AwsVpcCni.Ec2Model.Resources;

/// <summary>An ENI as it is at one moment.</summary>
public sealed record NetworkInterface
{
    /// <summary><c>eni-</c> and 17 hex digits.</summary>
    public required string Id { get; init; }

    public required string SubnetId { get; init; }

    public required string VpcId { get; init; }

    public required string AvailabilityZone { get; init; }

    public required string OwnerId { get; init; }

    /// <summary>Lower case, colons.</summary>
    public required string MacAddress { get; init; }

    /// <summary>interface, efa, efa-only or trunk; branch while it is on a trunk.</summary>
    public required string InterfaceType { get; init; }

    public string Description { get; init; } = "";

    public NetworkInterfaceStatus Status { get; init; }

    /// <summary>The ENI's own address, for as long as it lives; null on an efa-only ENI.</summary>
    public IPAddress? PrimaryAddress { get; init; }

    /// <summary>In the order in which they were given.</summary>
    public ImmutableArray<IPAddress> SecondaryAddresses { get; init; } = [];

    /// <summary>Aligned /28 blocks, in the order in which they were given.</summary>
    public ImmutableArray<IPNetwork> Prefixes { get; init; } = [];

    /// <summary>In the order in which they were given.</summary>
    public ImmutableArray<IPAddress> Ipv6Addresses { get; init; } = [];

    /// <summary>/80 blocks, in the order in which they were given.</summary>
    public ImmutableArray<IPNetwork> Ipv6Prefixes { get; init; } = [];

    public bool SourceDestCheck { get; init; } = true;

    public required ImmutableArray<string> SecurityGroupIds { get; init; }

    /// <summary>Null when it is attached to nothing.</summary>
    public Attachment? Attachment { get; init; }

    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ResourceTags.None;

    /// <summary>What counts against the instance type's addresses per interface: each address one, each prefix one.</summary>
    public int AddressSlots => (PrimaryAddress is null ? 0 : 1) + SecondaryAddresses.Length + Prefixes.Length;

    /// <summary>The same for the instance type's IPv6 addresses per interface.</summary>
    public int Ipv6Slots => Ipv6Addresses.Length + Ipv6Prefixes.Length;

    /// <summary>From when on calls that name it find it; until then it is NotFound (ec2-facts.md §5).</summary>
    internal DateTimeOffset KnownFrom { get; init; }

    /// <summary>Secondary addresses as /32 and prefixes as /28, without the primary address.</summary>
    public ImmutableArray<IPNetwork> Blocks => [.. SecondaryAddresses.Select(address => new IPNetwork(address, 32)), .. Prefixes];

    /// <summary><see cref="Blocks"/> and, before them, its own address as /32.</summary>
    public ImmutableArray<IPNetwork> AllBlocks => PrimaryAddress is { } own ? [new IPNetwork(own, 32), .. Blocks] : Blocks;
}

/// <summary>An ENI's status, as in DescribeNetworkInterfaces.</summary>
public enum NetworkInterfaceStatus
{
    Pending,
    Available,
    Attaching,
    InUse,
    Detaching,
}

/// <summary>An ENI's place on an instance.</summary>
/// <param name="Id"><c>eni-attach-</c> and 17 hex digits; another attach gives another id.</param>
public sealed record Attachment(
    string Id,
    string InstanceId,
    int NetworkCardIndex,
    int DeviceIndex,
    AttachmentStatus Status,
    DateTimeOffset AttachTime,
    bool DeleteOnTermination);

/// <summary>An attachment's status; a detached ENI has no attachment at all.</summary>
public enum AttachmentStatus
{
    Attaching,
    Attached,
    Detaching,
}
