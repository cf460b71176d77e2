using System.Net;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>ENABLE_SUBNET_DISCOVERY: which subnets new ENIs are made in.</summary>
public class SubnetTests
{
    private const string Role = "kubernetes.io/role/cni";
    private const string OfClusterA = "cni.networking.k8s.aws/cluster/a";

    [Fact]
    public void Only_tagged_subnets_and_the_node_s_own_are_eligible_most_free_first()
    {
        IReadOnlyList<SubnetFacts> subnets =
        [
            Facts("subnet-1", 10), Facts("subnet-untagged", 1000), Facts("subnet-2", 50, (Role, "1")), Facts("subnet-never", 900, (Role, "0")),
            Facts("subnet-a", 20, (Role, "1"), (OfClusterA, "")), Facts("subnet-b", 800, (Role, "1"), ("cni.networking.k8s.aws/cluster/b", "")),
        ];

        Assert.Equal(["subnet-2", "subnet-a", "subnet-1"], Ids(SubnetDiscovery.Eligible(subnets, "subnet-1", "a")));
        Assert.Equal(["subnet-b", "subnet-2", "subnet-a", "subnet-1"], Ids(SubnetDiscovery.Eligible(subnets, "subnet-1", "")));
        Assert.Equal(["subnet-2", "subnet-a"], Ids(SubnetDiscovery.Eligible([.. subnets.Skip(1)], "subnet-1", "a")));

        static IEnumerable<string> Ids(IReadOnlyList<EniSubnet> eligible) => eligible.Select(static subnet => subnet.Id);
    }

