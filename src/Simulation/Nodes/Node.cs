using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Host;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>A machine: what outlives the daemon (kernel, disk, notes of deletes, the instance in EC2), and the daemon's present run.</summary>
public sealed class Node
{
    private static readonly TimeSpan _socket = TimeSpan.FromMilliseconds(0.3);

    /// <summary>
    /// A daemon that was killed while it gave addresses back has left a note of that in the checkpoint. Where that was destroyed, a
    /// start may read them from IMDS, and until a slow look finds it a pod can get one: counted as a weakness, not as a broken promise.
    /// </summary>
    private static readonly TimeSpan _repairedWithin = TimeSpan.FromMinutes(10);

    /// <summary>From a link's end to the last reply that was on its way: a slow disk's write, twice.</summary>
    private static readonly TimeSpan _unplugged = TimeSpan.FromSeconds(10);

    private readonly World _world;
    private readonly Region _region;
    private readonly Promises _promises;
    private readonly Trace _trace;
    private readonly Coverage _coverage;
    private readonly Wire _wire;
    private readonly Ec2Seam _cloud;
    private readonly EniTemplate _home;
    private TimeSpan _checkpointLostAt = TimeSpan.MinValue;
    private bool _templateKnown = true;
    private TimeSpan _bootedAt;
    private int _boots = 1;
    private int _runs;
    private int _guestKnownTo;
    private bool _off;
    private readonly Dictionary<PodKey, TimeSpan> _lastTold = [];
    private Incarnation? _daemon;
    private TimeSpan _wallError;
    private bool _wallJumped;

    public Node(
        World world, Region region, Subnet subnet, NodeSetup setup, ICloudWeather weather, Promises promises, Trace trace, Coverage coverage)
    {
        (_world, _region, _promises, _trace, _coverage) = (world, region, promises, trace, coverage);
        Setup = setup;
        Limits = setup.Limits;
        Targets = setup.Targets;
        EngineChance = world.NewRandom($"{setup.Name} engine");
        Kernel = new Kernel(world, setup.Name, world.NewRandom($"{setup.Name} kernel"), trace, coverage);
        Disk = new Disk(world, world.NewRandom($"{setup.Name} disk"), coverage);
        _wire = new Wire(world, region, setup.Name, weather, trace, coverage) { Moment = where => Moment(where), Broken = promises.Break, Forbids = new Allowance(region, setup, () => GuestId).Forbids };
        _cloud = new Ec2Seam(world, region, _wire, () => world.Wall + WallError);
        Imds = new ImdsSeam(world, region.Vpc, weather) { Moment = where => Moment(where) };
        Instance = region.Launch(new LaunchInstance(setup.InstanceType, subnet.Id), Kernel.OnChange);
        _wire.Describes = enis =>
        {
            if (enis.Any(eni => eni.Id.Value == GuestId))
                GuestIsKnown();
        };
        _wire.Instance = Imds.Instance = Instance.Id;
        var primary = region.Eni(Instance.PrimaryInterfaceId)!;
        _home = new EniTemplate(subnet.Id, subnet.Cidr, primary.SecurityGroupIds);
        Sources = new EniSources(new HomeNode(Instance.Id, new EniId(Instance.PrimaryInterfaceId), subnet.Id, subnet.Cidr));
    }

    public NodeSetup Setup { get; }

    public Instance Instance { get; }

    /// <summary>Where new ENIs are made under custom networking; null: beside the primary one.</summary>
    public Subnet? PodSubnet { get; init; }

    /// <summary>The id of <see cref="NodeSetup.Guest"/>, once it is attached.</summary>
    public string? GuestId { get; set; }

    public Kernel Kernel { get; }

    public Disk Disk { get; }

    /// <summary>DELs that plugins could not hand over.</summary>
    public Queue<DelNote> DeleteNotes { get; } = [];

    public InstanceLimits Limits { get; private set; }

    /// <summary>The settings of the next start.</summary>
    public WarmTargets Targets { get; set; }

