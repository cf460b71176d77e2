using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Doubles;

/// <summary>A node in the world, and a book of who was told which address: the promises that must hold whatever happens.</summary>
internal sealed class Node
{
    public static readonly InstanceLimits M5Large = new([3], 10, 29);

    private readonly World _world;
    private readonly Dictionary<PodKey, IPAddress> _told = [];
    private readonly Dictionary<IPAddress, TimeSpan> _rests = [];
    private int _lastSandbox;

    public Node(World world, InstanceLimits? limits = null, WarmTargets? targets = null)
    {
        _world = world;
        Options = new WarmPoolOptions(limits ?? M5Large, targets ?? new WarmTargets(), CloudInMemory.Template, "boot-1") { InstanceId = CloudInMemory.Instance };
        Cloud = new CloudInMemory(world, Options.Limits);
        Host = new HostInMemory(world, Cloud);
        Disk = new DiskInMemory(world);
        var primary = Cloud.AddPrimary();
        Sources = new EniSources(new HomeNode(CloudInMemory.Instance, primary.Id, CloudInMemory.Subnet, CloudInMemory.Template.SubnetCidr));
    }

    public WarmPoolOptions Options { get; set; }

    public CloudInMemory Cloud { get; }

    public HostInMemory Host { get; }

    public DiskInMemory Disk { get; }

    public Process Daemon { get; private set; } = null!;

    public WarmPoolEngine Engine { get; private set; } = null!;

    public Task Loop { get; private set; } = null!;

    /// <summary>What IMDS and EC2 tell of an ENI, put together.</summary>
    public EniSources Sources { get; set; }

    /// <summary>ENIs that appear are taken over as the daemon does it; else the test says what they are.</summary>
    public bool Adopts { get; init; }

    public List<PoolNotice> Journal { get; } = [];

    public IReadOnlyDictionary<PodKey, IPAddress> Told => _told;

    /// <param name="found">What IMDS shows at the start; everything that is attached, unless it lags.</param>
    public async Task<StartReport> StartAsync(IReadOnlyList<KnownEni>? found = null)
    {
        Daemon = _world.NewProcess();
        EniAdoption? adoption = null;
        Engine = new WarmPoolEngine(
            Options, Cloud, Cloud, Disk, Host, Daemon.Time, _world.Random.NextDouble, notice =>
            {
                Journal.Add(notice);
                adoption?.Hear(notice);
            });
        if (Adopts)
            adoption = new EniAdoption(Options.AsksEc2 ? Cloud : null, Sources, Engine.Adopt, Journal.Add, Daemon.Time, CancellationToken.None);
        var report = await Engine.LoadAsync(found ?? Cloud.Attached(), CancellationToken.None);
        if (report.CannotStart is not null)
            return report;
        var ended = new TaskCompletionSource();
        Loop = ended.Task;
        Daemon.Start(async () =>
        {
            try
            {
                await Engine.RunAsync(CancellationToken.None);
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
                _world.Fail(e);
            }
        });
        return report;
    }

    public void Kill() => Daemon.Kill();

    public PodKey NewKey() => new("aws-cni", $"sandbox-{++_lastSandbox}", "eth0");

    public Task<AddReply> AddAsync(out PodKey key)
    {
        key = NewKey();
        return AddAsync(key);
    }

    /// <summary>An ADD, with its answer entered in the book.</summary>
    public async Task<AddReply> AddAsync(PodKey key, PodName? name = null, CancellationToken cancellation = default)
    {
        var reply = await Engine.AddAsync(key, name ?? new PodName("default", key.ContainerId), cancellation);
        if (reply is AddReply.Assigned assigned)
            Enter(key, Assert.Single(assigned.Addresses));
        return reply;
    }

    public async Task<DelReply> DelAsync(PodKey key)
    {
        // From the moment that it is asked for, the address may come back to others after its rest.
        if (_told.Remove(key, out var address))
            _rests[address] = _world.Now + Options.Targets.Cooldown;
        Host.Pods.RemoveAll(link => link.Key == key);
        return await Engine.DelAsync(key, CancellationToken.None);
    }

    public async Task<IReadOnlyList<PodKey>> AddPodsAsync(int count)
    {
        var keys = Enumerable.Range(0, count).Select(_ => NewKey()).ToList();
        foreach (var reply in await Task.WhenAll(keys.Select(key => AddAsync(key))))
            Assert.True(reply is AddReply.Assigned, $"seed {_world.Seed}: {reply}");
        return keys;
    }

    /// <summary>Pods one after the other; each that is refused comes again a minute later, as a kubelet lets it.</summary>
    /// <returns>How many have an address in the end.</returns>
    public async Task<int> ServeAsync(int pods, int tries = 3)
    {
        var served = 0;
        for (var pod = 0; pod < pods; pod++)
        {
            for (var attempt = 0; attempt < tries; attempt++)
            {
                if (await AddAsync(out _) is AddReply.Assigned)
                {
                    served++;
                    break;
                }

                await WaitAsync(60);
            }
        }

        return served;
    }

    public Task WaitAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), _world.Main.Time);

    private void Enter(PodKey key, AssignedAddress place)
    {
        var address = place.Address;
        if (_told.TryGetValue(key, out var before))
        {
            Assert.Equal(before, address);
            return;
        }

        Assert.False(_told.ContainsValue(address), $"seed {_world.Seed}: {address} was given to two pods");
        Assert.True(!_rests.TryGetValue(address, out var until) || until <= _world.Now, $"seed {_world.Seed}: {address} was given while it cooled");
        Assert.Contains(place.Eni!.Id, Host.Routed);
        Assert.Equal("attached", Cloud.Enis[place.Eni.Id].Attachment?.Status);
        Assert.Contains(Cloud.Enis[place.Eni.Id].Blocks, block => block.Contains(address));
        _told.Add(key, address);
        Host.Pods.Add(new PodLink(key, $"eni{key.ContainerId}", [address]));
    }
}
