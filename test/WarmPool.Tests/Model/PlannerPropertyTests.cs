using System.Net;
using AwsVpcCni.WarmPool.Model;
using AwsVpcCni.WarmPool.Tests.Doubles;
using CsCheck;

namespace AwsVpcCni.WarmPool.Tests.Model;

public class PlannerPropertyTests
{
    private static readonly Gen<InstanceLimits> _someLimits =
        from enis in Gen.Int[1, 5]
        from addresses in Gen.Int[2, 12]
        from maxPods in Gen.Int[1, 80]
        from schedulable in Gen.Bool
        from prefixes in Gen.Bool
        select new InstanceLimits([enis], addresses, maxPods, schedulable) { SupportsPrefixes = prefixes };

    private static readonly Gen<WarmTargets> _someTargets =
        from warmEni in Gen.Int[0, 2]
        from warmIp in Gen.Int[0, 10].Nullable()
        from minimumIp in Gen.Int[0, 20].Nullable()
        from maxEni in Gen.Int[0, 4].Nullable()
        from cooldown in Gen.Int[1, 40]
        from prefixes in Gen.Bool
        from warmPrefix in Gen.Int[0, 2].Nullable()
        select new WarmTargets(warmEni, warmIp, minimumIp, maxEni)
        {
            Cooldown = TimeSpan.FromSeconds(cooldown),
            Prefixes = prefixes,
            WarmPrefix = warmPrefix,
        };

    private static readonly Gen<(int Kind, int Pick)[]> _someEvents = Gen.Select(Gen.Int[0, 11], Gen.Int[0, 1000]).Array[0, 120];

    [Fact]
    public void Whatever_happens_nothing_is_given_twice_and_the_numbers_add_up() =>
        Gen.Select(_someLimits, _someTargets, _someEvents).Sample(
            (limits, targets, events) =>
            {
                var run = new RandomRun(limits, targets);
                foreach (var (kind, pick) in events)
                {
                    run.Happen(kind, pick);
                    run.Check();
                }
            },
            iter: 1500, threads: 2);

    [Fact]
    public void Left_in_peace_the_pool_comes_to_rest_at_its_target_and_stays_there() =>
        Gen.Select(_someLimits, _someTargets, _someEvents).Sample(
            (limits, targets, events) =>
            {
                var run = new RandomRun(limits, targets);
                foreach (var (kind, pick) in events)
                    run.Happen(kind, pick);
                // Holds and doubts end, cooling ends, surplus goes.
                run.Node.Settle(TimeSpan.FromHours(2));
                var before = run.Node.History.Count;
                run.Node.Settle(TimeSpan.FromHours(2));

                Assert.Equal(before, run.Node.History.Count);
                run.Check();
                var totals = run.Node.Pool.Totals();
                Assert.Equal((0, 0), (totals.Coming, totals.Cooling));
                Assert.Equal(run.Node.Addresses, totals.Total);
                Assert.Equal(run.Node.Attached, run.Node.Pool.Enis.Count);
            },
            iter: 500, threads: 2);

    [Fact]
    public void What_one_plan_gives_back_no_later_plan_takes_again() =>
        Gen.Select(_someLimits, _someTargets, _someEvents).Sample(
            (limits, targets, events) =>
            {
                var run = new RandomRun(limits, targets);
                foreach (var (kind, pick) in events)
                    run.Happen(kind, pick);
                run.Node.Settle(TimeSpan.FromSeconds(20));
                if (run.Node.Pool.Line.Count > 0 || SinglesMakeWayForPrefixes(run) || ReplacesWhatNeverWorked(run))
                    return;
                var before = run.Node.History.Count;
                run.Node.Settle(TimeSpan.FromHours(2));

                var after = run.Node.History.Skip(before).ToList();
                var gaveBack = after.FindIndex(static action => action is PoolAction.UnassignBlocks or PoolAction.DetachEni);
                if (gaveBack >= 0)
                    Assert.DoesNotContain(after.Skip(gaveBack), static action => action is PoolAction.AssignBlocks or PoolAction.CreateEni);
            },
            iter: 1000, threads: 2);

