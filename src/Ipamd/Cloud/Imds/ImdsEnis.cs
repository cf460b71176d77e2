using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>The walk of <c>network/interfaces/macs/</c>: all ENIs in parallel, as far as the client lets them.</summary>
/// <remarks>
/// A MAC is listed while its leaves are still 404 after an attach, and minutes after a detach (ec2-facts.md §6). So every ENI has
/// an outcome of its own, and one that can't be read entirely is told by name and reason, not guessed.
/// </remarks>
public sealed class ImdsEnis(ImdsClient imds) : IImds
{
    public async Task<ImdsAnswer> AttachedEnisAsync(CancellationToken cancellation)
    {
        var listing = await imds.GetAsync("network/interfaces/macs/", ImdsForms.MacListing, cancellation).ConfigureAwait(false);
        switch (listing)
        {
            case ImdsReply<IReadOnlyList<string>>.Failed { Failure: var failure }:
                return new ImdsAnswer.Failed(failure.ToString());
            case ImdsReply<IReadOnlyList<string>>.Absent:
                // Every instance has a primary ENI: a listing that is not there is a failure of IMDS, not "no ENIs".
                return new ImdsAnswer.Failed(imds.Missing("network/interfaces/macs/").ToString());
        }

        var macs = ((ImdsReply<IReadOnlyList<string>>.Value)listing).Content;
        var walks = await Task.WhenAll(macs.Select(mac => WalkAsync(mac, cancellation))).ConfigureAwait(false);
        var seen = walks.Where(walk => walk.Eni is not null).Select(walk => walk.Eni!).ToList();
        var failed = walks.Where(walk => walk.Failure is not null).ToList();
        return seen.Count == 0 && failed.Count > 0
            ? new ImdsAnswer.Failed(failed[0].Failure!)
            : new ImdsAnswer.Seen(
                seen, [.. walks.Where(walk => walk.Eni is null).Select(walk => new HalfVisibleEni(walk.Mac, walk.Missing ?? walk.Failure!))]);
    }

    private async Task<Walk> WalkAsync(string mac, CancellationToken cancellation)
    {
        var at = ImdsNode.MacKey(mac);
        var id = imds.GetAsync(at + "interface-id", ImdsForms.EniId, cancellation);
        var device = imds.GetAsync(at + "device-number", ImdsForms.SmallNumber, cancellation);
        var subnet = imds.GetAsync(at + "subnet-id", ImdsForms.SubnetId, cancellation);
        var card = imds.GetAsync(at + "network-card", ImdsForms.SmallNumber, cancellation);
        var cidr = imds.GetAsync(at + "subnet-ipv4-cidr-block", ImdsForms.Ipv4Cidr, cancellation);
        var addresses = imds.GetAsync(at + "local-ipv4s", ImdsForms.Ipv4List, cancellation);
        var prefixes = imds.GetAsync(at + "ipv4-prefix", ImdsForms.Ipv4Cidrs, cancellation);
        await Task.WhenAll(id, device, subnet, card, cidr, addresses, prefixes).ConfigureAwait(false);

        // The primary ENI's are everybody's; where they are not told, nothing follows.
        var groups = device.Result is ImdsReply<int>.Value { Content: 0 } && card.Result is not ImdsReply<int>.Value { Content: > 0 }
            ? await imds.GetAsync(at + "security-group-ids", ImdsForms.SecurityGroupIds, cancellation).ConfigureAwait(false)
            : null;

        var leaves = new Leaves();
        var eniId = leaves.Need("interface-id", id.Result);
        var deviceIndex = leaves.Need("device-number", device.Result);
        var subnetId = leaves.Need("subnet-id", subnet.Result);
        var networkCard = leaves.Or(card.Result, 0);
        var subnetCidr = leaves.Or(cidr.Result, null);
        var prefixList = leaves.Or(prefixes.Result, []);
        // A primary ENI has an address, and so has one with a prefix; without either it may be an efa-only one.
        var list = prefixList.Count > 0 || (deviceIndex, networkCard) == (0, 0)
            ? leaves.Need("local-ipv4s", addresses.Result) ?? []
            : leaves.Or(addresses.Result, []);
        var blocks = list.Skip(1).Select(address => new IPNetwork(address, 32)).Concat(prefixList).ToList();
        return leaves.Failure is not null || leaves.Missing.Count > 0
            ? new Walk(mac, null, leaves.Failure is null ? $"no {string.Join(", ", leaves.Missing)}" : null, leaves.Failure)
            : new Walk(
                mac,
                new ImdsEni(
                    new EniId(eniId!), mac, networkCard, deviceIndex, subnetId!, subnetCidr, list.Count > 0 ? list[0] : null, blocks)
                {
                    SecurityGroupIds = groups is ImdsReply<IReadOnlyList<string>>.Value { Content: var ids } ? ids : null,
                },
                null,
                null);
    }

    /// <summary>One ENI's outcome: the ENI, or which leaves are not there, or why they could not be read.</summary>
    private sealed record Walk(string Mac, ImdsEni? Eni, string? Missing, string? Failure);

    private sealed class Leaves
    {
        public List<string> Missing { get; } = [];

        public string? Failure { get; private set; }

        public T? Need<T>(string leaf, ImdsReply<T> reply)
        {
            if (reply is ImdsReply<T>.Absent)
                Missing.Add(leaf);
            return Take(reply, out var value) ? value : default;
        }

        public T Or<T>(ImdsReply<T> reply, T absent) => Take(reply, out var value) ? value! : absent;

        public IPNetwork? Or(ImdsReply<IPNetwork> reply, IPNetwork? absent) => Take(reply, out var value) ? value : absent;

        private bool Take<T>(ImdsReply<T> reply, out T? value)
        {
            value = default;
            if (reply is ImdsReply<T>.Failed { Failure: var failure })
                Failure ??= failure.ToString();
            if (reply is not ImdsReply<T>.Value { Content: var content })
                return false;
            value = content;
            return true;
        }
    }
}
