using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
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
    private readonly World _world;
    private readonly Region _region;
    private readonly Promises _promises;
    private readonly Trace _trace;
    private readonly Coverage _coverage;
    private readonly Wire _wire;
    private readonly Ec2Seam _cloud;
    private readonly EniTemplate _home;
    private bool _templateKnown = true;
    private TimeSpan _bootedAt;
    private int _boots = 1;
    private int _runs;
    private TimeSpan _lastStart;
    private bool _off;
    private Incarnation? _daemon;
    private TimeSpan _wallError;

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
        Told = new ToldWatch(world, region, this, _wire, promises, trace, coverage);
        Socket = new PluginSocket(world, () => Serving ? _daemon : null, Told, promises, coverage);
        _wire.Describes = enis =>
        {
            if (enis.Any(eni => eni.Id.Value == GuestId))
                Told.GuestIsKnown();
        };
        _wire.Asks = request => Asks?.Invoke(request);
        _wire.Answered = request => Answered?.Invoke(request);
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
            WallJumped = true;
        }
    }

    /// <summary>Decides at each seam whether the daemon dies there.</summary>
    public Func<string, bool> DiesAt { get; set; } = static _ => false;

    /// <summary>How long until the next start after an end; asked at each end. Null: nobody starts it.</summary>
    public Func<TimeSpan?> RestartsAfter { get; set; } = static () => TimeSpan.FromSeconds(1);

    /// <summary>Whether people took this address or its ENI away so recently that the daemon may not know.</summary>
    public Func<AssignedAddress, bool> IsTampered { get; set; } = static _ => false;

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

    /// <summary>By a wall clock that was put right or wrong nobody can tell what was first.</summary>
    internal bool WallJumped { get; private set; }

    /// <summary>When the checkpoint was destroyed last; before all time: never.</summary>
    internal TimeSpan CheckpointLostAt { get; private set; } = TimeSpan.MinValue;

    internal ToldWatch Told { get; }

    internal PluginSocket Socket { get; }

    /// <summary>An attempt at an EC2 call leaves.</summary>
    internal event Action<Ec2Request>? Asks;

    /// <summary>EC2 did what it was asked, and the daemon heard of it.</summary>
    internal event Action<Ec2Request>? Answered;

    internal Random EngineChance { get; }

    internal EniSources Sources { get; }

    internal Ec2Seam Ec2 => _cloud;

    internal ImdsSeam Imds { get; }

    /// <summary>What the daemon takes its instance to hold.</summary>
    public InstanceLimits InTable => Limits with { AddressesPerEni = Limits.AddressesPerEni + Setup.Overstated };

    public WarmPoolOptions Options() => new(InTable, Targets, Template, $"boot-{_boots}")
    {
        AddBound = Setup.AddBound,
        ReconcileEvery = Setup.ReconcileEvery,
        InstanceId = Instance.Id,
        ProvisionsResources = Setup.Provisions,
        AsksEc2 = Setup.AsksEc2,
        Upkeep = SlowClock is { } upkeep ? upkeep with { Tags = LastingTags } : null,
    };

    internal Upkeep? SlowClock => Setup.Upkeep?.Invoke(Instance.Id, Instance.SubnetId);

    /// <summary>What a plugin writes down when no daemon takes its DEL.</summary>
    public void Note(PodKey key) => DeleteNotes.Enqueue(new DelNote(key, _world.Wall + WallError, _world.Now));

    /// <summary>Nothing while the machine is off.</summary>
    public void Start()
    {
        if (_off)
            return;
        _daemon = new Incarnation(this, ++_runs);
        _wire.Run = _runs;
        if (CheckpointLostAt > _lastStart)
            _promises.ForgetRests(left: address => _region.Vpc.NetworkInterfaces.All(
                eni => eni.Attachment?.InstanceId != Instance.Id || !eni.Blocks.Any(block => block.Contains(address))));
        _lastStart = _world.Now;
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
            CheckpointLostAt = _world.Now;
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
        CheckpointLostAt = _world.Now;
    }

    public void Cordon(bool cordoned)
    {
        Limits = Limits with { Schedulable = !cordoned };
        Engine?.SetLimits(InTable);
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

    /// <summary>The checkpoint that the present run of the daemon started with; null where there was none.</summary>
    internal ReadOnlyMemory<byte>? FoundCheckpoint { get; private set; }

    internal void Loaded(StartReport report)
    {
        FoundCheckpoint = Disk.Synced;
        _trace.Add(Setup.Name, $"loaded: {report.Restored} restored, {report.FromKernel} from the kernel, {report.Stale} stale, {report.Unlisted.Count} unlisted");
        foreach (var problem in report.Problems)
            _trace.Add(Setup.Name, problem);
        _coverage.Count("start", report.CannotStart is not null ? "cannot start" : report.SetAside is not null ? "checkpoint set aside" : "loaded");
        if (report.FromKernel > 0)
            _coverage.Count("start", "owners from the kernel");
        if (report.Stale > 0)
            _coverage.Count("start", "stale owners of another boot");
    }

    internal void Count(string group, string what) => _coverage.Count(group, what);

    internal void OnNotice(PoolNotice notice)
    {
        NoticeBook.Enter(notice, Setup.Name, _trace, _coverage);
        if (notice is PoolNotice.Fault fault)
            _promises.Break($"a bug in {fault.Where}: {fault.Exception}");
        Noticed?.Invoke(notice);
    }
}
