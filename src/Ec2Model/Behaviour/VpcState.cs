using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Injection;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>Everything that is true in this VPC now. The behaviours beside it change it; nobody outside sees it.</summary>
internal sealed class VpcState
{
    private readonly Table<NetworkInterface> _interfaces = new();
    private readonly Dictionary<string, List<string>> _attachedTo = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _attachments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SubnetAddresses> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SubnetIpv6Addresses> _ipv6Addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Lagging<int>> _available = new(StringComparer.Ordinal);
    /// <summary>Descriptions and metadata that lag behind still show them on ENIs.</summary>
    private readonly Dictionary<string, SecurityGroup> _deletedGroups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LinkAttached> _links = new(StringComparer.Ordinal);
    private readonly List<VpcChange> _changes = [];
    private readonly Random _addressDice;
    private readonly Random _latencyDice;

    public VpcState(VpcOptions options)
    {
        Options = options;
        Names = new Names(Dice(options.Seed, 1));
        _addressDice = Dice(options.Seed, 2);
        _latencyDice = Dice(options.Seed, 3);
        Metadata = new MetadataHistory(() => Options.Imds, Dice(options.Seed, 4));
        PageDice = Dice(options.Seed, 5);
        Faults = new FaultBook(options.Faults, Dice(options.Seed, 6));
        VpcId = Names.Id("vpc");
        DefaultSecurityGroupId = AddSecurityGroup("default", "default VPC security group");
    }

    /// <summary>Some of them are knobs that are turned while time passes.</summary>
    public VpcOptions Options { get; set; }

    /// <summary>The latest time that anybody has told.</summary>
    public DateTimeOffset Now { get; set; } = DateTimeOffset.MinValue;

    public Random PageDice { get; }

    public FaultBook Faults { get; }

    public Names Names { get; }

    public string VpcId { get; }

    public string DefaultSecurityGroupId { get; }

    public Lagging<ImmutableSortedDictionary<string, string>> VpcTags { get; } = new(ResourceTags.None);

    /// <summary>The main table's, which every VPC comes with; made of the VPC's id, so that it draws none from the seed.</summary>
    public string RouteTableId => "rtb" + VpcId["vpc".Length..];

    public Lagging<ImmutableSortedDictionary<string, string>> RouteTableTags { get; } = new(ResourceTags.None);

    public Agenda Agenda { get; } = new();

    public MetadataHistory Metadata { get; }

    public Table<Subnet> Subnets { get; } = new();

    public Table<SecurityGroup> SecurityGroups { get; } = new();

    public Table<Instance> Instances { get; } = new();

    public Table<SubnetReservation> Reservations { get; } = new();

    public Table<TrunkAssociation> TrunkAssociations { get; } = new();

    public ClientTokens ClientTokens { get; } = new();

    public AddressMoves Moves { get; } = new();

    public AttachQueue Attaches { get; } = new();

    /// <summary>Device indexes that a forced detach has left blocked.</summary>
    public HashSet<(string InstanceId, int Card, int DeviceIndex)> BlockedIndexes { get; } = [];

    public Table<NetworkInterface> Interfaces => _interfaces;

    /// <summary>What the outside has not been told yet.</summary>
    public IReadOnlyList<VpcChange> Untold => _changes;

    public IReadOnlyDictionary<string, LinkAttached> Links => _links;

    public IReadOnlyDictionary<string, SubnetAddresses> Addresses => _addresses;

    public TimeSpan Draw(DurationRange range) => range.Draw(_latencyDice);

    public void Tell(VpcChange change) => _changes.Add(change);

    public IReadOnlyList<VpcChange> TakeUntold()
    {
        if (_changes.Count == 0)
            return [];

        VpcChange[] taken = [.. _changes];
        _changes.Clear();
        return taken;
    }

    public SubnetAddresses AddressesOf(string subnetId) => _addresses[subnetId];

    public void AddSubnet(Subnet subnet)
    {
        Subnets.Set(subnet.Id, subnet);
        _addresses.Add(subnet.Id, new SubnetAddresses(subnet.Cidr, _addressDice));
        _available.Add(subnet.Id, new Lagging<int>(_addresses[subnet.Id].Available));
        if (subnet.Ipv6Cidr is { } ipv6)
            _ipv6Addresses.Add(subnet.Id, new SubnetIpv6Addresses(ipv6, _addressDice));
    }

