using System.Collections.Concurrent;
using System.Net;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Enis;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>
/// The pool's hands on the host: ENI links as the kernel has them, and kept so: a link that goes down takes its routes with it, and has
/// them again when it comes back. One change at a time (rules and routes are one table).
/// </summary>
public sealed partial class HostLinks : IHostLinks, IDisposable
{
    /// <summary>After the kernel refused to tell of links.</summary>
    private static readonly TimeSpan _askAgain = TimeSpan.FromSeconds(1);

    private readonly int _mtu;
    private readonly ILogger _logger;
    private readonly LinkMonitor _monitor;
    private readonly EniNetwork _network;
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private readonly ConcurrentDictionary<EniId, EniLink> _routed = new();
    private readonly ConcurrentDictionary<EniId, EniLink> _toRepair = new();
    private readonly ConcurrentDictionary<EniId, CancellationTokenSource> _followed = new();

    private HostLinks(int mtu, ILogger logger, LinkMonitor monitor, EniNetwork network)
    {
        (_mtu, _logger, _monitor, _network) = (mtu, logger, monitor, network);
        monitor.Changed += Repair;
    }

    public event Action<EniLinkChange>? LinkChanged;

    /// <param name="mtu">Of ENI links, bytes (AWS_VPC_ENI_MTU).</param>
    /// <exception cref="StartException">The kernel can't be asked: not root, or without CAP_NET_ADMIN.</exception>
    public static HostLinks Open(int mtu, ILogger logger)
    {
        LinkMonitor? monitor = null;
        try
        {
            monitor = LinkMonitor.Start();
            return new HostLinks(mtu, logger, monitor, EniNetwork.Open());
        }
        catch (NetlinkException e)
        {
            monitor?.Dispose();
            throw new StartException($"cannot watch the host's links: {e.Message}. ipamd needs root and CAP_NET_ADMIN in the host's network namespace");
        }
    }

    public async Task<HostOutcome> RouteEniAsync(EniLink eni, CancellationToken cancellation)
    {
        // The link comes after EC2's reply, mostly within seconds, sometimes minutes: its arrival is an event, and who asks bounds the wait.
        if (await WatchAsync(_monitor.WaitForLinkAsync(MacAddress.Parse(eni.MacAddress), cancellation)) is { } blind)
            return blind;
        var outcome = await ChangeAsync(() => SetUp(eni), cancellation);
        if (outcome is HostOutcome.Done)
        {
            _routed[eni.Id] = eni;
            Follow(eni);
        }

        return outcome;
    }

    public async Task<HostOutcome> ForgetEniAsync(EniLink eni, CancellationToken cancellation)
    {
        _routed.TryRemove(eni.Id, out _);
        if (_followed.TryRemove(eni.Id, out var following))
            await following.CancelAsync();
        var outcome = await ChangeAsync(
            () =>
            {
                foreach (var change in _network.TearDown(SpecOf(eni)))
                    Changed(_logger, eni.Id.Value, change);
            },
            cancellation);
        return outcome is HostOutcome.Done
            ? await WatchAsync(_monitor.WaitForAbsenceAsync(MacAddress.Parse(eni.MacAddress), cancellation)) ?? outcome
            : outcome;
    }

    public Task<WarmPool.Engine.Seams.PodLinks> PodLinksAsync(CancellationToken cancellation) => Task.Run(ReadPods, cancellation);

