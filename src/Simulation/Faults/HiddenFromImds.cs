using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>IMDS lacks an address, a prefix or a whole ENI for some minutes, although it is there all the time, and shows it again.</summary>
public sealed class HiddenFromImds
{
    private const double WholeEni = 0.25;
    private static readonly TimeSpan _meanBetween = TimeSpan.FromMinutes(2);

    /// <summary>Around the three looks, one a minute, that prove to a daemon with nothing but IMDS that it is gone.</summary>
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(1);
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly World _world;
    private readonly Region _region;
    private readonly Node _node;
    private readonly Trace _trace;
    private readonly Coverage _coverage;
    private readonly Random _chance;
    private readonly Recurring _gaps;

    public HiddenFromImds(World world, Region region, Node node, Trace trace, Coverage coverage)
    {
        (_world, _region, _node, _trace, _coverage) = (world, region, node, trace, coverage);
        _chance = world.NewRandom($"{node.Setup.Name} hidden addresses");
        _gaps = new Recurring(world, _chance, _meanBetween, HideOne);
    }

    /// <summary>One after the other, several at a time, until <see cref="Calm"/>.</summary>
    public Task GoOnAsync() => _gaps.GoOnAsync();

    /// <summary>From now on IMDS shows all that it knows.</summary>
    public void Calm()
    {
        _gaps.Stop();
        _node.Imds.Hidden.Clear();
        _node.Imds.HiddenEnis.Clear();
    }

    private void HideOne()
    {
        var attached = _region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment?.InstanceId == _node.Instance.Id).ToList();
        // No daemon starts without its primary one.
        if (_chance.NextDouble() < WholeEni)
            Hide(attached.Where(static eni => eni.Attachment!.DeviceIndex > 0).Select(static eni => eni.Id), _node.Imds.HiddenEnis, "an ENI");
        else
            Hide(attached.SelectMany(static eni => eni.Blocks), _node.Imds.Hidden, "an address");
    }

    private void Hide<T>(IEnumerable<T> things, HashSet<T> hidden, string what)
    {
        var shown = things.Where(thing => !hidden.Contains(thing)).ToList();
        if (shown.Count == 0)
            return;
        var thing = shown[_chance.Next(shown.Count)];
        var lasts = _shortest + (_chance.NextDouble() * (Longest - _shortest));
        hidden.Add(thing);
        _trace.Add("chaos", $"IMDS does not show {thing} for {lasts.TotalMinutes:F1} min");
        _coverage.Count("fault", $"IMDS lacks {what}");
        _world.After(lasts, () => hidden.Remove(thing));
    }
}
