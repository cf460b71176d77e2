using AwsVpcCni.WarmPool.Model;
using BenchmarkDotNet.Attributes;

namespace AwsVpcCni.Model.Bench;

/// <summary>One pod's coming and going. The bound: 2 µs, at any size of the pool.</summary>
public class AssignBenchmarks
{
    private static readonly PodKey _key = new("aws-cni", "box", "eth0");
    private static readonly PodName _name = new("default", "web");

    private FullPool _pool = null!;

    [Params(1, 5, 15)]
    public int Enis { get; set; }

    [GlobalSetup]
    public void SetUp() => _pool = new FullPool(Enis, taken: 0.9);

    /// <summary>Of a pod that was never told its address.</summary>
    [Benchmark]
    public Allocation? AssignAndRelease()
    {
        _pool.Pool.TryAssign(_key, _name, _pool.Now);
        return _pool.Pool.Release(_key, _pool.Now.Monotonic, cooldown: null);
    }

    /// <summary>Of a pod that ran: its address rests, and one that has rested comes free.</summary>
    [Benchmark]
    public TimeSpan? AssignReleaseAndCool()
    {
        _pool.Now = _pool.Now with { Monotonic = _pool.Now.Monotonic + TimeSpan.FromSeconds(1) };
        _pool.Pool.TryAssign(_key, _name, _pool.Now);
        _pool.Pool.Release(_key, _pool.Now.Monotonic, TimeSpan.FromSeconds(30));
        return _pool.Pool.EndCooling(_pool.Now.Monotonic);
    }
}