    /// <summary>Null for a subnet without IPv6.</summary>
    public SubnetIpv6Addresses? Ipv6AddressesOf(string subnetId) => _ipv6Addresses.GetValueOrDefault(subnetId);

    /// <summary>The subnet with its count of this moment.</summary>
    public Subnet View(Subnet subnet) => subnet with { AvailableAddressCount = _addresses[subnet.Id].Available };

    /// <summary>The subnet with its count of that moment.</summary>
    public Subnet View(Subnet subnet, DateTimeOffset seen) => subnet with { AvailableAddressCount = _available[subnet.Id].At(seen) };

    /// <summary>Remembers the subnet's count for descriptions that lag behind.</summary>
    public void NoteAvailable(string subnetId, DateTimeOffset at) =>
        _available[subnetId].Set(_addresses[subnetId].Available, at, LongestLag);

    /// <summary>The moment whose state a description shows.</summary>
    public DateTimeOffset SeenBy(DescribeRequest request) => Now - Draw(Options.Latencies.LagOf(request.Action));

    /// <summary>How far back a description may look.</summary>
    public TimeSpan LongestLag => Options.Latencies.LongestDescribeLag;

    public EniView View(NetworkInterface eni) =>
        new(eni, [.. eni.SecurityGroupIds.Select(SecurityGroupOf)]);

    /// <summary>Of an ENI of any moment: its group may be deleted by now, and descriptions and metadata that lag behind still show it.</summary>
    public SecurityGroup SecurityGroupOf(string id) => SecurityGroups.TryGet(id, out var group) ? group : _deletedGroups[id];

    /// <param name="at">When a call made it, so that descriptions may lag behind; null for one that has been there all along.</param>
    public string AddSecurityGroup(
        string name, string description, IReadOnlyList<KeyValuePair<string, string>>? tags = null, DateTimeOffset? at = null)
    {
        var id = Names.Id("sg");
        var group = new SecurityGroup(id, name, description, VpcId, Options.AccountId, ResourceTags.From(tags ?? []));
        if (at is { } made)
            SecurityGroups.Set(id, group, made, LongestLag);
        else
            SecurityGroups.Set(id, group);
        return id;
    }

    public void RemoveSecurityGroup(SecurityGroup group, DateTimeOffset at)
    {
        _deletedGroups.Add(group.Id, group);
        SecurityGroups.Remove(group.Id, at, LongestLag);
    }

    /// <summary>The ENIs on an instance, in the order in which they came; those still attaching and detaching among them.</summary>
    public IEnumerable<NetworkInterface> AttachedTo(string instanceId) =>
        _attachedTo.TryGetValue(instanceId, out var enis) ? enis.Select(id => _interfaces[id]) : [];

    /// <summary>The same at that moment.</summary>
    public IEnumerable<NetworkInterface> AttachedTo(string instanceId, DateTimeOffset seen) => seen >= Now
        ? AttachedTo(instanceId)
        : _interfaces.At(seen).Select(row => row.Value).Where(eni => eni.Attachment?.InstanceId == instanceId);

    public bool TryGetByAttachment(string attachmentId, [NotNullWhen(true)] out NetworkInterface? eni)
    {
        eni = null;
        return _attachments.TryGetValue(attachmentId, out var id) && _interfaces.TryGet(id, out eni);
    }

    /// <summary>Makes this the ENI's present: tables, links in guests and, after its lag, instance metadata.</summary>
    public void Set(NetworkInterface eni, DateTimeOffset at, bool seenAtOnce = false)
    {
        var before = _interfaces.TryGet(eni.Id, out var found) ? found : null;
        _interfaces.Set(eni.Id, eni, at, LongestLag);
        MoveAttachment(eni.Id, before?.Attachment, eni.Attachment);
        NoteAvailable(eni.SubnetId, at);
        Metadata.Record(before, eni, at, seenAtOnce);
        TellAddresses(before, eni, at);
        if (before is not null && _links.TryGetValue(eni.Id, out var link))
            TellBlocks(link, before, eni, at);
    }

