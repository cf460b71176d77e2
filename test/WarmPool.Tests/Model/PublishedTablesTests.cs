using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>AWS's own worked examples of the warm targets (compat.md): ENIs, secondary addresses and free ones, at quiescence.</summary>
public class PublishedTablesTests
{
    private static readonly TimeSpan _quiet = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("t3.small", 1, null, null, 0, 1, 3, 3)]
    [InlineData("t3.small", 1, null, null, 5, 3, 9, 4)]
    [InlineData("t3.small", 1, null, null, 9, 3, 9, 0)]
    [InlineData("t3.small", 1, 1, 1, 0, 1, 1, 1)]
    [InlineData("t3.small", 1, 1, 1, 5, 2, 6, 1)]
    [InlineData("t3.small", 1, 1, 1, 9, 3, 9, 0)]
    [InlineData("t3.small", 1, 2, 5, 0, 2, 5, 5)]
    [InlineData("t3.small", 1, 2, 5, 5, 3, 7, 2)]
    [InlineData("t3.small", 1, 2, 5, 9, 3, 9, 0)]
    [InlineData("p3dn.24xlarge", 1, null, null, 0, 1, 49, 49)]
    [InlineData("p3dn.24xlarge", 1, null, null, 3, 2, 98, 95)]
    [InlineData("p3dn.24xlarge", 1, null, null, 95, 3, 147, 52)]
    [InlineData("p3dn.24xlarge", 1, 5, 10, 0, 1, 10, 10)]
    [InlineData("p3dn.24xlarge", 1, 5, 10, 7, 1, 12, 5)]
    [InlineData("p3dn.24xlarge", 1, 5, 10, 15, 1, 20, 5)]
    [InlineData("p3dn.24xlarge", 1, 5, 10, 45, 2, 50, 5)]
    public void The_published_totals_hold(
        string type, int warmEni, int? warmIp, int? minimumIp, int pods, int enis, int addresses, int free)
    {
        var targets = new WarmTargets(warmEni, warmIp, minimumIp);
        // All at once, one after the other, and coming down from more.
        foreach (var shape in (ReadOnlySpan<string>)["burst", "one by one", "from above"])
        {
            var node = new InstantCloud(Limits(type), targets);
            node.Settle(_quiet);
            var keys = Enumerable.Range(0, pods).Select(_ => node.NewKey()).ToList();
            foreach (var key in keys)
            {
                node.Add(key);
                if (shape == "one by one")
                    node.Settle(TimeSpan.FromSeconds(5));
            }

            if (shape == "from above" && pods < 9)
            {
                var more = Enumerable.Range(0, 9 - pods).Select(_ => node.NewKey()).ToList();
                more.ForEach(key => node.Add(key));
                node.Settle(TimeSpan.FromSeconds(10));
                more.ForEach(key => node.Pool.Release(key, node.Now.Monotonic, targets.Cooldown));
            }

            node.Settle(_quiet);

            var counters = node.Pool.Count(node.Limits, targets);
            Assert.True(
                (counters.Enis, counters.Total, counters.Free, counters.Assigned) == (enis, addresses, free, pods),
                $"{shape}: {counters}");
            Assert.Equal((enis, addresses), (node.Attached, node.Blocks));
        }
    }

    [Fact]
    public void MAX_ENI_holds_below_the_type_s_limit()
    {
        var node = new InstantCloud(Limits("p3dn.24xlarge"), new WarmTargets(MaxEni: 2));
        for (var pod = 0; pod < 98; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal((2, 98), (node.Attached, node.Pool.Assigned));
    }

    [Fact]
    public void Growth_stops_at_maxPods()
    {
        var node = new InstantCloud(Limits("p3dn.24xlarge") with { MaxPods = 60 }, new WarmTargets(WarmIp: 30));
        for (var pod = 0; pod < 50; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal(60, node.Blocks);
    }

    [Fact]
    public void An_ENI_that_is_left_alone_takes_its_slot()
    {
        var node = new InstantCloud(Limits("t3.small"), new WarmTargets());
        node.Pool.Adopt(new KnownEni(new EniId("eni-other"), EniRole.LeftAlone, "02:ff:00:00:00:01", 0, 1, "subnet-other", null, null, []), node.Now.Monotonic);
        for (var pod = 0; pod < 9; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal((2, 6, 3), (node.Attached, node.Pool.Assigned, node.Pool.Line.Waiting));
        Assert.Equal(2, node.Pool.Enis.Single(static eni => eni.Role == EniRole.Secondary).DeviceIndex);
    }

    [Fact]
    public void Trunk_and_EFA_ENIs_take_their_slot_and_give_no_addresses()
    {
        var node = new InstantCloud(Limits("t3.small"), new WarmTargets());
        node.Pool.Adopt(SetAside("eni-trunk", EniRole.Trunk, card: 0, index: 1), node.Now.Monotonic);
        node.Pool.Adopt(SetAside("eni-efa", EniRole.Efa, card: 0, index: 2), node.Now.Monotonic);
        for (var pod = 0; pod < 9; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal((1, 3, 6), (node.Attached, node.Pool.Assigned, node.Pool.Line.Waiting));
    }

    [Fact]
    public void An_ENI_on_another_card_takes_no_slot_of_card_0_and_is_not_used()
    {
        var node = new InstantCloud(Limits("t3.small") with { EnisPerCard = [3, 4] }, new WarmTargets());
        node.Pool.Adopt(SetAside("eni-card1", EniRole.LeftAlone, card: 1, index: 1), node.Now.Monotonic);
        for (var pod = 0; pod < 9; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal((3, 9), (node.Attached, node.Pool.Assigned));
        Assert.All(node.Pool.Allocations, allocation => Assert.Equal(0, node.Pool.EniOf(allocation.Addresses[0])!.NetworkCard));
    }

    [Fact]
    public void A_slot_that_is_kept_for_a_trunk_stays_free()
    {
        var node = new InstantCloud(Limits("t3.small") with { SlotsKept = 1 }, new WarmTargets());
        for (var pod = 0; pod < 9; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal((2, 6), (node.Attached, node.Pool.Assigned));
    }

    [Fact]
    public void A_primary_ENI_that_gives_no_addresses_is_routed_and_pods_go_to_others()
    {
        var pool = new Pool("test") { Template = CloudInMemory.Template };
        pool.Adopt(
            new KnownEni(
                new EniId("eni-0"), EniRole.Primary, "02:00:00:00:00:00", 0, 0, "subnet-1", CloudInMemory.Template.SubnetCidr,
                System.Net.IPAddress.Parse("10.0.0.10"), [System.Net.IPNetwork.Parse("10.0.1.5/32")])
            {
                GivesAddresses = false,
            },
            TimeSpan.Zero);
        var limits = Limits("t3.small");
        pool.Line.Join(new PodKey("net", "a", "eth0"), new PodName("default", "a"), TimeSpan.Zero);

        var actions = Planner.Plan(pool, limits, new WarmTargets(WarmEni: 0), TimeSpan.Zero).Actions;

        Assert.Single(actions.OfType<PoolAction.RouteEni>());
        Assert.Single(actions.OfType<PoolAction.CreateEni>());
        Assert.Null(pool.TryAssign(new PodKey("net", "a", "eth0"), null, default));
    }

    private static KnownEni SetAside(string id, EniRole role, int card, int index) => new(
        new EniId(id), role, $"02:ff:00:00:{card:x2}:{index:x2}", card, index, "subnet-1", CloudInMemory.Template.SubnetCidr,
        System.Net.IPAddress.Parse("10.0.9.9"), [System.Net.IPNetwork.Parse($"10.0.9.{index}/32")]);

    [Fact]
    public void Pods_are_packed_so_that_other_ENIs_empty_out()
    {
        var node = new InstantCloud(Limits("t3.small"), new WarmTargets(WarmIp: 9));
        node.Settle(_quiet);
        var enis = Enumerable.Range(0, 6).Select(_ => node.Pool.EniOf(node.Add(node.NewKey())!.Addresses[0])!.Number).ToList();
        Assert.Equal([enis[0], enis[0], enis[0], enis[3], enis[3], enis[3]], enis);
        Assert.Equal(EniRole.Primary, node.Pool.Enis.Single(eni => eni.Number == enis[0]).Role);
    }

    [Fact]
    public void A_prefix_found_on_an_ENI_gives_all_its_16_addresses()
    {
        var pool = new Pool("test");
        pool.Adopt(
            new KnownEni(
                new EniId("eni-0"), EniRole.Primary, "02:00:00:00:00:00", 0, 0, "subnet-1", CloudInMemory.Template.SubnetCidr,
                System.Net.IPAddress.Parse("10.0.0.10"), [System.Net.IPNetwork.Parse("10.0.1.16/28")]), TimeSpan.Zero);
        var limits = Limits("t3.small");
        var targets = new WarmTargets(WarmEni: 0);
        var route = Planner.Plan(pool, limits, targets, TimeSpan.Zero).Actions.Single();
        pool.Apply(route, new ActionResult.Done(), TimeSpan.Zero, 0);

        var addresses = Enumerable.Range(0, 16)
            .Select(i => pool.TryAssign(new PodKey("net", $"{i}", "eth0"), null, default)!.Addresses[0].ToString()).ToList();

        Assert.Equal(Enumerable.Range(16, 16).Select(static i => $"10.0.1.{i}"), addresses);
        Assert.Null(pool.TryAssign(new PodKey("net", "one more", "eth0"), null, default));
    }

    private static InstanceLimits Limits(string type) => type switch
    {
        "t3.small" => new InstanceLimits([3], 4, 11),
        "p3dn.24xlarge" => new InstanceLimits([15], 50, 737),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