    /// <summary>The primary ENI's subnet and groups; null while nobody knows what new ENIs are made of.</summary>
    public EniTemplate? Template => _templateKnown
        ? new EniTemplate(PodSubnet?.Id ?? _home.SubnetId, PodSubnet?.Cidr ?? _home.SubnetCidr, _region.Eni(Instance.PrimaryInterfaceId)!.SecurityGroupIds)
        : null;

    /// <summary>What every ENI of this node's has.</summary>
    public IReadOnlyDictionary<string, string> LastingTags => _cloud.LastingTags;

    /// <summary>How wrong the wall clock is.</summary>
    public TimeSpan WallError
    {
        get => _wallError;
        set
        {
            _wallError = value;
            _wallJumped = true;
        }
    }

    /// <summary>Decides at each seam whether the daemon dies there.</summary>
    public Func<string, bool> DiesAt { get; set; } = static _ => false;

    /// <summary>How long until the next start after an end; asked at each end. Null: nobody starts it.</summary>
    public Func<TimeSpan?> RestartsAfter { get; set; } = static () => TimeSpan.FromSeconds(1);

    /// <summary>How often a reply to a plugin is lost, 0 to 1.</summary>
    public double LostReplies { get; set; }

    /// <summary>The engine of the present run, once it is loaded; null between runs.</summary>
    public WarmPoolEngine? Engine => _daemon is { Process.Alive: true } ? _daemon.Engine : null;

    public bool Serving => _daemon is { Serving: true, Process.Alive: true };

    public bool Running => _daemon is { Process.Alive: true };

    /// <summary>Runs of the daemon so far.</summary>
    public int Runs => _runs;

    /// <summary>EC2 calls that left, by action.</summary>
    public IReadOnlyDictionary<string, int> Calls => _wire.Sent;

    /// <summary>Calls that change something, and when they left.</summary>
    public IReadOnlyList<(TimeSpan At, string Action)> Mutations => _wire.Mutations;

    /// <summary>The pool's notices as they come.</summary>
    public event Action<PoolNotice>? Noticed;

    internal Random EngineChance { get; }

    internal EniSources Sources { get; }

    internal Ec2Seam Ec2 => _cloud;

    internal ImdsSeam Imds { get; }

    public WarmPoolOptions Options() => new(Limits, Targets, Template, $"boot-{_boots}")
    {
        AddBound = Setup.AddBound,
        ReconcileEvery = Setup.ReconcileEvery,
        InstanceId = Instance.Id,
        ProvisionsResources = Setup.Provisions,
        AsksEc2 = Setup.AsksEc2,
        Upkeep = Setup.Upkeep?.Invoke(Instance.Id, Instance.SubnetId) is { } upkeep ? upkeep with { Tags = LastingTags } : null,
    };

    /// <summary>What a plugin writes down when no daemon takes its DEL.</summary>
    public void Note(PodKey key) => DeleteNotes.Enqueue(new DelNote(key, _world.Wall + WallError, _world.Now));

    /// <summary>A note was carried out before anybody was served: the sandbox has no address any more. By a clock that jumped nobody can tell.</summary>
    internal async Task CheckCarriedOutAsync(WarmPoolEngine engine, DelNote note)
    {
        if (_wallJumped || !_lastTold.TryGetValue(note.Key, out var told) || told >= note.At)
            return;
        try
        {
            if (await engine.FindAsync(note.Key, CancellationToken.None) is { Count: > 0 } kept)
                _promises.Break($"{note.Key} still has {kept[0].Address} after its noted DEL was carried out");
        }
        catch (InvalidOperationException)
        {
            // It was stopped in the same moment, and tells nothing any more.
        }
    }

    /// <summary>Nothing while the machine is off.</summary>
    public void Start()
    {
        if (_off)
            return;
        _daemon = new Incarnation(this, ++_runs);
        _wire.Run = _runs;
        _trace.Add(Setup.Name, $"ipamd #{_runs} starts");
        _daemon.Start();
    }

    /// <summary>SIGKILL.</summary>
    public void Crash(string why)
    {
        if (_daemon is not { Process.Alive: true } daemon)
            return;
        daemon.Kill();
        _coverage.Count("crash", why);
        Ended($"killed: {why}");
    }

