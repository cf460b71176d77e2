using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Ec2Model.Time;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Cloud;

/// <summary>
/// EC2 in the world: the model with its clock, what it tells guests, and what each ENI was at any time before (its readers may be
/// shown an old state).
/// </summary>
public sealed class Region
{
    private readonly World _world;
    private readonly Dictionary<string, List<(TimeSpan At, NetworkInterface? Eni)>> _history = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action<VpcChange>> _guests = new(StringComparer.Ordinal);
    private DateTimeOffset? _nextPump;

    public Region(World world, VpcOptions options)
    {
        _world = world;
        Vpc = new Vpc(options);
    }

    public Vpc Vpc { get; }

    /// <summary>An ENI came, changed or (after: null) went. Told before anything else happens.</summary>
    public event Action<NetworkInterface?, NetworkInterface?>? EniChanged;

    /// <summary>How long EC2 takes to let go of the next ENI that is detached, once its link has gone; null: as long as it usually does.</summary>
    public Func<TimeSpan?> NextDetach { get; set; } = static () => null;

    /// <summary>Launches an instance; <paramref name="guest"/> hears of its links.</summary>
    public Instance Launch(LaunchInstance launch, Action<VpcChange> guest)
    {
        var instance = Vpc.Launch(launch, _world.Wall);
        _guests[instance.Id] = guest;
        Pump();
        return instance;
    }

    public Ec2Answer Call(Ec2Request request, string? caller)
    {
        var answer = request is DetachNetworkInterfaceRequest { Force: false } && NextDetach() is { } takes
            ? Detach(request, caller, takes)
            : Vpc.Call(request, caller, _world.Wall);
        Pump();
        return answer;
    }

    /// <summary>The ENI as EC2 had it then; null before it was made and after it was deleted.</summary>
    public NetworkInterface? AsOf(string eni, TimeSpan at)
    {
        if (!_history.TryGetValue(eni, out var versions))
            return null;
        for (var i = versions.Count - 1; i >= 0; i--)
        {
            if (versions[i].At <= at)
                return versions[i].Eni;
        }

        return null;
    }

    /// <summary>The ENI as it is; null when there is none such.</summary>
    public NetworkInterface? Eni(string eni) => AsOf(eni, _world.Now);

    private Ec2Answer Detach(Ec2Request request, string? caller, TimeSpan takes)
    {
        var usual = Vpc.Options;
        Vpc.Reconfigure(usual with { Latencies = usual.Latencies with { Detach = new DurationRange(takes, takes) } });
        var answer = Vpc.Call(request, caller, _world.Wall);
        Vpc.Reconfigure(usual);
        return answer;
    }

    private void Pump()
    {
        _nextPump = null;
        foreach (var change in Vpc.Advance(_world.Wall))
        {
            var instance = change switch
            {
                LinkAttached link => link.InstanceId,
                LinkDetached link => link.InstanceId,
                BlocksChanged blocks => blocks.InstanceId,
                _ => null,
            };
            if (instance is not null && _guests.TryGetValue(instance, out var guest))
                guest(change);
        }

        Remember();
        if (Vpc.NextDue is not { } due || _nextPump <= due)
            return;
        _nextPump = due;
        _world.After(due - _world.Wall, Pump);
    }

    private void Remember()
    {
        var now = Vpc.NetworkInterfaces;
        var present = new HashSet<string>(now.Count, StringComparer.Ordinal);
        foreach (var eni in now)
        {
            present.Add(eni.Id);
            if (!_history.TryGetValue(eni.Id, out var versions))
                _history.Add(eni.Id, versions = []);
            var before = versions.Count > 0 ? versions[^1].Eni : null;
            if (ReferenceEquals(before, eni))
                continue;
            versions.Add((_world.Now, eni));
            EniChanged?.Invoke(before, eni);
        }

        foreach (var versions in _history.Values)
        {
            if (versions[^1].Eni is not { } last || present.Contains(last.Id))
                continue;
            versions.Add((_world.Now, null));
            EniChanged?.Invoke(last, null);
        }
    }
}
