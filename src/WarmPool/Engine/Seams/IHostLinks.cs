using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Seams;

/// <summary>The host's side of ENIs: the link that appears after an attach, its address, its table and its rule.</summary>
public interface IHostLinks
{
    /// <summary>
    /// The link of an ENI that was routed is gone, or is back: the hypervisor took it away, or the driver was reset. From any thread;
    /// who listens must not hold it up. A link that is merely down is there.
    /// </summary>
    event Action<EniLinkChange>? LinkChanged;

    /// <summary>
    /// Waits for the link with this MAC (an event, not a poll), then sets MTU, address, table and rule. The primary ENI's link is
    /// only looked at. Done means pods on this ENI are routed. Safe to repeat.
    /// </summary>
    Task<HostOutcome> RouteEniAsync(EniLink eni, CancellationToken cancellation);

    /// <summary>Removes the ENI's rules and table, and waits until its link is gone: before that its device index may not be reused.</summary>
    Task<HostOutcome> ForgetEniAsync(EniLink eni, CancellationToken cancellation);

    /// <summary>The pods that the kernel knows on this host, from veth aliases and routes.</summary>
    Task<PodLinks> PodLinksAsync(CancellationToken cancellation);

    /// <summary>Removes the rules that pods of these addresses left; an address that something is routed to is left alone. Safe to repeat.</summary>
    Task<HostOutcome> ForgetPodsAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancellation);
}

/// <summary>What the host needs to know of an ENI to route its pods.</summary>
/// <param name="MacAddress">Lower case, colons.</param>
/// <param name="SubnetCidr">Its first address + 1 is the gateway.</param>
public sealed record EniLink(
    EniId Id, bool IsPrimary, string MacAddress, int NetworkCard, int DeviceIndex, IPAddress PrimaryAddress, IPNetwork SubnetCidr);

/// <summary>The link of a routed ENI went, or came back.</summary>
public readonly record struct EniLinkChange(EniId Eni, bool Present);

public abstract record HostOutcome
{
    private HostOutcome()
    {
    }

    public sealed record Done : HostOutcome;

    /// <summary>What failed, on which link, and what to look at.</summary>
    public sealed record Failed(string Reason) : HostOutcome;
}

/// <summary>What the kernel says of pods.</summary>
/// <param name="Pods">Veths whose alias names their owner.</param>
/// <param name="Error">Why the kernel could not be asked; the list is then empty and proves nothing.</param>
public sealed record PodLinks(IReadOnlyList<PodLink> Pods, string? Error)
{
    /// <summary>Addresses that have a pod's rules, with or without a veth; read before the veths were.</summary>
    public IReadOnlyList<IPAddress> RuledAddresses { get; init; } = [];
}

/// <summary>A pod's veth on the host. The key comes from the veth's alias, the address from the route to it.</summary>
public sealed record PodLink(PodKey? Key, string HostVeth, IReadOnlyList<IPAddress> Addresses);
