using AwsVpcCni.WarmPool.Model;
using BenchmarkDotNet.Attributes;

namespace AwsVpcCni.Model.Bench;

/// <summary>Turns of the planner that ask for something: each is measured once, on a pool made for it. The bound for 15 ENIs: 200 µs.</summary>
[InvocationCount(1)]
public class BusyPlanBenchmarks
{
    private static readonly TimeSpan _longer = TimeSpan.FromMinutes(10);

    private FullPool _pool = null!;

    [Params(5, 15)]
    public int Enis { get; set; }

    [IterationSetup(Target = nameof(Burst))]
    public void Fill()
    {
        _pool = new FullPool(Enis - 1, taken: 1);
        _pool.WantMore(pods: 500);
    }

    /// <summary>Every address is taken, 500 pods wait, one ENI more is to be had.</summary>
    [Benchmark]
    public Plan Burst() => _pool.Plan();

    [IterationSetup(Target = nameof(GiveBack))]
    public void Empty()
    {
        _pool = new FullPool(Enis, taken: 0);
        _pool.Plan();
        _pool.Now = _pool.Now with { Monotonic = _pool.Now.Monotonic + _longer };
    }

    /// <summary>The pods are gone for long: ENIs and prefixes go back.</summary>
    [Benchmark]
    public Plan GiveBack() => _pool.Plan();
}
