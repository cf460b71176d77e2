using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Enis;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>The pool's hands on the host: ENI links as the kernel has them. One change at a time (rules and routes are one table).</summary>
public sealed partial class HostLinks : IHostLinks, IDisposable
{
    private readonly int mtu;
    private readonly ILogger logger;
    private readonly LinkMonitor monitor;
    private readonly EniNetwork network;
    private readonly SemaphoreSlim oneChange = new(1, 1);

    private HostLinks(int mtu, ILogger logger, LinkMonitor monitor, EniNetwork network) =>
        (this.mtu, this.logger, this.monitor, this.network) = (mtu, logger, monitor, network);

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
        await monitor.WaitForLinkAsync(MacAddress.Parse(eni.MacAddress), cancellation);
        return await ChangeAsync(
            () =>
            {
                var routed = network.SetUp(SpecOf(eni));
                foreach (var change in routed.Changes)
                    Changed(logger, eni.Id.Value, change);
                foreach (var warning in routed.Warnings)
                    Warned(logger, eni.Id.Value, warning);
            },
            cancellation);
    }

    public async Task<HostOutcome> ForgetEniAsync(EniLink eni, CancellationToken cancellation)
    {
        var outcome = await ChangeAsync(
            () =>
            {
                foreach (var change in network.TearDown(SpecOf(eni)))
                    Changed(logger, eni.Id.Value, change);
            },
            cancellation);
        if (outcome is HostOutcome.Done)
            await monitor.WaitForAbsenceAsync(MacAddress.Parse(eni.MacAddress), cancellation);
        return outcome;
    }

    public Task<WarmPool.Engine.Seams.PodLinks> PodLinksAsync(CancellationToken cancellation) => Task.Run(ReadPods, cancellation);

    public void Dispose()
    {
        monitor.Dispose();
        network.Dispose();
        oneChange.Dispose();
    }

    private static WarmPool.Engine.Seams.PodLinks ReadPods()
    {
        try
        {
            using var host = RouteSocket.Open();
            return new WarmPool.Engine.Seams.PodLinks([.. Linux.Pods.PodLinks.Read(host).Select(PodOf)], Error: null);
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException)
        {
            return new WarmPool.Engine.Seams.PodLinks([], e.Message);
        }
    }

    private static PodLink PodOf(PodVeth veth) => new(
        veth.Owner is { } owner ? new PodKey(owner.Network, owner.Container, owner.Interface) : null, veth.HostVeth, veth.Addresses);

    private async Task<HostOutcome> ChangeAsync(Action change, CancellationToken cancellation)
    {
        await oneChange.WaitAsync(cancellation);
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
            oneChange.Release();
        }
    }

    private EniNetworkSpec SpecOf(EniLink eni) => new()
    {
        Mac = MacAddress.Parse(eni.MacAddress),
        PrimaryAddress = eni.PrimaryAddress,
        Subnet = eni.SubnetCidr,
        Mtu = mtu,
        NetworkCard = eni.NetworkCard,
        DeviceIndex = eni.DeviceIndex,
        IsPrimary = eni.IsPrimary,
    };

    [LoggerMessage(LogLevel.Information, "ENI {Eni} on the host: {Change}")]
    private static partial void Changed(ILogger logger, string eni, string change);

    [LoggerMessage(LogLevel.Warning, "ENI {Eni} on the host: {Warning}")]
    private static partial void Warned(ILogger logger, string eni, string warning);
}
