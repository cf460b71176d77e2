using System.Net;
using System.Threading.Channels;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Tests;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace AwsVpcCni.Ipamd.Tests.Host;

/// <summary>What the pool hears of ENIs' links, from the real kernel.</summary>
public sealed class HostLinksTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_routed_ENI_whose_link_goes_and_comes_is_told_each_time_until_it_is_forgotten()
    {
        using var node = PrivateNamespace.Create();
        var (mac, other) = (MacAddress.Random(), MacAddress.Random());
        node.AddLink("hl-eni", mac);
        node.AddLink("hl-other", other);
        using var host = node.Run(() => HostLinks.Open(1500, NullLogger.Instance));
        var told = Channel.CreateUnbounded<EniLinkChange>();
        host.LinkChanged += change => told.Writer.TryWrite(change);
        var eni = new EniLink(
            new EniId("eni-1"), IsPrimary: false, mac.ToString(), NetworkCard: 0, DeviceIndex: 1, IPAddress.Parse("10.9.1.10"),
            IPNetwork.Parse("10.9.1.0/24"));
        Assert.IsType<HostOutcome.Done>(await host.RouteEniAsync(eni, Stop));
        // Twice routed is told once.
        Assert.IsType<HostOutcome.Done>(await host.RouteEniAsync(eni, Stop));

        for (var i = 0; i < 3; i++)
        {
            // Another link is nobody's business, and neither is one that is only down.
            node.Socket.DeleteLink(node.Socket.FindLink("hl-other")!.Index);
            node.Socket.SetLink(node.Socket.FindLink("hl-eni")!.Index, new Linux.Rtnl.LinkChange { IsUp = false });
            node.Socket.DeleteLink(node.Socket.FindLink("hl-eni")!.Index);
            Assert.Equal(new EniLinkChange(eni.Id, Present: false), await told.Reader.ReadAsync(Stop));
            node.AddLink("hl-other", other);
            node.AddLink("hl-eni", mac);
            Assert.Equal(new EniLinkChange(eni.Id, Present: true), await told.Reader.ReadAsync(Stop));
        }

        Assert.IsType<HostOutcome.Done>(await host.RouteEniAsync(eni, Stop));
        node.Socket.DeleteLink(node.Socket.FindLink("hl-eni")!.Index);
        Assert.Equal(new EniLinkChange(eni.Id, Present: false), await told.Reader.ReadAsync(Stop));
        Assert.IsType<HostOutcome.Done>(await host.ForgetEniAsync(eni, Stop));
        node.AddLink("hl-eni", mac);
        // Events come in order: this one is behind whatever the forgotten one would have caused.
        Assert.IsType<HostOutcome.Done>(await host.RouteEniAsync(eni with { Id = new EniId("eni-2") }, Stop));
        node.Socket.DeleteLink(node.Socket.FindLink("hl-eni")!.Index);
        Assert.Equal(new EniLinkChange(new EniId("eni-2"), Present: false), await told.Reader.ReadAsync(Stop));
        Assert.False(told.Reader.TryRead(out _));
    }
}
