using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>ENIs that have lost their link, and that EC2 calls <c>detaching</c> for minutes or up to an hour before it lets go of them.</summary>
public sealed class HangingDetaches
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _longest = TimeSpan.FromHours(1);

    private readonly World _world;
    private readonly Node _node;
    private readonly Trace _trace;
    private readonly Coverage _coverage;
    private readonly Random _chance;
    private TimeSpan? _next;
    private bool _over;

    public HangingDetaches(World world, Region region, Node node, Trace trace, Coverage coverage)
    {
        (_world, _node, _trace, _coverage) = (world, node, trace, coverage);
        _chance = world.NewRandom("detaches");
        region.NextDetach = Draw;
        region.EniChanged += OnChanged;
    }

    /// <summary>Runs of the daemon that met one, each of them counted.</summary>
    public int Daemons { get; private set; }

    /// <summary>How long they were detaching, taken together.</summary>
    public TimeSpan Lasted { get; private set; }

    /// <summary>When the last of them ends.</summary>
    public TimeSpan End { get; private set; }

    /// <summary>From now on detaches take the time that they usually take. Those under way go on.</summary>
    public void Calm() => _over = true;

    private TimeSpan? Draw() => _next = _over || _chance.Next(2) == 0 ? null : _shortest + (_chance.NextDouble() * (_longest - _shortest));

    private void OnChanged(NetworkInterface? before, NetworkInterface? after)
    {
        if (_next is not { } takes || after?.Attachment?.Status != AttachmentStatus.Detaching || before?.Attachment?.Status == AttachmentStatus.Detaching)
            return;
        _next = null;
        var run = _node.Runs;
        Daemons++;
        _world.After(takes, () => Daemons += _node.Runs - run);
        Lasted += takes;
        End = _world.Now + takes > End ? _world.Now + takes : End;
        _trace.Add("chaos", $"{after.Id} will be detaching for {takes.TotalMinutes:F0} min");
        _coverage.Count("fault", "a detach hangs");
    }
}
