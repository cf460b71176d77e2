using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>IMDS lacks an address, a prefix or a whole ENI for some minutes, although it is there all the time, and shows it again.</summary>
public sealed class HiddenFromImds(World world, Region region, Node node, Trace trace, Coverage coverage)
{
    private const double WholeEni = 0.25;
    private static readonly TimeSpan _meanBetween = TimeSpan.FromMinutes(2);

    /// <summary>Around the three looks, one a minute, that prove to a daemon with nothing but IMDS that it is gone.</summary>
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(5);

    private readonly Random _chance = world.NewRandom($"{node.Setup.Name} hidden addresses");
    private bool _over;

    /// <summary>One after the other, several at a time, until <see cref="Calm"/>.</summary>
    public async Task GoOnAsync()
    {
        while (true)
        {
            await world.Main.SleepAsync(_meanBetween * Math.Min(-Math.Log(1 - _chance.NextDouble()), 4));
            if (_over)
                return;
            HideOne();
        }
    }

    /// <summary>From now on IMDS shows all that it knows.</summary>
    public void Calm()
    {
        _over = true;
        node.Imds.Hidden.Clear();
        node.Imds.HiddenEnis.Clear();
    }

    private void HideOne()
    {
        var attached = region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment?.InstanceId == node.Instance.Id).ToList();
        // No daemon starts without its primary one.
        if (_chance.NextDouble() < WholeEni)
            Hide(attached.Where(static eni => eni.Attachment!.DeviceIndex > 0).Select(static eni => eni.Id), node.Imds.HiddenEnis, "an ENI");
        else
            Hide(attached.SelectMany(static eni => eni.Blocks), node.Imds.Hidden, "an address");
    }

    private void Hide<T>(IEnumerable<T> things, HashSet<T> hidden, string what)
    {
        var shown = things.Where(thing => !hidden.Contains(thing)).ToList();
        if (shown.Count == 0)
            return;
        var thing = shown[_chance.Next(shown.Count)];
        var lasts = _shortest + (_chance.NextDouble() * (_longest - _shortest));
        hidden.Add(thing);
        trace.Add("chaos", $"IMDS does not show {thing} for {lasts.TotalMinutes:F1} min");
        coverage.Count("fault", $"IMDS lacks {what}");
        world.After(lasts, () => hidden.Remove(thing));
    }
}
