namespace AwsVpcCni.Cni.Results;

/// <summary>The outcome of an ADD, in the shape of specification 1.1.0; <see cref="CniResultWriter"/> narrows it to older versions.</summary>
public sealed record CniResult
{
    public IReadOnlyList<CniInterface> Interfaces { get; init; } = [];

    public IReadOnlyList<CniAddress> Addresses { get; init; } = [];

    public IReadOnlyList<CniRoute> Routes { get; init; } = [];

    public CniDns Dns { get; init; } = CniDns.None;

    /// <summary>This result, followed by that of the next plugin in the chain, whose indices then count from after our interfaces.</summary>
    public CniResult Followed(CniResult by) => new()
    {
        Interfaces = [.. Interfaces, .. by.Interfaces],
        Addresses =
        [
            .. Addresses,
            .. by.Addresses.Select(a => a.Interface is { } index ? a with { Interface = index + Interfaces.Count } : a),
        ],
        Routes = [.. Routes, .. by.Routes],
        Dns = by.Dns.IsEmpty ? Dns : by.Dns,
    };
}

/// <summary>One of the links that the plugins made.</summary>
/// <param name="Sandbox">The namespace's path for a link inside the container; null on the host.</param>
/// <param name="Mac">Lower case, colons; null when not told.</param>
/// <param name="Mtu">Bytes; from 1.1.0.</param>
/// <param name="SocketPath">vhost-user's socket; from 1.1.0, never ours.</param>
/// <param name="PciId">A physical device's address; from 1.1.0, never ours.</param>
public sealed record CniInterface(
    string Name, string? Sandbox = null, string? Mac = null, uint? Mtu = null, string? SocketPath = null, string? PciId = null);

/// <param name="Interface">Index into <see cref="CniResult.Interfaces"/>; null when not told.</param>
public sealed record CniAddress(AddressWithPrefix Address, int? Interface = null, System.Net.IPAddress? Gateway = null);

/// <summary>A route inside the container. Everything after the gateway is from 1.1.0.</summary>
public sealed record CniRoute(
    AddressWithPrefix Destination,
    System.Net.IPAddress? Gateway = null,
    long? Mtu = null,
    long? AdvertisedMss = null,
    long? Priority = null,
    long? Table = null,
    long? Scope = null);

/// <summary>Name resolution for the container; ours comes from kubelet, so this is only ever passed on.</summary>
public sealed record CniDns(
    IReadOnlyList<string> Nameservers, string? Domain, IReadOnlyList<string> Search, IReadOnlyList<string> Options)
{
    public static CniDns None { get; } = new([], null, [], []);

    public bool IsEmpty => Nameservers.Count == 0 && Domain is null && Search.Count == 0 && Options.Count == 0;
}