    /// <summary>SIGTERM.</summary>
    public void Stop()
    {
        if (_daemon is { Process.Alive: true } daemon)
            daemon.Stop();
    }

    /// <summary>Power is lost; the machine is back after <paramref name="away"/>, its daemon soon after.</summary>
    /// <param name="wipes">The checkpoint was on a tmpfs.</param>
    public void LosePower(TimeSpan away, bool wipes)
    {
        _trace.Add(Setup.Name, $"power is lost for {away.TotalSeconds:F0} s");
        _off = true;
        _daemon?.Kill();
        Disk.LosePower();
        DeleteNotes.Clear();
        if (wipes)
        {
            Disk.Wipe();
            _checkpointLostAt = _world.Now;
        }

        Kernel.Reboot(Instance.PrimaryInterfaceId);
        _world.After(away, () =>
        {
            _bootedAt = _world.Now;
            _boots++;
            _off = false;
            Start();
        });
    }

    /// <summary>The checkpoint is cut off in the middle, and with it what only it knew.</summary>
    public void TearCheckpoint()
    {
        Disk.Tear();
        _checkpointLostAt = _world.Now;
    }

    public void Cordon(bool cordoned)
    {
        Limits = Limits with { Schedulable = !cordoned };
        Engine?.SetLimits(Limits);
    }

    /// <summary>False: nobody knows what new ENIs are made of.</summary>
    public void KnowTemplate(bool known)
    {
        // With discovery the pool itself asks for the subnets.
        if (_templateKnown == known || Setup.Discovers)
            return;
        _templateKnown = known;
        Engine?.SetTemplate(Template);
    }

    /// <summary>Whether people took this address or its ENI away so recently that the daemon may not know.</summary>
    public Func<AssignedAddress, bool> IsTampered { get; set; } = static _ => false;

    /// <summary>A plugin's ADD over the socket.</summary>
    public Task<WireReply<AddReply>> AddAsync(PodKey key, PodName name, CancellationToken killed) =>
        CallAsync<AddReply>(
            async (engine, token) =>
            {
                var reply = await engine.AddAsync(key, name, token);
                if (reply is AddReply.Assigned assigned)
                {
                    CheckPromise(key, assigned);
                    // Nobody listens any more: it is told to no pod.
                    if (killed.IsCancellationRequested)
                        _promises.NeverUsed(key);
                }

                return reply;
            },
            killed);

    /// <summary>A plugin's DEL over the socket.</summary>
    public Task<WireReply<DelReply>> DelAsync(PodKey key, CancellationToken killed) =>
        CallAsync<DelReply>((engine, token) => engine.DelAsync(key, token), killed);

    internal Process NewProcess() => _world.NewProcess(_bootedAt, () => WallError);

    internal void Moment(string where)
    {
        if (_daemon is not { Process.Alive: true } || !DiesAt(where))
            return;
        Crash(where);
    }

    internal void Ended(string why)
    {
        _trace.Add(Setup.Name, $"ipamd #{_runs} ends: {why}");
        if (RestartsAfter() is not { } delay)
            return;
        var run = _runs;
        _world.After(delay, () =>
        {
            if (_runs == run && _daemon is not { Process.Alive: true })
                Start();
        });
    }

    internal void Loaded(StartReport report)
    {
        _trace.Add(Setup.Name, $"loaded: {report.Restored} restored, {report.FromKernel} from the kernel, {report.Stale} stale, {report.Unlisted.Count} unlisted");
        foreach (var problem in report.Problems)
            _trace.Add(Setup.Name, problem);
        _coverage.Count("start", report.CannotStart is not null ? "cannot start" : report.SetAside is not null ? "checkpoint set aside" : "loaded");
        if (report.FromKernel > 0)
            _coverage.Count("start", "owners from the kernel");
        if (report.Stale > 0)
            _coverage.Count("start", "stale owners of another boot");
    }

    /// <summary>EC2 has told this run of the daemon what kind of ENI the guest is.</summary>
    internal void GuestIsKnown() => _guestKnownTo = _runs;

