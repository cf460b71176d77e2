using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>A node must not make throttling worse: its calls of one kind have a budget, and step back together.</summary>
public class BudgetTests
{
    private static readonly TimeSpan _long = TimeSpan.FromHours(1);

    [Fact]
    public void A_burst_goes_at_once_and_then_so_many_per_second() => World.Run(1, async world =>
    {
        var budget = new CallBudget(burst: 3, perSecond: 2, world.Main.Time, world.Random.NextDouble);
        var began = world.Now;
        var turns = new List<double>();
        await Task.WhenAll(Enumerable.Range(0, 7).Select(async _ =>
        {
            Assert.True(await budget.TakeAsync(_long, CancellationToken.None));
            turns.Add((world.Now - began).TotalSeconds);
        }));

        Assert.Equal([0, 0, 0, 0.5, 1, 1.5, 2], turns);
    });

    [Fact]
    public void One_throttled_call_holds_all_of_its_kind_back_ever_longer_with_jitter() => World.Run(1, async world =>
    {
        var budget = new CallBudget(burst: 20, perSecond: 1, world.Main.Time, world.Random.NextDouble);
        for (var (round, pause) = (0, 1.0); round < 7; round++, pause = Math.Min(30, pause * 2))
        {
            budget.Throttled();
            budget.Throttled();
            var began = world.Now;
            Assert.True(await budget.TakeAsync(_long, CancellationToken.None));
            Assert.InRange((world.Now - began).TotalSeconds, pause * 0.5, (pause * 1.5) + 1);
        }

        budget.Answered();
        await Task.Delay(TimeSpan.FromSeconds(30), world.Main.Time);
        budget.Throttled();
        var last = world.Now;
        await budget.TakeAsync(_long, CancellationToken.None);
        Assert.InRange((world.Now - last).TotalSeconds, 0.5, 1.5);
    });

    [Fact]
    public void After_three_calls_without_an_answer_all_of_their_kind_rest_ever_longer_until_one_is_answered() => World.Run(1, async world =>
    {
        var budget = new CallBudget(burst: 20, perSecond: 1, world.Main.Time, world.Random.NextDouble);
        budget.Unheard();
        budget.Unheard();
        Assert.True(await budget.TakeAsync(TimeSpan.Zero, CancellationToken.None));
        for (var (round, pause) = (0, 1.0); round < 7; round++, pause = Math.Min(30, pause * 2))
        {
            budget.Unheard();
            // Those that were under way with it say nothing new.
            budget.Unheard();
            Assert.False(await budget.TakeAsync(TimeSpan.Zero, CancellationToken.None));
            var began = world.Now;
            Assert.True(await budget.TakeAsync(_long, CancellationToken.None));
            Assert.InRange((world.Now - began).TotalSeconds, pause * 0.5, (pause * 1.5) + 1);
        }

        budget.Answered();
        budget.Unheard();
        budget.Unheard();
        Assert.True(await budget.TakeAsync(TimeSpan.FromSeconds(1), CancellationToken.None));
    });

    [Fact]
    public void After_silence_the_first_answer_gives_back_the_calls_at_once_and_ends_the_wait() => World.Run(1, async world =>
    {
        var budget = new CallBudget(burst: 20, perSecond: 1, world.Main.Time, world.Random.NextDouble);
        for (var lost = 0; lost < 3; lost++)
        {
            Assert.True(await budget.TakeAsync(TimeSpan.Zero, CancellationToken.None));
            budget.Unheard();
        }

        var waiting = Enumerable.Range(0, 17).Select(_ => budget.TakeAsync(_long, CancellationToken.None)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(0.1), world.Main.Time);
        Assert.All(waiting, static turn => Assert.False(turn.IsCompleted));
        var began = world.Now;
        budget.Answered();
        await Task.WhenAll(waiting);
        Assert.Equal(began, world.Now);

        // The lost ones count.
        Assert.False(await budget.TakeAsync(TimeSpan.FromSeconds(0.5), CancellationToken.None));
    });

