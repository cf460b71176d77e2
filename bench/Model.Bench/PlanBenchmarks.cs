using AwsVpcCni.WarmPool.Model;
using BenchmarkDotNet.Attributes;

namespace AwsVpcCni.Model.Bench;

/// <summary>One turn of the planner. The bound for 15 ENIs: 200 µs.</summary>
public class PlanBenchmarks
{
    private FullPool _pool = null!;

    [Params(1, 5, 15)]
    public int Enis { get; set; }

    /// <summary>Of the addresses, how many pods have.</summary>
    [Params(0.0, 0.9)]
    public double Taken { get; set; }

    [GlobalSetup]
    public void SetUp() => _pool = new FullPool(Enis, Taken);

    /// <summary>What is asked after every event.</summary>
    [Benchmark]
    public Plan Plan() => _pool.Plan();
}
