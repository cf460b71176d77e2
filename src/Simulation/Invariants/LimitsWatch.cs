using System.Net;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>After every change in EC2: the node has no more ENIs, blocks and addresses than it may.</summary>
public sealed class LimitsWatch
{
    private readonly Region _region;
    private readonly Node _node;
    private readonly Promises _promises;
    private readonly Coverage _coverage;
    private readonly HashSet<string> _wereAttached = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);

    public LimitsWatch(Region region, Node node, Promises promises, Coverage coverage)
    {
        (_region, _node, _promises, _coverage) = (region, node, promises, coverage);
        region.EniChanged += (before, after) => OnChanged(before, after);
        node.Noticed += OnNotice;
    }

    /// <summary>Most addresses that the node ever had, the ENIs' own not counted.</summary>
    public int MostAddresses { get; private set; }

    /// <summary>
    /// Nothing fails here, so EC2 never has more than the pool counts upon. Else what EC2 has not confirmed may stand over maxPods for
    /// a while: addresses that it was asked to take, or gave without saying so.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>People or former lives of the daemon left something here: what they made counts for them.</summary>
    public bool Lenient { get; set; }

    /// <summary>Addresses of a block: 1, or a prefix's 16.</summary>
    internal static int AddressesOf(IPNetwork block) => block.PrefixLength == 32 ? 1 : Block.PrefixSize;

    private void OnChanged(NetworkInterface? before, NetworkInterface? after)
    {
        if (after?.Attachment is not null)
            _wereAttached.Add(after.Id);
        if (after is null || (before?.Blocks.Length ?? 0) >= after.Blocks.Length && before?.Attachment == after.Attachment)
            return;
        var mine = _region.Vpc.NetworkInterfaces.Where(eni =>
            eni.Attachment?.InstanceId == _node.Instance.Id
            || (eni.Attachment is null && !_wereAttached.Contains(eni.Id) && eni.Tags.GetValueOrDefault(EniMarks.InstanceIdKey) == _node.Instance.Id)).ToList();
        if (mine.Find(eni => eni.Blocks.Length > _node.Limits.BlocksPerEni) is { } full)
            _promises.Break($"{full.Id} has {full.Blocks.Length} blocks, and {_node.Limits.BlocksPerEni} is the most");
        // What the pool gives back counts no more; what has no link cannot be counted upon, and another ENI takes its place.
        mine.RemoveAll(eni => eni.Attachment?.Status == AttachmentStatus.Detaching || _leaving.Contains(eni.Id));
        var addresses = mine.Where(eni => eni.Id != _node.GuestId && !_node.Kernel.IsInvisible(eni.Id)).Sum(static eni => eni.Blocks.Sum(AddressesOf));
        MostAddresses = Math.Max(MostAddresses, addresses);
        if (Lenient)
            return;
        var limits = _node.Limits;
        var most = _node.Targets.MaxEni is > 0 and { } max ? Math.Min(max, limits.EnisPerCard[0]) : limits.EnisPerCard[0];
        if (mine.Count > most)
            _promises.Break($"{mine.Count} ENIs, and {most} is the most: {string.Join(' ', mine.Select(static eni => eni.Id))}");
        // Growth stops at maxPods; ENIs are filled whole where targets count ENIs, so the last one may stand over, and so may a prefix.
        var slack = _node.Targets.Prefixes ? Block.PrefixSize - 1 : _node.Targets.CountsAddresses ? 0 : limits.BlocksPerEni - 1;
        if (addresses <= limits.MaxPods + slack)
            return;
        if (Strict)
            _promises.Break($"{addresses} addresses, and maxPods is {limits.MaxPods}");
        else
            _coverage.Count("weak", "more addresses than maxPods while EC2 had not answered");
    }

    private void OnNotice(PoolNotice notice)
    {
        if (notice is not PoolNotice.EniChanged { Eni: { } eni, To: var state })
            return;
        if (state >= EniState.Draining)
            _leaving.Add(eni.Value);
        else
            _leaving.Remove(eni.Value);
    }
}