    [Fact]
    public void The_surplus_of_a_window_is_its_smallest() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 9]).Array[1, 60].Sample(steps =>
        {
            var history = new SurplusHistory();
            var patience = TimeSpan.FromSeconds(10);
            var values = new List<(TimeSpan At, int Value)> { (TimeSpan.FromSeconds(-1000), 0) };
            var now = TimeSpan.Zero;
            foreach (var (pass, value) in steps)
            {
                now += TimeSpan.FromSeconds(pass);
                history.Observe(value, now);
                values.Add((now, value));
                var within = values.Where((v, i) => v.At > now - patience || i == values.Count - 1 || values[i + 1].At > now - patience);
                Assert.Equal(within.Min(static v => v.Value), history.Lasting(patience, now));
            }
        });

    // Single addresses that were taken while a subnet was fragmented go, and prefixes come: that is no taking back.
    private static bool SinglesMakeWayForPrefixes(RandomRun run) =>
        run.Node.Targets.Prefixes && run.Node.Limits.SupportsPrefixes
        && (run.Node.Pool.Holds.All.Any(static hold => hold.Kind == Setback.Fragmented)
            || run.Node.Pool.Enis.Any(static eni => eni.Blocks.Any(static block => block.Size == 1)));

    // An ENI that never became usable goes and another one comes: that is no taking back either.
    private static bool ReplacesWhatNeverWorked(RandomRun run) =>
        run.Node.Pool.Enis.Any(static eni => eni is { State: EniState.Draining, WasRouted: false });

    private sealed class RandomRun(InstanceLimits limits, WarmTargets targets)
    {
        private static readonly int _setbacks = Enum.GetValues<Setback>().Length;

        private readonly Dictionary<PodKey, IPAddress> _pods = [];
        private readonly Dictionary<IPAddress, TimeSpan> _rests = [];

        public InstantCloud Node { get; } = new(limits, targets);

        public void Happen(int kind, int pick)
        {
            var pool = Node.Pool;
            foreach (var allocation in pool.Allocations)
                Enter(allocation);
            switch (kind)
            {
                case 0 or 1 or 2:
                    Node.Add(Node.NewKey());
                    break;
                case 3 or 4 when _pods.Count > 0:
                    var (key, address) = _pods.ElementAt(pick % _pods.Count);
                    _pods.Remove(key);
                    pool.Release(key, Node.Now.Monotonic, Node.Targets.Cooldown);
                    _rests[address] = Node.Now.Monotonic + Node.Targets.Cooldown;
                    break;
                case 5 when pool.Line.TryPeek(out var first, out _):
                    pool.Line.Linger(first, Node.Now.Monotonic + TimeSpan.FromSeconds(30));
                    break;
                case 6:
                    Node.Pass(TimeSpan.FromSeconds(pick % 100));
                    break;
                case 7 when Node.Open.Count > 0:
                    var refused = Node.Open[pick % Node.Open.Count];
                    if (refused is PoolAction.AttachEni gone && (Setback)(pick % _setbacks) == Setback.Gone)
                        Node.Lose(gone.Id);
                    Node.Finish(
                        refused, new ActionResult.Refused((Setback)(pick % _setbacks), "Code", "text"), applied: false);
                    break;
                case 8 when Node.Open.Count > 0 && Node.Open[pick % Node.Open.Count] is not PoolAction.LookAtEnis and var open:
                    Node.Finish(open, new ActionResult.Unknown("no reply"), applied: pick % 2 == 0 && open is not PoolAction.CreateEni);
                    break;
                case > 8 when Node.Open.Count > 0:
                    Node.Finish(Node.Open[pick % Node.Open.Count]);
                    break;
                default:
                    break;
            }

            Node.Plan();
        }

        public void Check()
        {
            var pool = Node.Pool;
            foreach (var allocation in pool.Allocations)
                Enter(allocation);
            var planned = Node.History.Count;
            Node.Plan();
            Assert.Equal(planned, Node.History.Count);

            Assert.True(pool.Enis.Count(static eni => eni.TakesSlot) <= Node.Limits.EnisPerCard[0]);
            Assert.Equal(pool.Enis.Count, pool.Enis.Select(static eni => eni.Number).Distinct().Count());
            var indices = pool.Enis.Where(static eni => eni.DeviceIndex is not null).Select(static eni => eni.DeviceIndex).ToList();
            Assert.Equal(indices.Count, indices.Distinct().Count());
            foreach (var eni in pool.Enis)
            {
                Assert.True(eni.Blocks.Count + eni.Ordered.Blocks <= Node.Limits.BlocksPerEni);
                var staying = eni.Blocks.Where(static block => !block.Leaving).ToList();
                Assert.Equal(
                    (staying.Sum(static b => b.Size), staying.Sum(static b => b.Assigned), staying.Sum(static b => b.Cooling), staying.Sum(static b => b.Free)),
                    (eni.Total, eni.Assigned, eni.Cooling, eni.Free));
                var prefixes = staying.Where(static b => b.Size > 1).ToList();
                Assert.Equal(
                    (prefixes.Count, prefixes.Count(static b => b.Assigned == 0), prefixes.Where(static b => b.Assigned == 0).Sum(static b => b.Free),
                        prefixes.Count(static b => b.Idle), staying.Count(static b => b is { Size: 1, Idle: true })),
                    (eni.Prefixes, eni.Unopened, eni.FreeInUnopened, eni.IdlePrefixes, eni.IdleSingles));
                Assert.Equal(
                    staying.Where(static b => b.Free > 0).Select(static b => b.Size == 1 ? 0 : b.Free).DefaultIfEmpty(-1).Min(),
                    eni.Pick() is { } picked ? picked.Size == 1 ? 0 : picked.Free : -1);
                Assert.All(eni.Blocks.Where(static block => block.Leaving), static block => Assert.True(block.Idle));
            }

            Assert.Equal(_pods.Count, pool.Assigned);
            Assert.Equal(pool.Unlisted().Count(), pool.UnlistedCount);
        }

        private void Enter(Allocation allocation)
        {
            var address = Assert.Single(allocation.Addresses);
            if (_pods.TryGetValue(allocation.Key, out var known))
            {
                Assert.Equal(known, address);
                return;
            }

            Assert.DoesNotContain(address, _pods.Values);
            Assert.True(!_rests.TryGetValue(address, out var until) || until <= Node.Now.Monotonic, $"{address} was given while it cooled");
            _pods.Add(allocation.Key, address);
        }
    }
}
