using System.Net;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>ENABLE_PREFIX_DELEGATION: AWS's rules of WARM_PREFIX_TARGET, and of the address targets rounded up to prefixes, at quiescence.</summary>
public class PrefixTests
{
    private static readonly TimeSpan _quiet = TimeSpan.FromMinutes(5);
    private static readonly InstanceLimits _t3Small = new([3], 4, 110);
    private static readonly InstanceLimits _p3dn = new([15], 50, 250);
    private static readonly WarmTargets _onePrefix = new() { Prefixes = true, WarmPrefix = 1 };

    [Theory]
    [InlineData("t3.small", 1, null, null, 0, 1, 1, 16)]
    [InlineData("t3.small", 1, null, null, 5, 1, 2, 27)]
    [InlineData("t3.small", 1, null, null, 17, 1, 3, 31)]
    [InlineData("t3.small", 1, null, null, 33, 2, 4, 31)]
    [InlineData("t3.small", null, 1, 1, 0, 1, 1, 16)]
    [InlineData("t3.small", null, 1, 1, 16, 1, 2, 16)]
    [InlineData("t3.small", null, 2, 5, 5, 1, 1, 11)]
    [InlineData("t3.small", null, null, 20, 3, 1, 2, 29)]
    [InlineData("p3dn.24xlarge", 1, null, null, 3, 1, 2, 29)]
    [InlineData("p3dn.24xlarge", 1, null, null, 95, 1, 7, 17)]
    [InlineData("p3dn.24xlarge", null, 5, 10, 7, 1, 1, 9)]
    [InlineData("p3dn.24xlarge", null, 5, 10, 15, 1, 2, 17)]
    [InlineData("p3dn.24xlarge", null, 5, 10, 45, 1, 4, 19)]
    public void Prefixes_are_kept_as_the_targets_say(
        string type, int? warmPrefix, int? warmIp, int? minimumIp, int pods, int enis, int prefixes, int free)
    {
        var targets = new WarmTargets(WarmIp: warmIp, MinimumIp: minimumIp) { Prefixes = true, WarmPrefix = warmPrefix };
        foreach (var shape in (ReadOnlySpan<string>)["burst", "one by one", "from above"])
        {
            var node = new InstantCloud(type == "t3.small" ? _t3Small : _p3dn, targets);
            node.Settle(_quiet);
            var more = shape == "from above" ? Enumerable.Range(0, 20).Select(_ => node.NewKey()).ToList() : [];
            for (var pod = 0; pod < pods; pod++)
            {
                node.Add(node.NewKey());
                if (shape == "one by one")
                    node.Settle(TimeSpan.FromSeconds(5));
            }

            more.ForEach(key => node.Add(key));
            node.Settle(TimeSpan.FromSeconds(10));
            more.ForEach(key => node.Pool.Release(key, node.Now.Monotonic, targets.Cooldown));
            node.Settle(_quiet);

            var counters = node.Pool.Count(node.Limits, targets);
            Assert.True(
                (counters.Enis, counters.Prefixes, counters.Free, counters.Assigned) == (enis, prefixes, free, pods), $"{shape}: {counters}");
            Assert.Equal(prefixes, node.Blocks);
        }
    }

    [Fact]
    public void A_burst_of_200_pods_is_one_Assign_of_all_the_prefixes_it_takes()
    {
        var node = new InstantCloud(_p3dn, _onePrefix);
        node.Settle(_quiet);
        var before = node.History.Count;
        for (var pod = 0; pod < 200; pod++)
            node.Add(node.NewKey());
        node.Settle(TimeSpan.FromSeconds(5));

        var assign = Assert.IsType<PoolAction.AssignBlocks>(Assert.Single(node.History.Skip(before)));
        // 184 pods wait: 12 prefixes, and one that stays unopened.
        Assert.Equal(new BlockOrder(0, 13), assign.Blocks);
        Assert.Equal(200, node.Pool.Assigned);
    }

    [Fact]
    public void New_ENIs_come_with_their_prefixes_in_the_create_call()
    {
        var node = new InstantCloud(_t3Small with { MaxPods = 250 }, _onePrefix);
        node.Settle(_quiet);
        for (var pod = 0; pod < 100; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);

        var creates = node.History.OfType<PoolAction.CreateEni>().ToList();
        Assert.Equal([new BlockOrder(0, 3), new BlockOrder(0, 2)], creates.Select(static create => create.Blocks));
        Assert.Equal((3, 8, 100), (node.Attached, node.Blocks, node.Pool.Assigned));
    }

