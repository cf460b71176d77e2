using System.Net;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>After every change in EC2: the node has no more ENIs, blocks and addresses than it may.</summary>
public sealed class LimitsWatch
{
    private readonly Region _region;
    private readonly Node _node;
    private readonly Promises _promises;
    private readonly HashSet<string> _wereAttached = new(StringComparer.Ordinal);

    public LimitsWatch(Region region, Node node, Promises promises)
    {
        (_region, _node, _promises) = (region, node, promises);
        region.EniChanged += (before, after) => OnChanged(before, after);
    }

    /// <summary>Most addresses that the node ever had, the ENIs' own not counted.</summary>
    public int MostAddresses { get; private set; }

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
            || (eni.Attachment is null && !_wereAttached.Contains(eni.Id) && eni.Tags.GetValueOrDefault(Ec2Seam.InstanceTag) == _node.Instance.Id)).ToList();
        // What is being detached is given back already; what has no link cannot be counted upon, and another ENI takes its place.
        var addresses = mine.Where(eni => eni.Attachment?.Status != AttachmentStatus.Detaching && !_node.Kernel.IsInvisible(eni.Id)).Sum(static eni => eni.Blocks.Sum(AddressesOf));
        MostAddresses = Math.Max(MostAddresses, addresses);
        if (mine.Find(eni => eni.Blocks.Length > _node.Limits.BlocksPerEni) is { } full)
            _promises.Break($"{full.Id} has {full.Blocks.Length} blocks, and {_node.Limits.BlocksPerEni} is the most");
        if (Lenient)
            return;
        var limits = _node.Limits;
        var most = _node.Targets.MaxEni is > 0 and { } max ? Math.Min(max, limits.EnisPerCard[0]) : limits.EnisPerCard[0];
        var count = mine.Count(static eni => eni.Attachment?.Status != AttachmentStatus.Detaching);
        if (count > most)
            _promises.Break($"{count} ENIs, and {most} is the most: {string.Join(' ', mine.Select(static eni => eni.Id))}");
        // Growth stops at maxPods; ENIs are filled whole where targets count ENIs, so the last one may stand over, and so may a prefix.
        var slack = _node.Targets.Prefixes ? Block.PrefixSize - 1 : _node.Targets.CountsAddresses ? 0 : limits.BlocksPerEni - 1;
        if (addresses > limits.MaxPods + slack)
            _promises.Break($"{addresses} addresses, and maxPods is {limits.MaxPods}");
    }
}