    public void Remove(NetworkInterface eni, DateTimeOffset at)
    {
        Unlink(eni.Id, at);
        MoveAttachment(eni.Id, eni.Attachment, null);
        _interfaces.Remove(eni.Id, at, LongestLag);
        Metadata.Record(eni, null, at, seenAtOnce: false);
        TellAddresses(eni, null, at);

        if (eni.PrimaryAddress is { } primary)
            AddressesOf(eni.SubnetId).Release(primary);
        foreach (var family in IpFamily.Both)
            family.Release(this, eni.SubnetId, family.Addresses(eni), family.Prefixes(eni));
        NoteAvailable(eni.SubnetId, at);
    }

    /// <summary>Makes this the instance's present.</summary>
    public void Set(Instance instance, DateTimeOffset at) => Instances.Set(instance.Id, instance, at, LongestLag);

    /// <summary>The guest sees the ENI's link.</summary>
    public void Link(NetworkInterface eni, DateTimeOffset at)
    {
        var attachment = eni.Attachment ?? throw new InvalidOperationException($"{eni.Id} is attached to nothing");
        var link = new LinkAttached(
            at, attachment.InstanceId, eni.Id, eni.MacAddress, attachment.DeviceIndex, attachment.NetworkCardIndex,
            eni.PrimaryAddress, eni.Blocks, eni.SubnetId, Subnets[eni.SubnetId].Cidr, eni.SourceDestCheck);
        _links.Add(eni.Id, link);
        Tell(link);
    }

    /// <summary>The guest loses the ENI's link, if it had one.</summary>
    public void Unlink(string eniId, DateTimeOffset at)
    {
        if (_links.Remove(eniId, out var link))
            Tell(new LinkDetached(at, link.InstanceId, eniId, link.MacAddress));
    }

    private void MoveAttachment(string eniId, Attachment? before, Attachment? after)
    {
        if (before?.Id == after?.Id)
            return;

        if (before is not null)
        {
            _attachments.Remove(before.Id);
            _attachedTo[before.InstanceId].Remove(eniId);
        }

        if (after is null)
            return;

        _attachments.Add(after.Id, eniId);
        if (!_attachedTo.TryGetValue(after.InstanceId, out var enis))
            _attachedTo.Add(after.InstanceId, enis = []);
        enis.Add(eniId);
    }

    private void TellAddresses(NetworkInterface? before, NetworkInterface? after, DateTimeOffset at)
    {
        if (before is not null && after is not null && before.SecondaryAddresses == after.SecondaryAddresses && before.Prefixes == after.Prefixes)
            return; // Its own address is an ENI's for life.

        var (had, has) = (before?.AllBlocks ?? [], after?.AllBlocks ?? []);
        ImmutableArray<IPNetwork> added = [.. has.Except(had)];
        ImmutableArray<IPNetwork> removed = [.. had.Except(has)];
        if (added.Length + removed.Length > 0)
            Tell(new AddressesChanged(at, (after ?? before)!.Id, added, removed));
    }

    private void TellBlocks(LinkAttached link, NetworkInterface before, NetworkInterface eni, DateTimeOffset at)
    {
        if (before.SecondaryAddresses != eni.SecondaryAddresses || before.Prefixes != eni.Prefixes)
        {
            ImmutableArray<IPNetwork> added = [.. eni.Blocks.Except(before.Blocks)];
            ImmutableArray<IPNetwork> removed = [.. before.Blocks.Except(eni.Blocks)];
            if (added.Length + removed.Length > 0)
                Tell(new BlocksChanged(at, link.InstanceId, eni.Id, added, removed));
        }

        if (before.SourceDestCheck != eni.SourceDestCheck)
            Tell(new SourceDestCheckChanged(at, link.InstanceId, eni.Id, eni.SourceDestCheck));
    }

    /// <summary>Streams of their own, so that another latency does not move every address.</summary>
    private static Random Dice(int seed, int stream) => new(unchecked((seed * 1_000_003) + stream));
}