    [Fact]
    public void Pods_fill_the_fullest_prefix_and_only_empty_prefixes_are_given_back()
    {
        var node = new InstantCloud(_t3Small, _onePrefix);
        node.Settle(_quiet);
        var pods = Enumerable.Range(0, 40).Select(_ => node.NewKey()).ToList();
        pods.ForEach(key => node.Add(key));
        node.Settle(_quiet);
        // One pod stays in the first prefix, and seven in the third.
        foreach (var key in pods.Take(15).Concat(pods.Skip(16).Take(17)))
            node.Pool.Release(key, node.Now.Monotonic, node.Targets.Cooldown);
        node.Settle(_quiet);

        Assert.Equal(3, node.Blocks);
        var next = Enumerable.Range(0, 9).Select(_ => node.Add(node.NewKey())!.Addresses[0]).ToList();
        var fullest = node.Pool.Allocations.Single(allocation => allocation.Key == pods[39]).Addresses[0];
        Assert.All(next, address => Assert.True(Prefix(fullest).Contains(address)));
    }

    [Fact]
    public void An_instance_that_is_not_Nitro_gets_single_addresses()
    {
        var node = new InstantCloud(_t3Small with { SupportsPrefixes = false }, new WarmTargets(WarmIp: 2) { Prefixes = true });
        node.Settle(_quiet);
        Assert.Equal((2, 2), (node.Blocks, node.Addresses));
    }

