using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>IMDS lacks an address or a prefix for some minutes, although its ENI has it all the time, and shows it again.</summary>
public sealed class HiddenAddresses(World world, Region region, Node node, Trace trace, Coverage coverage)
{
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
    }

    private void HideOne()
    {
        var blocks = region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment?.InstanceId == node.Instance.Id)
            .SelectMany(static eni => eni.Blocks).Where(block => !node.Imds.Hidden.Contains(block)).ToList();
        if (blocks.Count == 0)
            return;
        var block = blocks[_chance.Next(blocks.Count)];
        var lasts = _shortest + (_chance.NextDouble() * (_longest - _shortest));
        node.Imds.Hidden.Add(block);
        trace.Add("chaos", $"IMDS does not show {block} for {lasts.TotalMinutes:F1} min");
        coverage.Count("fault", "IMDS lacks an address");
        world.After(lasts, () => node.Imds.Hidden.Remove(block));
    }
}
