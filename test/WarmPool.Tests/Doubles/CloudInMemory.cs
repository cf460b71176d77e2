using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Doubles;

/// <summary>
/// As much of EC2 and IMDS as these tests need: latencies, limits, one subnet that can be full, and outcomes injected per call. What
/// a call does happens in the world, also when its caller has died meanwhile.
/// </summary>
internal sealed class CloudInMemory(World world, InstanceLimits limits) : IEc2, IEc2Upkeep, IImds
{
    public const string Subnet = "subnet-1";

    public const string Instance = "i-1";

    /// <summary>How long IMDS lists a MAC of which it tells nothing any more (ec2-facts.md §6).</summary>
    private static readonly TimeSpan _staleMac = TimeSpan.FromMinutes(5);

    /// <summary>How long after an attach IMDS lists the MAC and not yet its leaves.</summary>
    private static readonly TimeSpan _imdsLag = TimeSpan.FromSeconds(2);

    /// <summary>How much longer it does not show the addresses (ec2-facts.md §6).</summary>
    private static readonly TimeSpan _addressLag = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, EniId> _tokens = [];
    private readonly Dictionary<string, TimeSpan> _halfVisible = [];
    private readonly Dictionary<EniId, TimeSpan> _addressesFrom = [];
    private uint _lastAddress = 0x0a000010;
    private uint _lastPrefix = 0x0a008000;
    private int _lastId;

    public static EniTemplate Template { get; } = new(Subnet, IPNetwork.Parse("10.0.0.0/16"), ["sg-1"]);

    public Dictionary<EniId, Nic> Enis { get; } = [];

    /// <summary>Every attempt: EC2's name of the call, and when it began.</summary>
    public List<(string Action, TimeSpan At, string Detail)> Calls { get; } = [];

    /// <summary>Addresses that the subnet has left.</summary>
    public int FreeInSubnet { get; set; } = 10_000;

    /// <summary>Whole /28 blocks that the subnet has left.</summary>
    public int FreePrefixes { get; set; } = 1_000;

    /// <summary>What goes wrong with this attempt; null for nothing.</summary>
    public Func<string, Fault?> Faults { get; set; } = static _ => null;

    /// <summary>How the listing of the node's own ENIs shows one.</summary>
    public Func<Nic, EniDescription> Lists { get; set; } = static nic => nic.Describe();

    public HashSet<string> FullSubnets { get; } = [];

    public List<SubnetFacts> Subnets { get; } = [];

    /// <summary>What every ENI of ours is tagged with.</summary>
    public Dictionary<string, string> LastingTags { get; } = new() { ["node.k8s.amazonaws.com/instance_id"] = "i-1" };

    /// <summary>Unattached ENIs that other nodes left.</summary>
    public List<Nic> OfOthers { get; } = [];

    /// <summary>The primary ENI's groups as IMDS shows them; null where it does not.</summary>
    public IReadOnlyList<string>? PrimaryGroups { get; set; }

    /// <summary>Seconds.</summary>
    public double DeleteTakes { get; set; } = 0.3;

    public bool ImdsFails { get; set; }

    /// <summary>What IMDS shows instead of the primary ENI's blocks; null for the truth.</summary>
    public IReadOnlyList<IPNetwork>? StaleBlocks { get; set; }

    /// <summary>ENIs that IMDS lists in full although EC2 has deleted them (seen for hours, ec2-facts.md §6).</summary>
    public List<ImdsEni> Ghosts { get; } = [];

    /// <summary>MACs of which IMDS tells nothing, whatever is attached: its leaves time out.</summary>
    public HashSet<string> Unreadable { get; } = [];

    /// <summary>ENIs that IMDS does not list although they are attached.</summary>
    public HashSet<EniId> NotInImds { get; } = [];

    /// <summary>ENIs that IMDS shows without local-ipv4s.</summary>
    public HashSet<EniId> WithoutAddresses { get; } = [];

    public int Count(string action) => Calls.Count(call => call.Action == action);

