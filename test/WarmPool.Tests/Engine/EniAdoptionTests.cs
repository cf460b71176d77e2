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
