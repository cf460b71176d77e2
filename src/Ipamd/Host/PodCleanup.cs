using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>What the kernel has of attachments that a garbage collection released: routes, rules, and a veth whose namespace lives on.</summary>
public sealed partial class PodCleanup(ILogger<PodCleanup> logger)
{
    /// <summary>The veths whose alias says that they are the network's. Reads all links.</summary>
    public IReadOnlyList<PodVeth> Read(string network)
    {
        try
        {
            using var host = RouteSocket.Open();
            return [.. Linux.Pods.PodLinks.Read(host).Where(veth => veth.Owner?.Network == network)];
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException)
        {
            // Their routes and rules can be removed without; the veths wait for the next collection.
            CannotList(logger, network, e.Message);
            return [];
        }
    }

    /// <param name="veths">As <see cref="Read"/> found them before the pool was asked.</param>
    /// <param name="stays">Whose veth is not to be touched.</param>
    /// <returns>What the kernel refused. The rest is done all the same, as the specification asks of GC.</returns>
    public IReadOnlyList<string> Remove(IReadOnlyList<CollectedPod> released, IReadOnlyList<PodVeth> veths, Func<PodKey, bool> stays)
    {
        var problems = new List<string>();
        foreach (var pod in released)
        {
            foreach (var address in pod.Addresses)
                Try(problems, $"the route and rules of {address} ({pod.Key})", () => Detach(pod.Key, address));
        }

        foreach (var veth in veths)
        {
            if (veth.Owner is not { } owner || new PodKey(owner.Network, owner.Container, owner.Interface) is var key && stays(key))
                continue;
            foreach (var address in veth.Addresses)
                Try(problems, $"the route and rules of {address} ({owner})", () => Detach(key, address));
            Try(problems, $"{veth.HostVeth} ({owner})", () => Unlink(veth, owner));
        }

        return problems;
    }

    private void Detach(PodKey key, System.Net.IPAddress address)
    {
        using var network = PodNetwork.Open();
        var outcome = network.Detach(new PodDetachment
        {
            Address = address,
            Owner = new PodOwner(key.NetworkName, key.ContainerId, key.InterfaceName),
        });
        Detached(logger, key.ToString(), address.ToString(), outcome);
    }

    /// <summary>Only while it is that owner's still: indices and names are given again.</summary>
    private void Unlink(PodVeth veth, PodOwner owner)
    {
        using var host = RouteSocket.Open();
        if (host.FindLink(veth.HostIndex) is { Kind: "veth" } link && PodOwner.TryParse(link.Alias, out var now) && now == owner && host.DeleteLink(link.Index))
            Unlinked(logger, owner.ToString(), veth.HostVeth);
    }

    private static void Try(List<string> problems, string what, Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException)
        {
            problems.Add($"{what}: {e.Message}");
        }
    }

    [LoggerMessage(LogLevel.Information, "garbage collection: {Pod} had {Address}; its route and rules: {Outcome}")]
    private static partial void Detached(ILogger logger, string pod, string address, DetachOutcome outcome);

    [LoggerMessage(LogLevel.Information, "garbage collection: {Pod} is not listed by the runtime, its veth {Veth} is removed")]
    private static partial void Unlinked(ILogger logger, string pod, string veth);

    [LoggerMessage(LogLevel.Warning, "garbage collection of {Network}: the veths can't be listed, they stay: {Reason}")]
    private static partial void CannotList(ILogger logger, string network, string reason);
}