    public Task<HostOutcome> ForgetPodsAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancellation) => ChangeAsync(
        () =>
        {
            using var network = PodNetwork.Open();
            foreach (var address in addresses)
                network.Sweep(address);
        },
        cancellation);

    public void Dispose()
    {
        foreach (var following in _followed.Values)
            following.Cancel();
        _monitor.Dispose();
        _network.Dispose();
        _oneChange.Dispose();
    }

    private void SetUp(EniLink eni)
    {
        var routed = _network.SetUp(SpecOf(eni));
        foreach (var change in routed.Changes)
            Changed(_logger, eni.Id.Value, change);
        foreach (var warning in routed.Warnings)
            Warned(_logger, eni.Id.Value, warning);
    }

    private void Follow(EniLink eni)
    {
        var following = new CancellationTokenSource();
        if (_followed.TryAdd(eni.Id, following))
            _ = FollowAsync(eni, following.Token);
        else
            following.Dispose();
    }

    // From the first route to the order to forget it, also while it is away.
    private async Task FollowAsync(EniLink eni, CancellationToken cancellation)
    {
        var mac = MacAddress.Parse(eni.MacAddress);
        var present = true;
        while (true)
        {
            try
            {
                await (present ? _monitor.WaitForAbsenceAsync(mac, cancellation) : _monitor.WaitForLinkAsync(mac, cancellation));
                present = !present;
                LinkChanged?.Invoke(new EniLinkChange(eni.Id, present));
            }
            catch (NetlinkException)
            {
                await Task.Delay(_askAgain, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    // Our own changes are news as well: the look that they cause finds nothing to do.
    private void Repair(Link? link)
    {
        foreach (var eni in _routed.Values)
        {
            if ((link is null || link.Mac == MacAddress.Parse(eni.MacAddress)) && _toRepair.TryAdd(eni.Id, eni))
                _ = RepairAsync(eni);
        }
    }

    private async Task RepairAsync(EniLink eni)
    {
        try
        {
            var outcome = await ChangeAsync(
                () =>
                {
                    // What changes from here on is another repair's.
                    _toRepair.TryRemove(eni.Id, out _);
                    if (_routed.ContainsKey(eni.Id))
                        SetUp(eni);
                },
                CancellationToken.None);
            if (outcome is HostOutcome.Failed failed)
                Warned(_logger, eni.Id.Value, failed.Reason);
        }
        catch (ObjectDisposedException)
        {
            // The daemon ends.
        }
    }

    private static WarmPool.Engine.Seams.PodLinks ReadPods()
    {
        try
        {
            using var host = RouteSocket.Open();
            var ruled = Linux.Pods.PodLinks.ReadRuled(host);
            return new WarmPool.Engine.Seams.PodLinks([.. Linux.Pods.PodLinks.Read(host).Select(PodOf)], Error: null) { RuledAddresses = ruled };
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException)
        {
            return new WarmPool.Engine.Seams.PodLinks([], e.Message);
        }
    }

    private static PodLink PodOf(PodVeth veth) => new(
        veth.Owner is { } owner ? new PodKey(owner.Network, owner.Container, owner.Interface) : null, veth.HostVeth, veth.Addresses);

    /// <returns>Null when what was waited for has happened.</returns>
    private static async Task<HostOutcome?> WatchAsync(Task watch)
    {
        try
        {
            await watch;
            return null;
        }
        catch (NetlinkException e)
        {
            return new HostOutcome.Failed(e.Message);
        }
    }

    private async Task<HostOutcome> ChangeAsync(Action change, CancellationToken cancellation)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            await Task.Run(change, cancellation);
            return new HostOutcome.Done();
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException or EniNetworkException or ArgumentException)
        {
            return new HostOutcome.Failed(e.Message);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private EniNetworkSpec SpecOf(EniLink eni) => new()
    {
        Mac = MacAddress.Parse(eni.MacAddress),
        PrimaryAddress = eni.PrimaryAddress,
        Subnet = eni.SubnetCidr,
        Mtu = _mtu,
        NetworkCard = eni.NetworkCard,
        DeviceIndex = eni.DeviceIndex,
        IsPrimary = eni.IsPrimary,
    };

    [LoggerMessage(LogLevel.Information, "ENI {Eni} on the host: {Change}")]
    private static partial void Changed(ILogger logger, string eni, string change);

    [LoggerMessage(LogLevel.Warning, "ENI {Eni} on the host: {Warning}")]
    private static partial void Warned(ILogger logger, string eni, string warning);
}
