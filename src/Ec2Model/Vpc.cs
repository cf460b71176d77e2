using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Injection;
using AwsVpcCni.Ec2Model.Knobs;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Ec2Model.Throttling;

namespace AwsVpcCni.Ec2Model;

/// <summary>
/// One VPC with its EC2 API and instance metadata: a deterministic state machine. Time comes in as a value and never goes back
/// (an earlier <c>now</c> counts as the latest one), randomness comes from the seed.
/// </summary>
/// <remarks>
/// Not thread-safe: the host calls it under one lock, and delays what the model says is due later. Typical host: after every call,
/// and at <see cref="NextDue"/>, <see cref="Advance"/> and carry out the changes.
/// </remarks>
public sealed class Vpc
{
    private readonly VpcState _state;
    private readonly Buckets _buckets = new();
    private readonly CallCounter _counter = new();

    /// <exception cref="ArgumentException">The VPC's blocks are no IPv4 blocks of /16 to /28, or overlap; a fault rule makes no sense.</exception>
    public Vpc(VpcOptions options)
    {
        if (options.Cidrs.Count == 0)
            throw new ArgumentException("a VPC has at least one CIDR", nameof(options));

        for (var i = 0; i < options.Cidrs.Count; i++)
        {
            RequireSize(options.Cidrs[i], nameof(options));
            if (options.Cidrs.Take(i).Any(other => Ipv4.Overlap(other, options.Cidrs[i])))
                throw new ArgumentException($"{options.Cidrs[i]} overlaps another CIDR of the VPC", nameof(options));
        }

        _state = new VpcState(options);
        Imds = new InstanceMetadata(_state, now => Settle(now));
    }

    /// <summary>For tests that plant what no call brings about.</summary>
    internal VpcState State => _state;

    /// <summary>As they are now; <see cref="Set"/> turns those that are knobs.</summary>
    public VpcOptions Options => _state.Options;

    /// <summary>From now on it behaves so; what is under way ends as it was begun.</summary>
    /// <exception cref="ArgumentException">Another seed, region, account, CIDR or peer: those it was made with.</exception>
    public void Reconfigure(VpcOptions options)
    {
        if (options.Seed != Options.Seed || options.Region != Options.Region || options.AccountId != Options.AccountId || options.Cidrs != Options.Cidrs
            || options.Peers != Options.Peers)
        {
            throw new ArgumentException("seed, region, account, CIDRs and peers are a VPC's for life", nameof(options));
        }

        _state.Options = options;
    }

    /// <summary>What goes wrong on purpose.</summary>
    public FaultBook Faults => _state.Faults;

    public string VpcId => _state.VpcId;

    public string DefaultSecurityGroupId => _state.DefaultSecurityGroupId;

    /// <summary>Instance metadata of every instance.</summary>
    public InstanceMetadata Imds { get; }

    /// <summary>In the order of their creation, as are the others.</summary>
    public IReadOnlyList<Subnet> Subnets => [.. _state.Subnets.All.Select(_state.View)];

    public IReadOnlyList<SecurityGroup> SecurityGroups => [.. _state.SecurityGroups.All];

    public IReadOnlyList<Instance> Instances => [.. _state.Instances.All];

    public IReadOnlyList<NetworkInterface> NetworkInterfaces => [.. _state.Interfaces.All];

    /// <summary>Those whose link a guest sees (<see cref="LinkAttached"/>).</summary>
    public IReadOnlyList<NetworkInterface> LinkedInterfaces => [.. _state.Interfaces.All.Where(eni => _state.Links.ContainsKey(eni.Id))];

    public IReadOnlyList<SubnetReservation> SubnetReservations => [.. _state.Reservations.All];

    public IReadOnlyList<TrunkAssociation> TrunkAssociations => [.. _state.TrunkAssociations.All];

    /// <summary>Device indexes that a forced detach has left blocked, sorted.</summary>
    public IReadOnlyList<(string InstanceId, int Card, int DeviceIndex)> BlockedIndexes => [.. _state.BlockedIndexes.Order()];

    /// <summary>Secondary addresses on their way from one ENI to another (AllowReassignment), sorted: until they arrive they are where they were.</summary>
    public IReadOnlyList<(IPAddress Address, string From, string To)> AddressMoves => _state.Moves.All;

    /// <summary>The VPC's own tags.</summary>
    public IReadOnlyDictionary<string, string> Tags => _state.VpcTags.Now;

    /// <summary>Its main route table's id and tags.</summary>
    public (string Id, IReadOnlyDictionary<string, string> Tags) MainRouteTable => (_state.RouteTableId, _state.RouteTableTags.Now);

    /// <summary>EC2 calls per action and caller since the beginning, sorted.</summary>
    public IReadOnlyList<CallCount> CallCounts => _counter.Snapshot();

    /// <summary>When <see cref="Advance"/> has something to do: at once while changes are untold, null while nothing is under way.</summary>
    public DateTimeOffset? NextDue => _state.Untold.Count > 0 ? _state.Untold[0].At : _state.Agenda.NextDue;

    /// <summary>Turns knobs (<see cref="KnobList"/>): all of them or, on any error, none. What is under way already keeps its old time.</summary>
    /// <exception cref="ArgumentException">Lists every setting that is wrong.</exception>
    public void Set(IEnumerable<KeyValuePair<string, string>> settings) => _state.Options = KnobList.Apply(_state.Options, settings);

