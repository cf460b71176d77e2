using System.Net;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>
/// What must be true once nothing happens any more: every pod has its address, EC2, kernel and pool agree, the pool equals its
/// target, and nothing is left over.
/// </summary>
/// <param name="tampered">People added ENIs or addresses: the node may hold more than it would have asked for.</param>
public sealed class Quiescence(Region region, Node node, Kubelet kubelet, bool tampered)
{
    /// <summary>ENIs that a run of the daemon left behind when it was killed between create and attach.</summary>
    public int Orphans { get; private set; }

    /// <returns>Null when all is as it should be, otherwise the first thing that is not.</returns>
    public async Task<string?> ProblemAsync()
    {
        if (!node.Serving || node.Engine is not { } engine)
            return "ipamd does not serve";
        foreach (var pod in kubelet.Pods)
        {
            if (pod.IsDeleted)
                return $"pod {pod.Name} is still being torn down";
            if (pod.Address is null)
                return $"pod {pod.Name} is wanted since {(pod.WantedAt - TimeSpan.FromHours(1)).TotalSeconds:F1} s and has no address";
        }

        var view = await engine.ViewAsync(CancellationToken.None);
        var counters = view.Counters;
        if (counters.ActionsRunning > 0 || counters.Waiting + counters.Lingering + counters.Cooling + counters.Coming > 0)
            return $"something is under way: {counters}";
        if (view.Enis.FirstOrDefault(static eni => eni.Doubt is not null) is { } doubtful)
            return $"{doubtful.Id} is in doubt: {doubtful.Doubt}";
        return Pods(view) ?? Enis(view) ?? Leaks() ?? Target(view) ?? Model();
    }

    private string? Pods(PoolView view)
    {
        var wanted = kubelet.Pods.ToDictionary(static pod => pod.Sandbox!.Value, static pod => pod.Address!);
        foreach (var owner in view.Pods)
        {
            if (!wanted.TryGetValue(owner.Key, out var address))
                return $"{string.Join(' ', owner.Addresses)} belongs to {owner.Key}, which is not there any more";
            if (!owner.Addresses.Contains(address))
                return $"{owner.Key} uses {address}, and the pool says {string.Join(' ', owner.Addresses)}";
        }

        var missing = wanted.Keys.FirstOrDefault(key => view.Pods.All(owner => owner.Key != key));
        return missing == default ? null : $"{missing} has {wanted[missing]}, and the pool does not know";
    }

    private string? Enis(PoolView view)
    {
        var attached = Attached();
        foreach (var eni in attached)
        {
            if (view.Enis.FirstOrDefault(known => known.Id?.Value == eni.Id) is not { } known)
                return $"{eni.Id} is attached, and the pool does not know it";
            if (known.Role == EniRole.LeftAlone)
                continue;
            if (known.State != EniState.Routed || !node.Kernel.IsRouted(eni.Id))
                return $"{eni.Id} is {known.State}, and not routed";
            var (here, there) = (known.Blocks.Select(static block => block.Block).ToHashSet(), eni.Blocks.ToHashSet());
            if (!here.SetEquals(there))
                return $"{eni.Id}: EC2 has {Text(there.Except(here))} more, the pool {Text(here.Except(there))}";
            if (eni.Attachment is { DeviceIndex: > 0, DeleteOnTermination: false })
                return $"{eni.Id} would outlive its instance";
        }

        var gone = view.Enis.FirstOrDefault(known => attached.All(eni => eni.Id != known.Id?.Value));
        return gone is null ? null : $"the pool has {gone.Id} as {gone.State}, and EC2 does not have it attached";
    }

    private string? Leaks()
    {
        var left = region.Vpc.NetworkInterfaces
            .Where(eni => eni.Attachment is null && eni.Tags.GetValueOrDefault(Ec2Seam.InstanceTag) == node.Instance.Id).ToList();
        Orphans = left.Count;
        return left.Count == 0 || node.Runs > 1 ? null : $"leaked: {string.Join(' ', left.Select(static eni => eni.Id))}";
    }

    private string? Target(PoolView view)
    {
        var (limits, targets) = (node.Limits, node.Targets);
        var leftAlone = view.Enis.Count(static eni => eni.Role == EniRole.LeftAlone);
        var enis = targets.MaxEni is > 0 and { } max ? Math.Min(max, limits.EnisPerCard[0]) : limits.EnisPerCard[0];
        var most = Math.Max(1, enis - leftAlone) * limits.BlocksPerEni;
        var (total, free) = (view.Counters.Total, view.Counters.Free);
        // A pod whose address people took away keeps it from others, but it is no address of the node's any more.
        var assigned = total - free;
        var roomInSubnet = region.Vpc.Subnets.Single(subnet => subnet.Id == node.Instance.SubnetId).AvailableAddressCount;
        if (targets.CountsAddresses)
        {
            var target = Math.Max(assigned + (targets.WarmIp ?? 0), targets.MinimumIp ?? 0);
            var wanted = Math.Max(assigned, Math.Min(target, Math.Min(most, limits.MaxPods)));
            // ENIs that people attached later took no slot from those that were there.
            return total == wanted || (total < wanted && roomInSubnet < 2) || (tampered && total > wanted && total <= Math.Max(target, wanted + limits.BlocksPerEni))
                ? null
                : $"{total} addresses, and the target is {wanted}";
        }

        var warm = targets.WarmEni * limits.BlocksPerEni;
        if (free < warm && total < Math.Min(most, limits.MaxPods) && roomInSubnet >= 2)
            return $"{free} addresses are free, {warm} is the target, and {total} of {most} are held";
        var idle = view.Enis.FirstOrDefault(eni => eni is { Role: EniRole.Secondary, GivesAddresses: true }
            && eni.Blocks.All(static block => block.Addresses.Count == 0)
            && free - eni.Blocks.Count >= warm && free >= warm + limits.BlocksPerEni);
        return idle is null ? null : $"{idle.Id} is idle, {free} are free and {warm} is the target: it should go";
    }

    private string? Model() => region.Vpc.Violations() is [var first, ..] ? first : null;

    private List<NetworkInterface> Attached() =>
        [.. region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment?.InstanceId == node.Instance.Id)];

    private static string Text(IEnumerable<IPNetwork> blocks) =>
        string.Join(' ', blocks.Select(static block => block.ToString()).Order(StringComparer.Ordinal)) is { Length: > 0 } text ? text : "nothing";
}
