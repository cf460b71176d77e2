using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>An ENI that appears serves pods as soon as EC2 says that it is this node's, however late.</summary>
public class EniAdoptionTests
{
    [Fact]
    public void After_an_EC2_outage_of_hours_an_ENI_that_appeared_in_it_is_taken_over() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var eni = scene.Attach("eni-5");
        scene.Node.Cloud.Faults = static _ => new Fault.NeverReply();
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(8 * 3600);

        Assert.Empty(scene.Adopted);
        Assert.InRange(scene.Node.Cloud.Calls.Count, 85, 100);
        Assert.Equal((eni.Id, TimeSpan.FromMinutes(5)), scene.Journal.OfType<PoolNotice.EniUndescribed>().Select(static told => (told.Eni, told.AskedAgainIn)).Last());

        scene.Node.Cloud.Faults = static _ => null;
        await scene.Node.WaitAsync(331);
        Assert.Equal((eni.Id, EniRole.Secondary), scene.Adopted.Select(static known => (known.Id, known.Role)).Single());
        Assert.Equal(eni.Id, Assert.Single(scene.Journal.OfType<PoolNotice.EniAdopted>()).Eni.Id);
    });

    [Fact]
    public void One_that_EC2_does_not_know_holds_up_none_that_it_does_and_is_asked_about_no_more_once_it_is_gone() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var eni = scene.Attach("eni-5");
        var ghost = eni with { Id = new EniId("eni-6") };
        scene.Adoption.Hear(new PoolNotice.EniAppeared(ghost));
        scene.Adoption.Hear(new PoolNotice.EniAppeared(ghost));
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(1);

        Assert.Equal(eni.Id, Assert.Single(scene.Adopted).Id);
        Assert.Equal(ghost.Id, Assert.Single(scene.Journal.OfType<PoolNotice.EniUndescribed>()).Eni);
        var calls = scene.Node.Cloud.Calls.Count;
        await scene.Node.WaitAsync(30 + 60 + 120);
        Assert.Equal(calls + 3, scene.Node.Cloud.Calls.Count);
        scene.Adoption.Hear(new PoolNotice.EniGone(ghost.Id, "gone"));
        await scene.Node.WaitAsync(7200);
        Assert.Equal(calls + 3, scene.Node.Cloud.Calls.Count);
    });

    [Fact]
    public void Where_EC2_may_not_be_asked_IMDS_decides() => World.Run(1, async world =>
    {
        var scene = new Scene(world, asksEc2: false);
        var eni = scene.Attach("eni-5");
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(1);

        Assert.Equal(eni.Id, Assert.Single(scene.Adopted).Id);
        Assert.Empty(scene.Node.Cloud.Calls);
    });

    [Fact]
    public void One_that_EC2_does_not_call_attached_yet_is_asked_about_again() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var eni = scene.Attach("eni-5");
        var nic = scene.Node.Cloud.Enis[eni.Id];
        var attachment = nic.Attachment;
        nic.Description = "somebody's";
        nic.Tags.Clear();
        nic.Attachment = null; // Describe's answer for some seconds after the attach
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(3);
        nic.Attachment = attachment! with { Status = "detaching" }; // likewise, after a quick detach and attach
        await scene.Node.WaitAsync(30);
        Assert.Empty(scene.Adopted);
        nic.Attachment = attachment;
        await scene.Node.WaitAsync(60);

        Assert.Equal((eni.Id, EniRole.Secondary), scene.Adopted.Select(static known => (known.Id, known.Role)).Single());
        Assert.Equal(
            ["EC2 calls it attached to nothing", "EC2 calls it detaching"],
            scene.Journal.OfType<PoolNotice.EniUndescribed>().Select(static told => told.Why));
    });

    [Fact]
    public void One_that_is_attached_to_another_instance_is_not_taken_over_before_it_is_here() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var eni = scene.Attach("eni-5");
        var nic = scene.Node.Cloud.Enis[eni.Id];
        nic.Attachment = nic.Attachment! with { InstanceId = "i-2" };
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(3600);
        Assert.Empty(scene.Adopted);
        Assert.InRange(scene.Node.Cloud.Calls.Count, 10, 20);
        nic.Attachment = nic.Attachment with { InstanceId = CloudInMemory.Instance };
        await scene.Node.WaitAsync(331);
        Assert.Equal(eni.Id, Assert.Single(scene.Adopted).Id);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_whose_addresses_IMDS_tells_only_after_the_start_is_used_from_then_on(bool asksEc2) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2)) { Adopts = true };
        if (!asksEc2)
            node.Options = node.Options with { AsksEc2 = false, ProvisionsResources = false };
        var nic = Bring(node);
        node.Cloud.WithoutAddresses.Add(nic.Id);
        node.Cloud.Faults = static _ => new Fault.NeverReply();
        var seen = (ImdsAnswer.Seen)await node.Cloud.AttachedEnisAsync(CancellationToken.None);
        await node.StartAsync(node.Sources.AtStart(seen.Enis, ec2: null));
        await node.WaitAsync(130);
        Assert.Equal(EniRole.LeftAlone, await RoleAsync(node, nic));
        node.Cloud.Faults = static _ => null;
        node.Cloud.WithoutAddresses.Clear();
        await node.WaitAsync(120);

        Assert.Equal(EniRole.Secondary, await RoleAsync(node, nic));
        Assert.Contains(nic.Id, node.Host.Routed);
        Assert.True(node.Engine.Counters.Free >= 1, $"{node.Engine.Counters}");
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_was_moved_to_another_instance_and_back_is_used_again(bool imdsForgets) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MinimumIp: 12)) { Adopts = true };
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        await node.StartAsync();
        await node.WaitAsync(120);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.Attachment!.DeviceIndex != 0);
        var here = nic.Attachment!;
        // No other takes its place.
        node.Cloud.Faults = static action => action == "CreateNetworkInterface" ? new Fault.Refuse(Refusal.AccountLimit, "NetworkInterfaceLimitExceeded") : null;
        nic.Attachment = here with { InstanceId = "i-2" };
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(60);
        if (imdsForgets)
            node.Cloud.NotInImds.Add(nic.Id);
        await node.WaitAsync(3600);
        Assert.Null(await RoleAsync(node, nic));
        nic.Attachment = here with { DeviceIndex = 5 };
        node.Cloud.NotInImds.Remove(nic.Id);
        node.Host.Plug(nic.Id);
        await node.WaitAsync(900);

        Assert.Equal(EniRole.Secondary, await RoleAsync(node, nic));
        Assert.Contains(nic.Id, node.Host.Routed);
    });

    [Fact]
    public void One_that_was_tagged_no_manage_at_the_start_is_used_once_the_tag_is_gone() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2)) { Adopts = true };
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        var nic = Bring(node);
        nic.Tags["node.k8s.amazonaws.com/no_manage"] = "true";
        var seen = (ImdsAnswer.Seen)await node.Cloud.AttachedEnisAsync(CancellationToken.None);
        await node.StartAsync(node.Sources.AtStart(seen.Enis, [.. node.Cloud.Enis.Values.Select(static nic => nic.Describe())]));
        await node.WaitAsync(900);
        Assert.Equal((EniRole.LeftAlone, 9), (await RoleAsync(node, nic), node.Engine.Counters.Free));
        nic.Tags.Remove("node.k8s.amazonaws.com/no_manage");
        await node.WaitAsync(900);

        Assert.Equal((EniRole.Secondary, 12), (await RoleAsync(node, nic), node.Engine.Counters.Free));
        Assert.Single(node.Journal.OfType<PoolNotice.EniAdopted>());
    });

    [Theory]
    [InlineData("node.k8s.amazonaws.com/instance_id", "i-1")]
    [InlineData("node.k8s.amazonaws.com/no_manage", "false")]
    public void Without_MANAGE_UNTAGGED_ENI_one_is_used_once_a_tag_makes_it_the_pool_s(string tag, string value) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12, MaxEni: 2)) { Adopts = true };
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { Tags = node.Cloud.LastingTags } };
        node.Sources = new EniSources(
            new HomeNode(CloudInMemory.Instance, node.Cloud.Enis.Keys.Single(), CloudInMemory.Subnet, CloudInMemory.Template.SubnetCidr),
            new EniRoles(CloudInMemory.Instance, manageUntagged: false));
        var nic = Bring(node);
        nic.Tags.Clear();
        var seen = (ImdsAnswer.Seen)await node.Cloud.AttachedEnisAsync(CancellationToken.None);
        await node.StartAsync(node.Sources.AtStart(seen.Enis, [.. node.Cloud.Enis.Values.Select(static nic => nic.Describe())]));
        nic.Tags["node.k8s.amazonaws.com/instance_id"] = "i-2";
        await node.WaitAsync(900);
        Assert.Equal((EniRole.LeftAlone, 9), (await RoleAsync(node, nic), node.Engine.Counters.Free));
        Assert.Empty(node.Journal.OfType<PoolNotice.EniAdopted>());
        nic.Tags[tag] = value;
        await node.WaitAsync(900);

        Assert.Equal((EniRole.Secondary, 12), (await RoleAsync(node, nic), node.Engine.Counters.Free));
        Assert.Single(node.Journal.OfType<PoolNotice.EniAdopted>());
    });

    [Fact]
    public void One_that_is_taken_over_is_not_told_to_be_gone() => World.Run(1, async world =>
    {
        var node = new Node(world) { Adopts = true };
        await node.StartAsync();
        await node.WaitAsync(30);
        var nic = Bring(node);
        await node.WaitAsync(120);

        Assert.Equal(EniRole.Secondary, await RoleAsync(node, nic));
        Assert.DoesNotContain(node.Journal, notice => notice is PoolNotice.EniGone { Eni: { } gone } && gone == nic.Id);
        node.Cloud.Enis.Remove(nic.Id);
        await node.WaitAsync(300);
        Assert.Single(node.Journal, notice => notice is PoolNotice.EniGone { Eni: { } gone } && gone == nic.Id);
    });

    [Fact]
    public void One_that_comes_to_another_index_before_EC2_has_told_is_taken_over_where_it_is_now() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var eni = scene.Attach("eni-5");
        scene.Node.Cloud.Faults = static _ => new Fault.Refuse(Refusal.Unavailable, "Unavailable");
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(1);
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni with { DeviceIndex = 3 }));
        scene.Node.Cloud.Faults = static _ => null;
        await scene.Node.WaitAsync(35);

        Assert.Equal(3, Assert.Single(scene.Adopted).DeviceIndex);
    });

    [Fact]
    public void One_that_went_and_came_again_is_asked_about_as_often_as_one_that_has_just_come() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var ghost = scene.Attach("eni-5") with { Id = new EniId("eni-6") };
        scene.Adoption.Hear(new PoolNotice.EniAppeared(ghost));
        await scene.Node.WaitAsync(10);
        scene.Adoption.Hear(new PoolNotice.EniGone(ghost.Id, "gone"));
        scene.Adoption.Hear(new PoolNotice.EniAppeared(ghost));
        await scene.Node.WaitAsync(1);
        var calls = scene.Node.Cloud.Calls.Count;

        await scene.Node.WaitAsync(30 + 60 + 120);
        Assert.Equal(calls + 3, scene.Node.Cloud.Calls.Count);
    });

    [Fact]
    public void One_that_EC2_has_told_of_is_asked_about_when_it_appears_again() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var eni = scene.Attach("eni-5");
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(1);
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(1);

        Assert.Equal([eni.Id, eni.Id], scene.Adopted.Select(static known => known.Id));
    });

    [Fact]
    public void A_bug_in_the_way_to_EC2_is_told_and_the_question_asked_again() => World.Run(1, async world =>
    {
        var scene = new Scene(world);
        var eni = scene.Attach("eni-5");
        scene.Node.Cloud.Faults = static _ => throw new InvalidOperationException("a bug");
        scene.Adoption.Hear(new PoolNotice.EniAppeared(eni));
        await scene.Node.WaitAsync(1);
        Assert.Equal("a bug", Assert.Single(scene.Journal.OfType<PoolNotice.Fault>()).Exception.Message);
        Assert.Contains("a bug", Assert.Single(scene.Journal.OfType<PoolNotice.EniUndescribed>()).Why, StringComparison.Ordinal);

        scene.Node.Cloud.Faults = static _ => null;
        await scene.Node.WaitAsync(35);
        Assert.Equal(eni.Id, Assert.Single(scene.Adopted).Id);
    });

    [Fact]
    public void A_daemon_that_ends_asks_no_more() => World.Run(1, async world =>
    {
        using var stop = new CancellationTokenSource();
        var scene = new Scene(world, stopping: stop.Token);
        scene.Node.Cloud.Faults = static _ => new Fault.Refuse(Refusal.Unavailable, "Unavailable");
        scene.Adoption.Hear(new PoolNotice.EniAppeared(scene.Attach("eni-5")));
        await scene.Node.WaitAsync(1);
        var calls = scene.Node.Cloud.Calls.Count;

        stop.Cancel();
        await scene.Node.WaitAsync(3600);
        Assert.Equal(calls, scene.Node.Cloud.Calls.Count);
    });

    /// <summary>Somebody attaches one to this node.</summary>
    private static Nic Bring(Node node)
    {
        var nic = new Nic(new EniId("eni-5"), "02:00:00:00:05:05", IPAddress.Parse("10.0.5.5"), CloudInMemory.Subnet)
        {
            Attachment = new EniAttachment(new AttachmentId("eni-attach-5"), CloudInMemory.Instance, 0, 2, "attached", true),
        };
        nic.Blocks.Add(IPNetwork.Parse("10.0.5.6/32"));
        node.Cloud.Enis.Add(nic.Id, nic);
        return nic;
    }

    /// <summary>Null: the pool does not know it.</summary>
    private static async Task<EniRole?> RoleAsync(Node node, Nic nic) =>
        (await node.Engine.ViewAsync(CancellationToken.None)).Enis.SingleOrDefault(eni => eni.Id == nic.Id)?.Role;

    private sealed class Scene
    {
        public Scene(World world, bool asksEc2 = true, CancellationToken stopping = default)
        {
            Node = new Node(world);
            var primary = Node.Cloud.Enis.Values.Single();
            Adoption = new EniAdoption(
                asksEc2 ? Node.Cloud : null,
                new EniSources(new HomeNode(CloudInMemory.Instance, primary.Id, CloudInMemory.Subnet, CloudInMemory.Template.SubnetCidr)),
                Adopted.Add, Journal.Add, world.Main.Time, stopping);
        }

        public Node Node { get; }

        public EniAdoption Adoption { get; }

        public List<KnownEni> Adopted { get; } = [];

        public List<PoolNotice> Journal { get; } = [];

        /// <summary>One of this node's, as IMDS shows it.</summary>
        public KnownEni Attach(string id)
        {
            var nic = new Nic(new EniId(id), "02:00:00:00:05:05", System.Net.IPAddress.Parse("10.0.5.5"), CloudInMemory.Subnet)
            {
                Attachment = new EniAttachment(new AttachmentId("eni-attach-5"), CloudInMemory.Instance, 0, 1, "attached", true),
            };
            foreach (var (key, value) in Node.Cloud.LastingTags)
                nic.Tags[key] = value;
            Node.Cloud.Enis.Add(nic.Id, nic);
            return KnownEnis.From(nic.ToImds(), EniRole.LeftAlone);
        }
    }
}