    /// <param name="ipv6Cidr">A /64 of the VPC's IPv6 block; null for a subnet without IPv6.</param>
    /// <exception cref="ArgumentException">Outside the VPC's blocks, overlapping another subnet, or not /16 to /28.</exception>
    public Subnet AddSubnet(
        IPNetwork cidr, string availabilityZone, IReadOnlyDictionary<string, string>? tags = null, IPNetwork? ipv6Cidr = null)
    {
        RequireSize(cidr, nameof(cidr));
        if (!Options.Cidrs.Any(block => block.PrefixLength <= cidr.PrefixLength && block.Contains(cidr.BaseAddress)))
            throw new ArgumentException($"{cidr} is outside the VPC ({string.Join(", ", Options.Cidrs)})", nameof(cidr));

        if (_state.Subnets.All.FirstOrDefault(other => Ipv4.Overlap(other.Cidr, cidr)) is { } overlapped)
            throw new ArgumentException($"{cidr} overlaps {overlapped.Id} ({overlapped.Cidr})", nameof(cidr));

        if (!availabilityZone.StartsWith(Options.Region, StringComparison.Ordinal) || availabilityZone.Length != Options.Region.Length + 1)
            throw new ArgumentException($"'{availabilityZone}' is no availability zone of {Options.Region}", nameof(availabilityZone));

        if (ipv6Cidr is { } ipv6 && (ipv6.PrefixLength != 64 || Options.Ipv6Cidr?.Contains(ipv6.BaseAddress) != true))
            throw new ArgumentException($"{ipv6} is no /64 of the VPC's IPv6 block ({Options.Ipv6Cidr})", nameof(ipv6Cidr));

        var subnet = new Subnet(
            _state.Names.Id("subnet"), VpcId, Options.AccountId, cidr, ipv6Cidr, availabilityZone, ZoneId(availabilityZone), 0,
            ResourceTags.From(tags ?? ResourceTags.None));
        _state.AddSubnet(subnet);
        return _state.View(subnet);
    }

    /// <summary>Returns the new group's id.</summary>
    public string AddSecurityGroup(string name, string description) => _state.AddSecurityGroup(name, description);

    /// <summary>Starts an instance with its primary ENI: card 0, device 0, deleted with the instance.</summary>
    /// <exception cref="ArgumentException">No such type or subnet, or the subnet is full.</exception>
    public Instance Launch(LaunchInstance launch, DateTimeOffset now)
    {
        Settle(now);
        return InstanceLife.Launch(_state, launch, _state.Now);
    }

    /// <summary>Ends an instance: ENIs with deleteOnTermination go with it, others become available. Nothing if it is over already.</summary>
    /// <exception cref="ArgumentException">No such instance.</exception>
    public void Terminate(string instanceId, DateTimeOffset now)
    {
        Settle(now);
        InstanceLife.Terminate(_state, instanceId, _state.Now);
    }

    /// <summary>One call of the EC2 API. It is applied now; the answer says when its reply is due.</summary>
    /// <param name="caller">The calling instance's id; null for a caller outside.</param>
    public Ec2Answer Call(Ec2Request request, string? caller, DateTimeOffset now)
    {
        Settle(now);
        var hit = _state.Faults.Hit(request.Action, caller);
        var result = hit switch
        {
            null => Result(request),
            { Applies: true } => Spoilt(hit, Result(request)),
            _ => Spoilt(hit, FaultCodes.Typical("Unavailable")),
        };
        _counter.Count(request.Action, caller, result);
        var due = _state.Now + _state.Draw(Options.Latencies.Of(request.Action)) + (hit?.Delay ?? TimeSpan.Zero);
        return new Ec2Answer(request.Action, _state.Names.RequestId(), result, due) { ReplyLost = hit?.LosesReply ?? false };
    }

    /// <summary>Lets everything happen that is due by now, and returns what the outside must carry out, in order.</summary>
    public IReadOnlyList<VpcChange> Advance(DateTimeOffset now)
    {
        Settle(now);
        return _state.TakeUntold();
    }

    /// <summary>What should never be: an address on two ENIs, a wrong free count, a crooked prefix, a limit exceeded. Empty when all is well.</summary>
    public IReadOnlyList<string> Violations() => [.. Invariants.Violations(_state)];

    private Ec2Result Result(Ec2Request request)
    {
        if (Options.Throttling && !_buckets.TryTake(request, Options, _state.Now))
            return Calls.Faults.Throttled;

        if (request.DryRun && request is not UnreadableRequest)
            return Calls.Faults.DryRun;

        return Dispatch.Carry(_state, request, _state.Now);
    }

    private static Ec2Result Spoilt(FaultRule rule, Ec2Result result) => rule.Code is { } code ? FaultCodes.Typical(code) : result;

    private void Settle(DateTimeOffset now)
    {
        if (now > _state.Now)
            _state.Now = now;
        _state.Agenda.RunUntil(_state.Now);
    }

    private string ZoneId(string zone)
    {
        var parts = Options.Region.Split('-');
        return $"{parts[0]}{string.Concat(parts[1..^1].Select(part => part[..1]))}{parts[^1]}-az{zone[^1] - 'a' + 1}";
    }

    private static void RequireSize(IPNetwork cidr, string parameter)
    {
        if (cidr.BaseAddress.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork || cidr.PrefixLength is < 16 or > 28)
            throw new ArgumentException($"{cidr} is no IPv4 block of /16 to /28", parameter);
    }
}
