using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>Drivers that are reset: an ENI's link goes and is back within seconds, and nothing that was configured on it is left.</summary>
public sealed class LinkResets
{
    private static readonly TimeSpan _meanBetween = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);

    private readonly Region _region;
    private readonly Node _node;
    private readonly Random _chance;
    private readonly Recurring _resets;

    public LinkResets(World world, Region region, Node node)
    {
        (_region, _node) = (region, node);
        _chance = world.NewRandom("link resets");
        _resets = new Recurring(world, _chance, _meanBetween, ResetOne);
    }

    /// <summary>How many there were.</summary>
    public int Times { get; private set; }

    /// <summary>One after the other, several at a time, until <see cref="Calm"/>.</summary>
    public Task GoOnAsync() => _resets.GoOnAsync();

    /// <summary>From now on links stay. Those that are away come back.</summary>
    public void Calm() => _resets.Stop();

    private void ResetOne()
    {
        var attached = _region.Vpc.NetworkInterfaces
            .Where(eni => eni.Attachment is { DeviceIndex: > 0 } attachment && attachment.InstanceId == _node.Instance.Id).ToList();
        if (attached.Count > 0
            && _node.Kernel.Reset(attached[_chance.Next(attached.Count)].Id, _shortest + (_chance.NextDouble() * (_longest - _shortest))))
            Times++;
    }
}