    [Fact]
    public void A_fragmented_subnet_gives_single_addresses_and_prefixes_again_when_it_can()
    {
        var node = new InstantCloud(_p3dn, new WarmTargets(WarmIp: 5) { Prefixes = true });
        node.Plan();
        node.Finish(node.Open.OfType<PoolAction.RouteEni>().Single());
        node.Pass(TimeSpan.FromSeconds(2));
        node.Plan();
        var asked = Assert.IsType<PoolAction.AssignBlocks>(Assert.Single(node.Open));
        Assert.Equal(new BlockOrder(0, 1), asked.Blocks);

        node.Finish(asked, new ActionResult.Refused(Setback.Fragmented, "InsufficientCidrBlocks", "fragments"), applied: false);
        node.Plan();

        Assert.Equal(new BlockOrder(5), Assert.IsType<PoolAction.AssignBlocks>(Assert.Single(node.Open)).Blocks);
        node.Finish(node.Open[0]);
        node.Plan();
        var state = node.Pool.Count(node.Limits, node.Targets);
        Assert.Contains("subnet-1 has no free /28 prefix (InsufficientCidrBlocks)", state.SinglesInstead, StringComparison.Ordinal);
        Assert.Null(state.CannotGrow);

        // The next need finds the hold over: a prefix, and the single addresses are surplus then.
        node.Settle(TimeSpan.FromMinutes(1));
        for (var pod = 0; pod < 6; pod++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal(1, node.Pool.Count(node.Limits, node.Targets).Prefixes);
        Assert.Null(node.Pool.Count(node.Limits, node.Targets).SinglesInstead);
    }

    [Fact]
    public void A_refusal_of_many_prefixes_is_followed_by_half_of_them_not_by_single_addresses()
    {
        var node = new InstantCloud(_p3dn, new WarmTargets(MinimumIp: 160) { Prefixes = true });
        node.Plan();
        node.Finish(node.Open.OfType<PoolAction.RouteEni>().Single());
        node.Pass(TimeSpan.FromSeconds(2));
        node.Plan();
        node.Finish(node.Open[0], new ActionResult.Refused(Setback.Fragmented, "InsufficientCidrBlocks", "fragments"), applied: false);
        node.Plan();
        node.Pass(TimeSpan.FromSeconds(2));
        node.Plan();
        Assert.Equal(new BlockOrder(0, 5), Assert.IsType<PoolAction.AssignBlocks>(node.Open[0]).Blocks);
    }

    [Fact]
    public void After_prefix_delegation_was_turned_on_idle_single_addresses_make_room_for_prefixes()
    {
        var node = new InstantCloud(_t3Small with { EnisPerCard = [1] }, new WarmTargets());
        node.Settle(_quiet);
        Assert.Equal(3, node.Blocks);
        var pod = node.NewKey();
        var address = node.Add(pod)!.Addresses[0];

        node.Targets = _onePrefix;
        node.Settle(_quiet);

        // The pod keeps its address and slot; the other two slots hold at most what the target says.
        Assert.Equal((2, 17), (node.Blocks, node.Addresses));
        Assert.Equal(address, node.Pool.Owner(pod)!.Addresses[0]);
        for (var more = 0; more < 20; more++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal((3, 33, 21), (node.Blocks, node.Addresses, node.Pool.Assigned));
    }

    [Fact]
    public void After_prefix_delegation_was_turned_off_empty_prefixes_go_and_used_ones_stay()
    {
        var node = new InstantCloud(_p3dn, new WarmTargets() { Prefixes = true, WarmPrefix = 4 });
        node.Settle(_quiet);
        var pods = Enumerable.Range(0, 20).Select(_ => node.NewKey()).ToList();
        pods.ForEach(key => node.Add(key));
        node.Settle(_quiet);
        Assert.Equal(6, node.Blocks);

        node.Targets = new WarmTargets(WarmIp: 5);
        node.Settle(_quiet);

        Assert.Equal((2, 20), (node.Pool.Count(node.Limits, node.Targets).Prefixes, node.Pool.Assigned));
        for (var more = 0; more < 10; more++)
            node.Add(node.NewKey());
        node.Settle(_quiet);
        Assert.Equal((30, 35), (node.Pool.Assigned, node.Addresses));
    }

    [Fact]
    public void Growth_in_prefixes_stops_at_maxPods()
    {
        var node = new InstantCloud(_p3dn with { MaxPods = 30 }, new WarmTargets { Prefixes = true, WarmPrefix = 4 });
        node.Settle(_quiet);
        Assert.Equal(32, node.Addresses);
    }

    [Fact]
    public void An_address_that_is_listed_alone_and_inside_a_prefix_belongs_to_one_of_them_only()
    {
        var pool = new Pool("test");
        var known = new KnownEni(
            new EniId("eni-0"), EniRole.Primary, "02:00:00:00:00:00", 0, 0, "subnet-1", CloudInMemory.Template.SubnetCidr,
            IPAddress.Parse("10.0.0.10"), [IPNetwork.Parse("10.0.1.16/28"), IPNetwork.Parse("10.0.1.20/32")]);
        pool.Adopt(known, TimeSpan.Zero);
        Assert.Equal(16, pool.Enis.Single().Total);
    }

    [Fact]
    public void In_a_fragmented_subnet_a_prefix_is_tried_in_a_slot_that_is_kept_for_it_and_no_warm_address_goes_for_that()
    {
        var node = new FragmentedNode(_t3Small with { EnisPerCard = [2], MaxPods = 100 }, _onePrefix);
        node.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(5, node.Free);
        var calls = node.Cloud.History.Count;
        for (var second = 0; second < 7200; second++)
        {
            node.Pass(TimeSpan.FromSeconds(1));
            Assert.Equal(5, node.Free);
        }

        Assert.All(node.Cloud.History.Skip(calls), static action => Assert.Equal(new BlockOrder(0, 1), Assert.IsType<PoolAction.AssignBlocks>(action).Blocks));
        Assert.InRange(node.Cloud.History.Count - calls, 10, 16);

        // Pods have the last slot too.
        var pods = Enumerable.Range(0, 6).Select(_ => node.Cloud.NewKey()).ToList();
        pods.ForEach(pod => node.Cloud.Add(pod));
        node.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(6, node.Cloud.Pool.Assigned);

        // One address goes for the next tries, once.
        pods.ForEach(pod => node.Cloud.Pool.Release(pod, node.Cloud.Now.Monotonic, node.Cloud.Targets.Cooldown));
        node.Pass(TimeSpan.FromHours(2));
        Assert.Equal((5, 1), (node.Free, node.Cloud.History.OfType<PoolAction.UnassignBlocks>().Sum(static action => action.Blocks.Count)));

        node.Fragmented = false;
        node.Pass(TimeSpan.FromMinutes(15));
        var counters = node.Cloud.Pool.Count(node.Cloud.Limits, node.Cloud.Targets);
        Assert.Equal((1, 16, null), (counters.Prefixes, counters.Free, counters.SinglesInstead));
    }

    [Fact]
    public void The_only_address_that_is_free_is_not_given_up_for_a_prefix_that_the_subnet_has_refused()
    {
        var node = new FragmentedNode(_t3Small with { EnisPerCard = [1], AddressesPerEni = 2 }, _onePrefix);
        node.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(1, node.Free);
        var calls = node.Cloud.History.Count;
        node.Pass(TimeSpan.FromHours(2));
        Assert.Equal((1, calls), (node.Free, node.Cloud.History.Count));
    }

    private static IPNetwork Prefix(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes[3] &= 0xf0;
        return new IPNetwork(new IPAddress(bytes), 28);
    }

    /// <summary>A node whose subnet refuses every prefix for as long as it is fragmented.</summary>
    private sealed class FragmentedNode(InstanceLimits limits, WarmTargets targets)
    {
        public InstantCloud Cloud { get; } = new(limits, targets);

        public bool Fragmented { get; set; } = true;

        public int Free => Cloud.Pool.Totals().Free;

        public void Pass(TimeSpan time)
        {
            var until = Cloud.Now.Monotonic + time;
            while (true)
            {
                Cloud.Plan();
                if (Cloud.Open.Count > 0)
                    Finish(Cloud.Open[0]);
                else if (Cloud.NextWake is { } wake && wake <= until)
                    Cloud.Pass(wake - Cloud.Now.Monotonic);
                else
                    break;
            }

            Cloud.Pass(until - Cloud.Now.Monotonic);
        }

        private void Finish(PoolAction action)
        {
            if (Fragmented && action is PoolAction.AssignBlocks { Blocks.Prefixes: > 0 } or PoolAction.CreateEni { Blocks.Prefixes: > 0 })
                Cloud.Finish(action, new ActionResult.Refused(Setback.Fragmented, "InsufficientCidrBlocks", "fragments"), applied: false);
            else
                Cloud.Finish(action);
        }
    }
}