    [Fact]
    public void Nodes_that_are_refused_together_do_not_ask_again_together()
    {
        var seconds = Enumerable.Range(1, 8).Select(static seed =>
        {
            var at = new List<double>();
            World.Run(seed, async world =>
            {
                // No budget of one call holds it back: what spreads them is the wait between its attempts.
                var budget = new CallBudget(burst: 1000, perSecond: 1000, world.Main.Time, static () => 0.5);
                var call = new Ec2Call<Nothing>(CallPolicy.Attach, TimeSpan.FromSeconds(10), budget, world.Main.Time, world.Random.NextDouble, static _ => { });
                await call.RunAsync(null, _ =>
                {
                    at.Add(world.Now.TotalSeconds);
                    return Task.FromResult<Ec2Outcome<Nothing>>(at.Count < 5
                        ? new Ec2Outcome<Nothing>.Refused(Refusal.NotFound, "InvalidNetworkInterfaceID.NotFound", "not yet")
                        : new Ec2Outcome<Nothing>.Done(default));
                }, CancellationToken.None);
            });
            return at;
        }).ToList();

        Assert.All(seconds, static at => Assert.Equal(5, at.Count));
        for (var attempt = 1; attempt < 5; attempt++)
            Assert.Equal(8, seconds.Select(at => Math.Round(at[attempt], 3)).Distinct().Count());
    }