    /// <summary>The ENI that an instance starts with.</summary>
    public KnownEni AddPrimary()
    {
        var nic = NewNic(default, Subnet);
        nic.Attachment = new EniAttachment(new AttachmentId("eni-attach-0"), "i-1", 0, 0, "attached", true);
        foreach (var (key, value) in LastingTags)
            nic.Tags[key] = value;
        return KnownEnis.From(nic.Describe(), EniRole.Primary, Template.SubnetCidr);
    }

    /// <summary>What a start finds, with EC2 asked: also what is on its way out, and what was never attached.</summary>
    public IReadOnlyList<KnownEni> Attached() =>
        [.. Enis.Values.Select(static nic => nic.Attachment switch
        {
            null => new KnownEni(
                nic.Id, EniRole.Secondary, nic.Mac, 0, null, Subnet, Template.SubnetCidr, nic.Primary, [.. nic.Blocks])
            {
                State = EniState.Created,
                Doubt = "it was not attached when the daemon started",
            },
            { Status: "attached" } attachment => KnownEnis.From(
                nic.ToImds(), attachment.DeviceIndex == 0 ? EniRole.Primary : EniRole.Secondary),
            _ => KnownEnis.From(nic.Describe(), EniRole.Secondary, Template.SubnetCidr),
        })];

    /// <summary>Somebody detaches it, with EC2's console.</summary>
    public void DetachByHand(Nic nic)
    {
        _halfVisible[nic.Mac] = world.Now + _staleMac;
        nic.Attachment = null;
    }

    public Task<Ec2Outcome<EniDescription>> CreateEniAsync(CreateEni request, CancellationToken cancellation) =>
        CallAsync("CreateNetworkInterface", $"{request.Blocks}", 0.8, cancellation: cancellation, apply: () =>
        {
            if (_tokens.TryGetValue(request.ClientToken, out var before) && Enis.TryGetValue(before, out var made))
                return Done(made.Describe());
            if (Shortage(request.SubnetId, request.Blocks, ofItsOwn: 1) is { } shortage)
                return Refused<EniDescription>(shortage.Kind, shortage.Code);
            var nic = NewNic(request.Blocks, request.SubnetId);
            nic.Groups = request.SecurityGroupIds;
            nic.Tags["node.k8s.amazonaws.com/createdAt"] = world.Wall.ToString("o", System.Globalization.CultureInfo.InvariantCulture);
            foreach (var (key, value) in LastingTags)
                nic.Tags[key] = value;
            _tokens[request.ClientToken] = nic.Id;
            return Done(nic.Describe());
        });

    public Task<Ec2Outcome<AttachmentId>> AttachEniAsync(EniId eni, int networkCard, int deviceIndex, CancellationToken cancellation) =>
        CallAsync("AttachNetworkInterface", $"{eni} at {deviceIndex}", 1.0, cancellation: cancellation, apply: () =>
        {
            if (!Enis.TryGetValue(eni, out var nic))
                return Refused<AttachmentId>(Refusal.NotFound, "InvalidNetworkInterfaceID.NotFound");
            if (nic.Attachment is not null)
                return Refused<AttachmentId>(Refusal.InUse, "InvalidNetworkInterface.InUse");
            var attached = Enis.Values.Where(static other => other.Attachment is not null).ToList();
            if (attached.Count >= limits.EnisPerCard[0])
                return Refused<AttachmentId>(Refusal.AttachmentLimit, "AttachmentLimitExceeded");
            if (attached.Any(other => other.Attachment!.DeviceIndex == deviceIndex))
                return Refused<AttachmentId>(Refusal.IndexTaken, "InvalidParameterValue");
            if (nic.Blocks.Count > limits.BlocksPerEni)
                return Refused<AttachmentId>(Refusal.AddressLimit, "InvalidInterface.IpAddressLimitExceeded");
            nic.Attachment = new EniAttachment(new AttachmentId($"eni-attach-{++_lastId}"), "i-1", networkCard, deviceIndex, "attached", false);
            _halfVisible[nic.Mac] = world.Now + _imdsLag;
            _addressesFrom[nic.Id] = world.Now + _imdsLag + _addressLag;
            return Done(nic.Attachment.Id);
        });

