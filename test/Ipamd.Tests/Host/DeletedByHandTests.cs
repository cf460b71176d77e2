using System.Net;
using System.Threading.Channels;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Ipamd.Tests.Cloud;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Enis;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Linux.Tests;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace AwsVpcCni.Ipamd.Tests.Host;

/// <summary>The pool on the lab's EC2 and on the kernel: what people take away at the console leaves nothing on the host.</summary>
public sealed class DeletedByHandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ENI_detached_and_deleted_by_hand_leaves_no_rule_no_route_and_nobody_who_follows_its_link()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        using var folder = new TemporaryFolder();
        using var node = PrivateNamespace.Create();
        var created = Done(await cloud.Ec2.CreateEniAsync(
            new CreateEni(cloud.Subnet.Id, [cloud.Vpc.DefaultSecurityGroupId], new BlockCount(2, 0), "token-1"), Stop));
        var attachment = Done(await cloud.Ec2.AttachEniAsync(created.Id, 0, 1, Stop));
        var own = Done(await cloud.Ec2.DescribeOwnEnisAsync(Stop));
        var mac = MacAddress.Parse(created.MacAddress);
        node.AddLink("dh-primary", MacAddress.Parse(own.Single(eni => eni.Id != created.Id).MacAddress));
        node.AddLink("dh-eni", mac);
        using var links = node.Run(() => HostLinks.Open(1500, NullLogger.Instance));
        var told = Channel.CreateUnbounded<PoolNotice>();
        var pool = new WarmPoolEngine(
            new WarmPoolOptions(new InstanceLimits([3], 10, 29), new WarmTargets(WarmIp: 0), Template: null, BootId: "boot-1")
            {
                InstanceId = cloud.Instance.Id,
                DescribeLag = TimeSpan.Zero,
            },
            cloud.Ec2, new ImdsEnis(cloud.Imds), new CheckpointFile(folder["ipam.json"]), new EnisOnly(links), TimeProvider.System, static () => 0.5,
            notice => told.Writer.TryWrite(notice));
        var home = new HomeNode(cloud.Instance.Id, new EniId(cloud.Instance.PrimaryInterfaceId), cloud.Subnet.Id, cloud.Subnet.Cidr);
        var seen = Assert.IsType<ImdsAnswer.Seen>(await new ImdsEnis(cloud.Imds).AttachedEnisAsync(Stop));
        await pool.LoadAsync(new EniSources(home).AtStart(seen.Enis, own), Stop);
        var running = pool.RunAsync(Stop);
        await UntilAsync(told.Reader, notice => notice is PoolNotice.EniChanged { To: EniState.Routed } changed && changed.Eni == created.Id);
        var pod = Assert.IsType<AddReply.Assigned>(await pool.AddAsync(new PodKey("aws-cni", "c1", "eth0"), new PodName("default", "web-0"), Stop));
        Assert.Equal(created.Id, Assert.Single(pod.Addresses).Eni?.Id);
        Assert.NotEmpty(RulesOf(created.PrimaryAddress));
        var table = RouteTable.Of(networkCard: 0, deviceIndex: 1, isPrimary: false).Number;
        Assert.NotEmpty(node.Socket.Routes(table));

        Done(await cloud.Ec2.DetachEniAsync(attachment, Stop));
        Done(await cloud.Ec2.DeleteEniAsync(created.Id, Stop));
        node.Socket.DeleteLink(node.Socket.FindLink("dh-eni")!.Index);
        await UntilAsync(told.Reader, notice => notice is PoolNotice.EniGone gone && gone.Eni == created.Id);

        Assert.Empty(RulesOf(created.PrimaryAddress));
        Assert.Empty(node.Socket.Routes(table));
        // The next ENI that sits at its index, even with its MAC: news of it only, and only its address has a rule.
        var news = Channel.CreateUnbounded<EniLinkChange>();
        links.LinkChanged += change => news.Writer.TryWrite(change);
        node.AddLink("dh-eni", mac);
        var next = new EniLink(new EniId("eni-next"), IsPrimary: false, created.MacAddress, 0, 1, IPAddress.Parse("10.0.1.250"), cloud.Subnet.Cidr);
        Assert.IsType<HostOutcome.Done>(await links.RouteEniAsync(next, Stop));
        Assert.NotEmpty(RulesOf(next.PrimaryAddress));
        Assert.Empty(RulesOf(created.PrimaryAddress));
        node.Socket.DeleteLink(node.Socket.FindLink("dh-eni")!.Index);
        Assert.Equal(new EniLinkChange(next.Id, Present: false), await news.Reader.ReadAsync(Stop));

        await pool.StopAsync();
        await running;

        List<Rule> RulesOf(IPAddress? address) => [.. node.Socket.Rules().Where(rule =>
            rule.Priority == EniNetwork.RulePriority && rule.From?.BaseAddress.Equals(address) == true)];
    }

    private static async Task UntilAsync(ChannelReader<PoolNotice> told, Func<PoolNotice, bool> isIt)
    {
        while (!isIt(await told.ReadAsync(Stop)))
        {
        }
    }

    private static T Done<T>(Ec2Outcome<T> outcome) => Assert.IsType<Ec2Outcome<T>.Done>(outcome).Value;

    /// <summary>ENIs in the test's namespace; of pods the real one would ask, and sweep, the machine's own.</summary>
    private sealed class EnisOnly(IHostLinks enis) : IHostLinks
    {
        public event Action<EniLinkChange>? LinkChanged
        {
            add => enis.LinkChanged += value;
            remove => enis.LinkChanged -= value;
        }

        public Task<HostOutcome> RouteEniAsync(EniLink eni, CancellationToken cancellation) => enis.RouteEniAsync(eni, cancellation);

        public Task<HostOutcome> ForgetEniAsync(EniLink eni, CancellationToken cancellation) => enis.ForgetEniAsync(eni, cancellation);

        public Task<PodLinks> PodLinksAsync(CancellationToken cancellation) => Task.FromResult(new PodLinks([], Error: null));

        public Task<HostOutcome> ForgetPodsAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancellation) =>
            Task.FromResult<HostOutcome>(new HostOutcome.Done());
    }
}