    internal void Count(string group, string what) => _coverage.Count(group, what);

    internal void OnNotice(PoolNotice notice)
    {
        NoticeBook.Enter(notice, Setup.Name, _trace, _coverage);
        if (notice is PoolNotice.Fault fault)
            _promises.Break($"a bug in {fault.Where}: {fault.Exception}");
        Noticed?.Invoke(notice);
    }

    private Task<WireReply<T>> CallAsync<T>(Func<WarmPoolEngine, CancellationToken, Task<T>> call, CancellationToken killed)
    {
        var reply = new TaskCompletionSource<WireReply<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        killed.Register(() => reply.TrySetCanceled(killed));
        if (_daemon is not { Serving: true, Process.Alive: true } daemon)
        {
            reply.TrySetResult(new WireReply<T>.Unreachable());
            return reply.Task;
        }

        var gone = new CancellationTokenSource();
        var close = daemon.Open(() => reply.TrySetResult(new WireReply<T>.Broken()));
        killed.Register(() => _world.After(_socket, () => daemon.Process.Start(gone.Cancel)));
        var lost = LostReplies > 0 && _world.Random.NextDouble() < LostReplies;
        _world.After(_socket, () => daemon.Process.Start(async () =>
        {
            try
            {
                var result = await call(daemon.Engine!, gone.Token);
                if (lost)
                    _coverage.Count("fault", "reply to a plugin lost");
                _world.After(_socket, () =>
                {
                    if (close())
                        reply.TrySetResult(lost ? new WireReply<T>.Broken() : new WireReply<T>.Answered(result));
                });
            }
            catch (OperationCanceledException)
            {
                close();
            }
        }));
        return reply.Task;
    }

    // In the moment in which the daemon says it; what the plugin makes of it comes later.
    private void CheckPromise(PodKey key, AddReply.Assigned assigned)
    {
        foreach (var place in assigned.Addresses)
        {
            _trace.Add(Setup.Name, $"{key.ContainerId} is told {place.Address} on {place.Eni?.Id}");
            if (!_lastTold.ContainsKey(key) && place.Eni is { } carrier && Kernel.VanishedAt(carrier.Id.Value) is { } at && _world.Now - at > _unplugged)
                _promises.Break($"{key} was told {place.Address} {(_world.Now - at).TotalSeconds:F0} s after the link of {carrier.Id} had vanished");
            _lastTold[key] = _world.Now;
            _promises.Told(key, place, Targets.Cooldown);
            if (Disk.Synced is not { } content || content.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes($"\"{key.ContainerId}\"")) < 0)
                _promises.Break($"{key} was told {place.Address} before it was on the disk");
            CheckCarrier(key, place);
        }
    }

    private void CheckCarrier(PodKey key, AssignedAddress place)
    {
        var eni = place.Eni is { } carrier ? _region.Eni(carrier.Id.Value) : null;
        var problem =
            eni?.Attachment?.InstanceId != Instance.Id ? $"its ENI {place.Eni?.Id} is not on this instance"
            : !eni.Blocks.Any(block => block.Contains(place.Address)) ? $"{eni.Id} does not have it"
            : !Kernel.IsRouted(eni.Id) ? $"{eni.Id} is not routed"
            : eni.Id == GuestId && _guestKnownTo == _runs ? $"{eni.Id} is to be left alone"
            : eni.Id == Instance.PrimaryInterfaceId && !Setup.PrimaryGives ? "the primary ENI gives no addresses here"
            : null;
        // What IMDS shows is all that a daemon knows whose EC2 does not answer: pods must start all the same, and EC2 has the address.
        if (problem is null && eni?.Id == GuestId)
            _coverage.Count("weak", "a pod on an ENI that is to be left alone, before EC2 had told so");
        if (problem is null || IsTampered(place))
            return;
        if (_wire.GaveBack(place, _world.Now - _repairedWithin, _checkpointLostAt))
            _coverage.Count("weak", "an address that was being given back when the checkpoint was destroyed");
        else
            _promises.Break($"{key} was told {place.Address}, and {problem}");
    }
}