    public Task<Ec2Outcome<Nothing>> SetDeleteOnTerminationAsync(EniId eni, AttachmentId attachment, CancellationToken cancellation) =>
        CallAsync("ModifyNetworkInterfaceAttribute", $"{eni}", 0.2, cancellation: cancellation, apply: () =>
        {
            if (!Enis.TryGetValue(eni, out var nic) || nic.Attachment is not { } now)
                return Refused<Nothing>(Refusal.NotFound, "InvalidAttachmentID.NotFound");
            nic.Attachment = now with { DeleteOnTermination = true };
            return Done(default(Nothing));
        });

    public Task<Ec2Outcome<IReadOnlyList<IPNetwork>>> AssignBlocksAsync(EniId eni, BlockCount count, CancellationToken cancellation) =>
        CallAsync("AssignPrivateIpAddresses", $"{eni} {count}", 0.3, cancellation: cancellation, apply: () =>
        {
            if (!Enis.TryGetValue(eni, out var nic))
                return Refused<IReadOnlyList<IPNetwork>>(Refusal.NotFound, "InvalidNetworkInterfaceID.NotFound");
            if (nic.Blocks.Count + count.Addresses + count.Prefixes > limits.BlocksPerEni)
                return Refused<IReadOnlyList<IPNetwork>>(Refusal.AddressLimit, "PrivateIpAddressLimitExceeded");
            if (Shortage(nic.SubnetId, count, ofItsOwn: 0) is { } shortage)
                return Refused<IReadOnlyList<IPNetwork>>(shortage.Kind, shortage.Code);
            var fresh = NewBlocks(count);
            nic.Blocks.AddRange(fresh);
            return Done(fresh);
        });

    public Task<Ec2Outcome<Nothing>> UnassignBlocksAsync(EniId eni, IReadOnlyList<IPNetwork> blocks, CancellationToken cancellation) =>
        CallAsync("UnassignPrivateIpAddresses", $"{eni} {blocks.Count}", 0.3, cancellation: cancellation, apply: () =>
        {
            if (Enis.TryGetValue(eni, out var nic))
            {
                if (!blocks.All(nic.Blocks.Contains))
                    return Refused<Nothing>(Refusal.NotAssigned, "InvalidParameterValue");
                FreePrefixes += nic.Blocks.RemoveAll(block => block.PrefixLength == 28 && blocks.Contains(block));
                FreeInSubnet += nic.Blocks.RemoveAll(blocks.Contains);
            }

            return Done(default(Nothing));
        });

    public Task<Ec2Outcome<Nothing>> DetachEniAsync(AttachmentId attachment, CancellationToken cancellation) =>
        CallAsync("DetachNetworkInterface", $"{attachment}", 0.4, cancellation: cancellation, apply: () =>
        {
            if (Enis.Values.FirstOrDefault(nic => nic.Attachment?.Id == attachment) is { Attachment: { } now } nic)
            {
                nic.Attachment = now with { Status = "detaching" };
                world.After(TimeSpan.FromSeconds(2.5), () => DetachByHand(nic));
            }

            return Done(default(Nothing));
        });