    [Fact]
    public void An_exhausted_subnet_is_followed_by_the_next_eligible_one() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40), Facts("subnet-2", 30, (Role, "1")), Facts("subnet-3", 20, (Role, "1")));
        node.Cloud.FullSubnets.Add("subnet-2");
        await node.StartAsync();
        await node.WaitAsync(5);
        node.Cloud.FullSubnets.Add("subnet-1");

        await node.AddPodsAsync(20);

        Assert.Equal(["subnet-1", "subnet-3", "subnet-3"], node.Cloud.Enis.Values.Select(static nic => nic.SubnetId));
        // Exhaustion is a reason to ask for the subnets anew, once.
        await node.WaitAsync(60);
        Assert.Equal(2, node.Cloud.Count("DescribeSubnets"));
    });

    [Fact]
    public void A_subnet_that_has_no_prefix_for_a_new_ENI_is_a_reason_to_ask_for_the_subnets_anew() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40));
        node.Options = node.Options with { Targets = new WarmTargets { Prefixes = true, WarmPrefix = 1 } };
        node.Cloud.FreePrefixes = 0;
        // No prefix fits on the primary ENI.
        node.Cloud.Enis.Values.Single().Blocks.AddRange(Enumerable.Range(1, 9).Select(static i => IPNetwork.Parse($"10.0.200.{i}/32")));
        await node.StartAsync();
        await node.WaitAsync(30);

        Assert.Equal(2, node.Cloud.Count("DescribeSubnets"));
        Assert.Contains("subnet-1 has no free /28 prefix", node.Engine.Counters.SinglesInstead, StringComparison.Ordinal);
    });

    [Fact]
    public void A_subnet_that_has_neither_a_prefix_nor_an_address_left_is_named_all_the_time() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets { Prefixes = true, WarmPrefix = 1, MaxEni = 1 });
        (node.Cloud.FreePrefixes, node.Cloud.FreeInSubnet) = (0, 5);
        await node.StartAsync();
        await node.WaitAsync(600);
        Assert.Equal(5, node.Engine.Counters.Free);

        for (var minutes = 0; minutes < 60; minutes++)
        {
            await node.WaitAsync(60);
            Assert.Contains("subnet-1 has no free addresses", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void When_every_eligible_subnet_is_exhausted_the_state_names_them() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40), Facts("subnet-2", 30, (Role, "1")));
        await node.StartAsync();
        await node.WaitAsync(5);
        node.Cloud.FullSubnets.UnionWith(["subnet-1", "subnet-2"]);
        await node.AddPodsAsync(9);
        await node.WaitAsync(10);

        Assert.Contains("cannot grow: subnet-1 has no free addresses", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);
        Assert.Contains("subnet-2 has no free addresses", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);

        node.Cloud.FullSubnets.Clear();
        await node.WaitAsync(300);
        Assert.Null(node.Engine.Counters.CannotGrow);
        Assert.Equal(18, node.Engine.Counters.Total);
    });

    [Fact]
    public void Without_the_permission_ENIs_are_made_in_the_node_s_own_subnet() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-2", 4000, (Role, "1")));
        node.Cloud.Faults = static action => action == "DescribeSubnets" ? new Fault.Refuse(Refusal.Denied, "UnauthorizedOperation") : null;
        await node.StartAsync();

        await node.AddPodsAsync(12);
        await node.WaitAsync(3600);

        Assert.All(node.Cloud.Enis.Values, static nic => Assert.Equal("subnet-1", nic.SubnetId));
        Assert.InRange(node.Cloud.Count("DescribeSubnets"), 2, 4);
        Assert.Contains(node.Journal, static notice => notice is PoolNotice.Drift { What: var what }
            && what.Contains("subnet-1 only: UnauthorizedOperation", StringComparison.Ordinal)
            && what.Contains("ec2:DescribeSubnets", StringComparison.Ordinal));
    });

    [Fact]
    public void Subnets_that_EC2_did_not_tell_at_the_start_are_asked_for_again_soon() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40), Facts("subnet-2", 400, (Role, "1")));
        var began = world.Now;
        node.Cloud.Faults = action =>
            action == "DescribeSubnets" && world.Now < began + TimeSpan.FromMinutes(5) ? new Fault.LoseReply(Applied: false) : null;
        await node.StartAsync();
        await node.WaitAsync(500);
        await node.AddPodsAsync(12);

        Assert.Equal("subnet-2", node.Cloud.Enis.Values.Last().SubnetId);
    });

    [Fact]
    public void The_primary_ENI_of_an_excluded_subnet_gives_no_addresses_and_its_pods_keep_theirs() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40, (Role, "0")), Facts("subnet-2", 30, (Role, "1")));
        node.Options = node.Options with { Targets = new WarmTargets(WarmIp: 2) };
        var primary = node.Cloud.Enis.Values.Single();
        primary.Blocks.AddRange([IPNetwork.Parse("10.0.200.1/32"), IPNetwork.Parse("10.0.200.2/32")]);
        await node.StartAsync();
        var first = (await node.AddPodsAsync(1))[0];
        await node.WaitAsync(60);
        await node.AddPodsAsync(2);
        await node.WaitAsync(60);

        Assert.Equal(["subnet-1", "subnet-2"], node.Cloud.Enis.Values.Select(static nic => nic.SubnetId));
        Assert.Equal(node.Told[first], Assert.Single(primary.Blocks).BaseAddress);
        Assert.Equal(3, node.Engine.Counters.Assigned);
    });

    [Fact]
    public void Without_any_eligible_subnet_the_reason_names_the_tags() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40, (Role, "0")));
        await node.StartAsync();
        await node.WaitAsync(30);

        Assert.Contains("no subnet of this zone may be used for new ENIs", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_ENI_in_an_excluded_subnet_that_its_owner_detached_from_under_its_pods_is_told_of_and_stays_his(bool theHostSees) => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40), Facts("subnet-2", 90, (Role, "1")));
        await node.StartAsync();
        await node.WaitAsync(30);
        await node.AddPodsAsync(12);
        await node.WaitAsync(60);
        node.Cloud.Subnets[1] = Facts("subnet-2", 90, (Role, "0"));
        await node.WaitAsync(2400);
        var nic = node.Cloud.Enis.Values.Single(nic => nic.SubnetId == "subnet-2" && nic.Blocks.Exists(block => node.Told.Values.Any(block.Contains)));
        nic.Description = "database-of-mine";

        node.Cloud.DetachByHand(nic);
        if (theHostSees)
            node.Host.Unplug(nic.Id);
        await node.WaitAsync(1200);

        Assert.Contains(nic.Id, node.Cloud.Enis.Keys);
        Assert.Single(node.Journal.OfType<PoolNotice.PodsCutOff>());
    });

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData(Refusal.Unavailable, false)]
    public void Pods_on_an_ENI_of_an_excluded_subnet_have_their_network_again_after_its_link_was_reset(Refusal? refusal, bool tagged) => World.Run(1, async world =>
    {
        var node = await WithExcludedAsync(world, new WarmTargets(WarmEni: 0, MaxEni: 2), pods: 12);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.SubnetId == "subnet-2");
        if (tagged)
            nic.Tags["node.k8s.amazonaws.com/no_manage"] = "true";
        node.Cloud.Faults = _ => refusal is { } kind ? new Fault.Refuse(kind, "NotNow") : null;
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(3);
        node.Host.Plug(nic.Id);
        await node.WaitAsync(tagged ? 1800 : 5);

        Assert.Contains(nic.Id, node.Host.Routed);
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));
    });

    [Fact]
    public void An_ENI_of_an_excluded_subnet_that_has_lost_its_link_for_good_holds_up_no_new_ENI() => World.Run(1, async world =>
    {
        var node = await WithExcludedAsync(world, new WarmTargets(WarmEni: 0, MaxEni: 2), pods: 12);
        var nic = node.Cloud.Enis.Values.Single(static nic => nic.SubnetId == "subnet-2");
        node.Host.Unplug(nic.Id);
        // In the middle of a wait for its link.
        await node.WaitAsync(330);
        foreach (var key in node.Told.Where(told => nic.Blocks.Exists(block => block.Contains(told.Value))).Select(static told => told.Key).ToList())
            await node.DelAsync(key);
        await node.WaitAsync(240);

        Assert.DoesNotContain(nic.Id, node.Cloud.Enis.Keys);
        Assert.DoesNotContain((await node.Engine.ViewAsync(CancellationToken.None)).Holds, static hold => hold.Text.Contains("never became usable", StringComparison.Ordinal));
    });

    [Fact]
    public void A_reset_of_a_link_on_an_ENI_of_an_excluded_subnet_brings_no_more_addresses_than_maxPods() => World.Run(1, async world =>
    {
        var node = await WithExcludedAsync(world, new WarmTargets(WarmIp: 8), pods: 11, new InstanceLimits([3], 10, 20));
        var nic = node.Cloud.Enis.Values.First(nic => nic.SubnetId == "subnet-2" && nic.Blocks.Exists(block => node.Told.Values.Any(block.Contains)));
        node.Host.Unplug(nic.Id);
        await node.WaitAsync(3);
        node.Host.Plug(nic.Id);
        await node.WaitAsync(600);

        Assert.InRange(node.Cloud.Enis.Values.Sum(static nic => nic.Blocks.Count), 11, 20);
    });

    [Fact]
    public void Once_its_subnet_may_be_used_again_an_ENI_serves_pods_again() => World.Run(1, async world =>
    {
        var node = await WithExcludedAsync(world, new WarmTargets(WarmEni: 0, MaxEni: 2), pods: 12);
        Assert.IsType<AddReply.Refused>(await node.AddAsync(out _));

        node.Cloud.Subnets[1] = Facts("subnet-2", 9000, (Role, "1"));
        await node.WaitAsync(400);

        await node.AddPodsAsync(6);
    });

    [Fact]
    public void Pods_on_an_ENI_of_an_excluded_subnet_count_towards_maxPods() => World.Run(1, async world =>
    {
        var node = await WithExcludedAsync(world, new WarmTargets(MinimumIp: 20), pods: 18, new InstanceLimits([8], 10, 20));

        Assert.Equal(20, node.Cloud.Enis.Values.Sum(static nic => nic.Blocks.Count));
        await node.AddPodsAsync(2);
    });

    [Fact]
    public void A_subnet_that_EC2_lists_twice_is_one_subnet() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40), Facts("subnet-2", 30, (Role, "1")), Facts("subnet-1", 40));
        await node.StartAsync();
        await node.WaitAsync(60);

        await node.AddPodsAsync(12);
    });

    [Fact]
    public void After_every_subnet_was_excluded_for_a_while_ENIs_are_made_again_with_the_groups_of_before() => World.Run(1, async world =>
    {
        var node = WithDiscovery(world, Facts("subnet-1", 40), Facts("subnet-2", 30, (Role, "0")));
        node.Options = node.Options with { Upkeep = node.Options.Upkeep! with { SubnetsEvery = TimeSpan.FromMinutes(5) } };
        await node.StartAsync();
        await node.WaitAsync(30);
        node.Cloud.Subnets[0] = Facts("subnet-1", 40, (Role, "0"));
        await node.WaitAsync(400);
        Assert.Contains("no subnet of this zone may be used", node.Engine.Counters.CannotGrow, StringComparison.Ordinal);

        node.Cloud.Subnets[1] = Facts("subnet-2", 30, (Role, "1"));
        await node.WaitAsync(400);

        await node.AddPodsAsync(9);
        Assert.Equal(("subnet-2", "sg-1"), node.Cloud.Enis.Values.Where(static nic => nic.Attachment!.DeviceIndex > 0).Select(static nic => (nic.SubnetId, Assert.Single(nic.Groups))).First());
    });

    // The second ENI was made in subnet-2, and has pods when the tags exclude that subnet.
    private static async Task<Node> WithExcludedAsync(World world, WarmTargets targets, int pods, InstanceLimits? limits = null)
    {
        var node = WithDiscovery(world, limits, Facts("subnet-1", 4000), Facts("subnet-2", 9000, (Role, "1")));
        node.Options = node.Options with { Targets = targets, Upkeep = node.Options.Upkeep! with { SubnetsEvery = TimeSpan.FromMinutes(5) } };
        await node.StartAsync();
        await node.WaitAsync(60);
        await node.AddPodsAsync(pods);
        await node.WaitAsync(60);
        node.Cloud.Subnets[1] = Facts("subnet-2", 9000, (Role, "0"));
        await node.WaitAsync(3600);
        return node;
    }

    private static Node WithDiscovery(World world, params IEnumerable<SubnetFacts> subnets) => WithDiscovery(world, limits: null, subnets);

    private static Node WithDiscovery(World world, InstanceLimits? limits, params IEnumerable<SubnetFacts> subnets)
    {
        var node = new Node(world, limits);
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", DiscoverFrom = CloudInMemory.Subnet } };
        node.Cloud.Subnets.AddRange(subnets);
        return node;
    }

    private static SubnetFacts Facts(string id, int free, params IEnumerable<(string Key, string Value)> tags) =>
        new(id, CloudInMemory.Template.SubnetCidr, free, tags.ToDictionary(static tag => tag.Key, static tag => tag.Value));
}
