using System.Net;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Pods;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>
/// What must be true once nothing happens any more: every pod has its address, EC2, kernel and pool agree, the pool equals its
/// target, and nothing is left over.
/// </summary>
public sealed class Quiescence(Region region, Node node, Kubelet kubelet, Leftovers leftovers)
{
    /// <summary>The settings changed half-way: single addresses and prefixes stand side by side, as pods left them.</summary>
    public bool Mixed { get; init; }

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
        return Pods(view) ?? Enis(view) ?? Blocks(view) ?? Leaks() ?? leftovers.Problem(cleaned: node.Setup.Provisions)
            ?? (node.Setup.Provisions ? Upkeep(view) ?? Target(view) : null) ?? Model();
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
            if (eni.Attachment!.Status == AttachmentStatus.Detaching)
                return $"EC2 is detaching {eni.Id}";
            if (view.Enis.FirstOrDefault(known => known.Id?.Value == eni.Id) is not { } known)
                return $"{eni.Id} is attached, and the pool does not know it";
            if (known.Role is EniRole.Trunk or EniRole.Efa || eni.Id == node.GuestId || eni.Tags.GetValueOrDefault(EniMarks.NoManageKey) == "true")
                continue;
            if (known.Role == EniRole.LeftAlone)
                return $"{eni.Id} is left alone, and nothing says that it should be";
            // Who may not detach it has to live with it, and with its link when it comes.
            if (!node.Setup.Provisions && node.Kernel.IsInvisible(eni.Id))
            {
                if (known.State is not (EniState.Attached or EniState.LinkSeen))
                    return $"{eni.Id} is {known.State}, and its link may still come";
                continue;
            }

            if (known.State != EniState.Routed || !node.Kernel.IsRouted(eni.Id))
                return $"{eni.Id} is {known.State}, and not routed";
            var (here, there) = (known.Blocks.Select(static block => block.Block).ToHashSet(), eni.Blocks.ToHashSet());
            if (!here.SetEquals(there))
                return $"{eni.Id}: EC2 has {Text(there.Except(here))} more, the pool {Text(here.Except(there))}";
            if (node.Setup.Provisions && eni.Attachment is { DeviceIndex: > 0, DeleteOnTermination: false })
                return $"{eni.Id} would outlive its instance";
        }

        var gone = view.Enis.FirstOrDefault(known => attached.All(eni => eni.Id != known.Id?.Value));
        return gone is null ? null : $"the pool has {gone.Id} as {gone.State}, and EC2 does not have it attached";
    }

    // What people made and attached, and the pool adopted, has no proof of being ours once it is attached to nothing.
    private string? Leaks()
    {
        var left = region.Vpc.NetworkInterfaces
            .Where(eni => eni.Attachment is null && eni.Description == EniMarks.DescriptionOf(node.Instance.Id)
                && eni.Tags.GetValueOrDefault(EniMarks.InstanceIdKey) == node.Instance.Id).ToList();
        return left.Count == 0 ? null : $"leaked: {string.Join(' ', left.Select(static eni => eni.Id))}";
    }

    private string? Upkeep(PoolView view)
    {
        var attached = Attached().ToDictionary(static eni => eni.Id);
        var groups = attached[node.Instance.PrimaryInterfaceId].SecurityGroupIds;
        foreach (var known in view.Enis.Where(static eni => eni is { Role: EniRole.Secondary, GivesAddresses: true }))
        {
            var eni = attached[known.Id!.Value.Value];
            if (!eni.SecurityGroupIds.Order(StringComparer.Ordinal).SequenceEqual(groups.Order(StringComparer.Ordinal)))
                return $"{eni.Id} has the groups {string.Join(' ', eni.SecurityGroupIds)}, and the primary ENI {string.Join(' ', groups)}";
            if (node.LastingTags.Any(tag => eni.Tags.GetValueOrDefault(tag.Key) != tag.Value))
                return $"{eni.Id} has lost tags";
        }

        return null;
    }

    // No address twice, be it single or a prefix's, and each prefix where EC2 can have given one.
    private static string? Blocks(PoolView view)
    {
        var seen = new HashSet<IPAddress>();
        foreach (var block in view.Enis.SelectMany(static eni => eni.Blocks))
        {
            if (block.Block.PrefixLength is not (32 or 28))
                return $"{block.Block} is neither an address nor a prefix";
            var first = block.Block.BaseAddress.GetAddressBytes();
            if (block.Block.PrefixLength == 28 && first[3] % Block.PrefixSize != 0)
                return $"{block.Block} is not aligned";
            for (var offset = 0; offset < LimitsWatch.AddressesOf(block.Block); offset++)
            {
                if (!seen.Add(new IPAddress([first[0], first[1], first[2], (byte)(first[3] + offset)])))
                    return $"an address of {block.Block} is in another block too";
            }
        }

        return null;
    }

    private string? Target(PoolView view)
    {
        var stock = new Stock(view, node.Limits, node.Targets);
        var home = node.PodSubnet?.Id ?? node.Instance.SubnetId;
        var subnet = region.Vpc.Subnets.Single(subnet => subnet.Id == home);
        // In a full subnet an ENI that somebody emptied waits for the next address that comes free, here or there.
        var waits = subnet.AvailableAddressCount == 0 && stock.Shortage(mixed: false) is not null;
        if (stock.Surplus(emptyEniStays: waits) is { } surplus)
            return surplus;
        // With discovery, slots of an ENI whose subnet is full stay empty.
        if (node.Setup.Discovers && subnet.AvailableAddressCount < 2 * Block.PrefixSize)
            return null;
        // What stays free in a subnet may be too little for an ENI and an address, or broken into pieces.
        return subnet.AvailableAddressCount < 2 || stock.Shortage(Mixed) is not { } shortage ? null : shortage;
    }

    private string? Model() => region.Vpc.Violations() is [var first, ..] ? first : null;

    private List<NetworkInterface> Attached() =>
        [.. region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment?.InstanceId == node.Instance.Id)];

    private static string Text(IEnumerable<IPNetwork> blocks) =>
        string.Join(' ', blocks.Select(static block => block.ToString()).Order(StringComparer.Ordinal)) is { Length: > 0 } text ? text : "nothing";
}