    public Task<Ec2Outcome<Nothing>> DeleteEniAsync(EniId eni, CancellationToken cancellation) =>
        CallAsync("DeleteNetworkInterface", $"{eni}", DeleteTakes, cancellation: cancellation, apply: () =>
        {
            if (!Enis.TryGetValue(eni, out var nic))
            {
                OfOthers.RemoveAll(other => other.Id == eni);
                return Done(default(Nothing));
            }

            if (nic.Attachment is not null)
                return Refused<Nothing>(Refusal.InUse, "InvalidParameterValue");
            Enis.Remove(eni);
            FreeInSubnet += nic.Blocks.Count + 1;
            return Done(default(Nothing));
        });

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeEnisAsync(IReadOnlyList<EniId> enis, CancellationToken cancellation) =>
        CallAsync("DescribeNetworkInterfaces", string.Join(' ', enis), 0.1, cancellation: cancellation, apply: () =>
            Done<IReadOnlyList<EniDescription>>([.. enis.Where(Enis.ContainsKey).Select(id => Enis[id].Describe())]));

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeOwnEnisAsync(CancellationToken cancellation) =>
        CallAsync("DescribeNetworkInterfaces", "own", 0.1, cancellation: cancellation, apply: () =>
            Done<IReadOnlyList<EniDescription>>([.. Enis.Values.Select(Lists)]));

    public Task<Ec2Outcome<IReadOnlyList<SubnetFacts>>> DescribeSubnetsAsync(CancellationToken cancellation) =>
        CallAsync("DescribeSubnets", "", 0.1, cancellation: cancellation, apply: () => Done<IReadOnlyList<SubnetFacts>>([.. Subnets]));

    public Task<Ec2Outcome<Nothing>> SetSecurityGroupsAsync(EniId eni, IReadOnlyList<string> groups, CancellationToken cancellation) =>
        CallAsync("ModifyNetworkInterfaceAttribute", $"{eni} groups", 0.2, cancellation: cancellation, apply: () =>
        {
            Enis[eni].Groups = groups;
            return Done(default(Nothing));
        });

    public Task<Ec2Outcome<Nothing>> TagEniAsync(EniId eni, CancellationToken cancellation) =>
        CallAsync("CreateTags", $"{eni}", 0.2, cancellation: cancellation, apply: () =>
        {
            foreach (var (key, value) in LastingTags)
                Enis[eni].Tags[key] = value;
            return Done(default(Nothing));
        });

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeUnattachedEnisAsync(CancellationToken cancellation) =>
        CallAsync("DescribeNetworkInterfaces", "unattached", 0.1, cancellation: cancellation, apply: () =>
            Done<IReadOnlyList<EniDescription>>(
                [.. Enis.Values.Concat(OfOthers).Where(static nic => nic.Attachment is null).Select(static nic => nic.Describe())]));

    public Task<ImdsAnswer> AttachedEnisAsync(CancellationToken cancellation) => Task.FromResult<ImdsAnswer>(
        ImdsFails
            ? new ImdsAnswer.Failed("IMDS is down")
            : new ImdsAnswer.Seen(
                [.. Enis.Values.Where(nic => nic.Attachment is not null && !IsHalfVisible(nic.Mac) && !NotInImds.Contains(nic.Id))
                    .Select(nic => Shown(nic) with
                    {
                        SecurityGroupIds = nic.Attachment!.DeviceIndex == 0 ? PrimaryGroups : null,
                    }), .. Ghosts],
                [.. _halfVisible.Keys.Union(Unreadable).Where(IsHalfVisible).Select(static mac => new HalfVisibleEni(mac, "no device-number"))]));

    private ImdsEni Shown(Nic nic) =>
        WithoutAddresses.Contains(nic.Id) || (_addressesFrom.TryGetValue(nic.Id, out var from) && world.Now < from)
            ? nic.ToImds() with { PrimaryAddress = null, Blocks = [] }
            : StaleBlocks is { } stale && nic.Attachment!.DeviceIndex == 0 ? nic.ToImds() with { Blocks = stale } : nic.ToImds();

    private bool IsHalfVisible(string mac) =>
        Unreadable.Contains(mac) || (_halfVisible.TryGetValue(mac, out var until) && until > world.Now);

    private static Ec2Outcome<T> Done<T>(T value) => new Ec2Outcome<T>.Done(value);

    private static Ec2Outcome<T> Refused<T>(Refusal kind, string code) => new Ec2Outcome<T>.Refused(kind, code, $"the cloud says {code}");

