using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>Links that the kernel shows minutes after EC2 has attached their ENI.</summary>
public sealed class LateLinks
{
    /// <summary>Some before a daemon that may detach would have given the ENI up (3 minutes), most of them after.</summary>
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(15);

    private readonly World _world;
    private readonly Random _chance;
    private bool _over;

    public LateLinks(World world, Node node)
    {
        _world = world;
        _chance = world.NewRandom("late links");
        node.Kernel.NextLinkIsLateBy = Draw;
    }

    /// <summary>When the last of them appears.</summary>
    public TimeSpan End { get; private set; }

    /// <summary>From now on links come at once. Those that are late stay so.</summary>
    public void Calm() => _over = true;

    private TimeSpan? Draw()
    {
        if (_over || _chance.Next(2) == 0)
            return null;
        var by = _shortest + (_chance.NextDouble() * (_longest - _shortest));
        End = _world.Now + by > End ? _world.Now + by : End;
        return by;
    }
}