    [Fact]
    public void Throttling_after_silence_leaves_one_call_at_a_time() => World.Run(1, async world =>
    {
        var budget = new CallBudget(burst: 20, perSecond: 1, world.Main.Time, world.Random.NextDouble);
        for (var lost = 0; lost < 3; lost++)
            budget.Unheard();
        Assert.True(await budget.TakeAsync(_long, CancellationToken.None));
        budget.Throttled();
        Assert.True(await budget.TakeAsync(_long, CancellationToken.None));
        budget.Answered();
        Assert.False(await budget.TakeAsync(TimeSpan.FromSeconds(0.9), CancellationToken.None));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_burst_that_meets_EC2_after_a_blip_is_served_without_one_refusal(int seconds) => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([15], 50, 737));
        var start = world.Now;
        node.Cloud.Faults = action => action == "CreateNetworkInterface" && world.Now - start < TimeSpan.FromSeconds(seconds)
            ? new Fault.Refuse(Refusal.Unavailable, "NotSent")
            : null;
        await node.StartAsync();
        await node.WaitAsync(0.2);

        await node.AddPodsAsync(15 * 49);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void While_EC2_is_away_a_node_with_waiting_pods_asks_less_than_ten_times_a_minute_and_serves_them_soon_after(bool hangs) => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 5));
        node.Options = node.Options with { Upkeep = new Upkeep("i-1") { ClusterName = "a", DiscoverFrom = CloudInMemory.Subnet, Tags = node.Cloud.LastingTags } };
        node.Cloud.Subnets.Add(new SubnetFacts(CloudInMemory.Subnet, CloudInMemory.Template.SubnetCidr, 1000, new Dictionary<string, string>()));
        await node.StartAsync();
        await node.WaitAsync(60);
        node.Cloud.Faults = _ => hangs ? new Fault.NeverReply() : new Fault.LoseReply(Applied: false);
        var waiting = Enumerable.Range(0, 20).Select(_ => AddUntilServedAsync()).ToList();
        await node.WaitAsync(600);

        var calls = node.Cloud.Calls.Count;
        await node.WaitAsync(1200);
        Assert.InRange((node.Cloud.Calls.Count - calls) / 20.0, 0.5, 10);

        node.Cloud.Faults = static _ => null;
        var back = world.Now;
        await Task.WhenAll(waiting);
        Assert.InRange((world.Now - back).TotalSeconds, 0, 120);

        async Task AddUntilServedAsync()
        {
            while (await node.AddAsync(out _) is not AddReply.Assigned)
                await node.WaitAsync(10);
        }
    });

    [Fact]
    public void A_call_whose_turn_comes_too_late_is_not_made_and_takes_no_turn() => World.Run(1, async world =>
    {
        var budget = new CallBudget(burst: 1, perSecond: 0.1, world.Main.Time, world.Random.NextDouble);
        Assert.True(await budget.TakeAsync(TimeSpan.Zero, CancellationToken.None));
        var began = world.Now;
        Assert.False(await budget.TakeAsync(TimeSpan.FromSeconds(5), CancellationToken.None));
        Assert.False(await budget.TakeAsync(TimeSpan.FromSeconds(5), CancellationToken.None));
        Assert.Equal(began, world.Now);
        Assert.True(await budget.TakeAsync(TimeSpan.FromSeconds(11), CancellationToken.None));
        Assert.Equal(10, (world.Now - began).TotalSeconds);
    });

    [Fact]
    public void Fifteen_ENIs_at_once_are_within_the_budget() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([15], 50, 737));
        await node.StartAsync();
        var began = world.Now;
        await node.AddPodsAsync(15 * 49);
        Assert.InRange(world.Now - began, TimeSpan.Zero, TimeSpan.FromSeconds(5.1));
        Assert.Equal(14, node.Cloud.Count("AttachNetworkInterface"));
    });

    [Fact]
    public void While_the_account_is_throttled_a_node_asks_less_and_less() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([15], 50, 737), new WarmTargets(WarmIp: 400));
        node.Cloud.Faults = static action => action == "CreateNetworkInterface" ? new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded") : null;
        await node.StartAsync();
        await node.WaitAsync(60);
        var before = node.Cloud.Count("CreateNetworkInterface");
        await node.WaitAsync(600);
        Assert.InRange(node.Cloud.Count("CreateNetworkInterface") - before, 5, 90);

        node.Cloud.Faults = static _ => null;
        await node.WaitAsync(180);
        Assert.Equal(400, node.Engine.Counters.Free);
    });

    [Fact]
    public void A_repeat_that_was_throttled_does_not_prove_that_the_lost_first_attempt_did_nothing() => World.Run(1, async world =>
    {
        var node = new Node(world, targets: new WarmTargets(WarmIp: 12));
        var attempt = 0;
        node.Cloud.Faults = action => action != "CreateNetworkInterface" || world.Now > TimeSpan.FromHours(1) + TimeSpan.FromSeconds(120)
            ? null
            : attempt++ == 0 ? new Fault.LoseReply(Applied: true) : new Fault.Refuse(Refusal.Throttled, "RequestLimitExceeded");
        await node.StartAsync();
        await node.WaitAsync(300);

        Assert.Equal((2, 12), (node.Cloud.Enis.Count, node.Engine.Counters.Free));
    });

    [Fact]
    public void A_type_that_holds_fewer_addresses_per_ENI_than_its_table_says_is_learned_at_the_attach() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([4], 10, 200));
        node.Options = node.Options with { Limits = new InstanceLimits([4], 30, 200) };
        await node.StartAsync();
        await node.WaitAsync(120);
        await node.AddPodsAsync(18);
        await node.WaitAsync(120);

        Assert.All(node.Cloud.Enis.Values.Skip(1), static nic => Assert.InRange(nic.Blocks.Count, 1, 9));
        Assert.InRange(node.Cloud.Count("CreateNetworkInterface"), 3, 8);
        await node.AddPodsAsync(9);
    });

    [Fact]
    public void A_fragmented_subnet_serves_a_burst_with_single_addresses_and_says_so() => World.Run(1, async world =>
    {
        var node = new Node(world, new InstanceLimits([3], 50, 200), new WarmTargets { Prefixes = true, WarmPrefix = 1 });
        node.Cloud.FreePrefixes = 3;
        await node.StartAsync();
        await node.WaitAsync(10);
        await node.AddPodsAsync(60);
        await node.WaitAsync(5);

        Assert.Contains("subnet-1 has no free /28 prefix", node.Engine.Counters.SinglesInstead, StringComparison.Ordinal);
        Assert.Contains(node.Journal, static notice => notice is PoolNotice.SinglesInstead { Reason: not null });
        var before = node.Cloud.Calls.Count;
        await node.WaitAsync(3600);
        Assert.InRange(node.Cloud.Calls.Count - before, 2, 30);

        node.Cloud.FreePrefixes = 100;
        await node.WaitAsync(1200);
        Assert.Null(node.Engine.Counters.SinglesInstead);
        Assert.True(node.Engine.Counters.Prefixes > 3);
    });
}