    private Task<Ec2Outcome<T>> CallAsync<T>(
        string action, string detail, double seconds, Func<Ec2Outcome<T>> apply, CancellationToken cancellation)
    {
        Calls.Add((action, world.Now, detail));
        var reply = new TaskCompletionSource<Ec2Outcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fault = Faults(action);
        world.After(TimeSpan.FromSeconds(seconds * (0.5 + world.Random.NextDouble())), () =>
        {
            switch (fault)
            {
                case Fault.Refuse refuse:
                    reply.TrySetResult(new Ec2Outcome<T>.Refused(refuse.Kind, refuse.Code, $"the cloud says {refuse.Code}"));
                    break;
                case Fault.LoseReply lose:
                    if (lose.Applied)
                        apply();
                    reply.TrySetResult(new Ec2Outcome<T>.Unknown("connection lost"));
                    break;
                case Fault.NeverReply:
                    break;
                default:
                    reply.TrySetResult(apply());
                    break;
            }
        });
        cancellation.Register(() => reply.TrySetCanceled(cancellation));
        return reply.Task;
    }

    private (Refusal Kind, string Code)? Shortage(string subnet, BlockCount count, int ofItsOwn) =>
        FullSubnets.Contains(subnet) || count.Addresses + ofItsOwn > FreeInSubnet
            ? (Refusal.NoFreeAddresses, "InsufficientFreeAddressesInSubnet")
            : count.Prefixes > FreePrefixes
            ? (Refusal.Fragmented, "InsufficientCidrBlocks")
            : null;

    private Nic NewNic(BlockCount count, string subnet)
    {
        var number = ++_lastId;
        var nic = new Nic(new EniId($"eni-{number:x17}"), $"02:00:00:00:00:{number:x2}", NewAddress().BaseAddress, subnet);
        nic.Blocks.AddRange(NewBlocks(count));
        Enis[nic.Id] = nic;
        return nic;
    }

    private IReadOnlyList<IPNetwork> NewBlocks(BlockCount count)
    {
        FreePrefixes -= count.Prefixes;
        return [.. Enumerable.Range(0, count.Addresses).Select(_ => NewAddress()),
            .. Enumerable.Range(0, count.Prefixes).Select(_ => Network(_lastPrefix += 16, 28))];
    }

    private IPNetwork NewAddress()
    {
        FreeInSubnet--;
        return Network(++_lastAddress, 32);
    }

    private static IPNetwork Network(uint number, int length) =>
        new(new IPAddress([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]), length);
}

/// <summary>What goes wrong with one attempt.</summary>
internal abstract record Fault
{
    public sealed record Refuse(Refusal Kind, string Code) : Fault;

    /// <summary>The caller never learns; EC2 may have done it.</summary>
    public sealed record LoseReply(bool Applied) : Fault;

    /// <summary>Nothing happens, and nobody says so.</summary>
    public sealed record NeverReply : Fault;
}

/// <summary>An ENI in the cloud.</summary>
internal sealed class Nic(EniId id, string mac, IPAddress primary, string subnet)
{
    public EniId Id { get; } = id;

    public string Mac { get; } = mac;

    public IPAddress Primary { get; } = primary;

    public string SubnetId { get; } = subnet;

    public string Description { get; set; } = "aws-K8S-i-1";

    /// <summary>interface, trunk, efa…</summary>
    public string Type { get; set; } = "interface";

    public IReadOnlyList<string> Groups { get; set; } = ["sg-1"];

    public Dictionary<string, string> Tags { get; } = [];

    public List<IPNetwork> Blocks { get; } = [];

    public EniAttachment? Attachment { get; set; }

    public EniDescription Describe() => new(
        Id, Mac, SubnetId, Primary, [.. Blocks], Attachment, Attachment is null ? "available" : "in-use", Type,
        Description, new Dictionary<string, string>(Tags), Groups);

    public ImdsEni ToImds() => new(
        Id, Mac, 0, Attachment?.DeviceIndex ?? 1, SubnetId, CloudInMemory.Template.SubnetCidr, Primary, [.. Blocks]);
}
