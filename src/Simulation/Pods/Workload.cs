using System.Globalization;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Pods;

/// <summary>How pods come and go on a node.</summary>
public enum WorkloadKind
{
    /// <summary>Poisson arrivals, exponential lives.</summary>
    Steady,

    /// <summary>Many at once, again and again.</summary>
    Burst,

    /// <summary>All of it, then nothing for minutes.</summary>
    ScaleToZero,

    /// <summary>Every minute some short ones together.</summary>
    CronStorm,

    /// <summary>Each pod is replaced by another one, the new one first.</summary>
    DeployRoll,

    /// <summary>A StatefulSet: each pod is replaced by one of the same name.</summary>
    SameNames,
}

/// <summary>One workload on one node.</summary>
/// <param name="most">Pods at a time, those counted whose addresses still rest.</param>
/// <param name="rest">How long an ended pod still counts.</param>
public sealed class Workload(World world, Kubelet kubelet, WorkloadKind kind, int most, TimeSpan rest)
{
    private readonly Random _chance = world.NewRandom("workload");
    private readonly Queue<TimeSpan> _ended = [];
    private readonly List<Pod> _pods = [];
    private TimeSpan _until;
    private int _last;

    public Task RunAsync(TimeSpan duration)
    {
        _until = world.Now + duration;
        return kind switch
        {
            WorkloadKind.Steady => SteadyAsync(),
            WorkloadKind.Burst => BurstAsync(),
            WorkloadKind.ScaleToZero => ScaleToZeroAsync(),
            WorkloadKind.CronStorm => CronStormAsync(),
            WorkloadKind.DeployRoll => RollAsync(sameNames: false),
            WorkloadKind.SameNames => RollAsync(sameNames: true),
            _ => throw new InvalidOperationException($"no rule for {kind}"),
        };
    }

    /// <summary>Deletes pods until no more than so many are wanted.</summary>
    public void Shrink(int wanted)
    {
        while (_pods.Count > wanted)
            Delete(_pods[^1]);
        foreach (var extra in kubelet.Pods.Where(pod => !pod.IsDeleted && !_pods.Contains(pod)).ToList())
            kubelet.Delete(extra);
    }

    private async Task SteadyAsync()
    {
        var life = TimeSpan.FromSeconds(20 + (_chance.NextDouble() * 100));
        var gap = life / Math.Max(1, most * 0.6);
        while (world.Now < _until)
        {
            if (TryCreate() is { } pod)
                DeleteAfter(pod, Exponential(life));
            await SleepAsync(Exponential(gap));
        }
    }

    private async Task BurstAsync()
    {
        while (world.Now < _until)
        {
            foreach (var pod in TryCreate(Share(0.6, 1)))
                DeleteAfter(pod, Between(45, 90));
            await SleepAsync(Between(120, 240));
        }
    }

    private async Task ScaleToZeroAsync()
    {
        while (world.Now < _until)
        {
            TryCreate(Share(0.3, 1));
            await SleepAsync(Between(30, 120));
            Shrink(0);
            await SleepAsync(Between(60, 240));
        }
    }

    private async Task CronStormAsync()
    {
        while (world.Now < _until)
        {
            foreach (var pod in TryCreate(Share(0.2, 0.7)))
                DeleteAfter(pod, Between(5, 20));
            await SleepAsync(TimeSpan.FromSeconds(60));
        }
    }

    private async Task RollAsync(bool sameNames)
    {
        TryCreate(Math.Max(1, Share(0.3, 0.6)));
        while (world.Now < _until)
        {
            await SleepAsync(Between(1, 8));
            if (_pods.Count == 0)
            {
                TryCreate();
                continue;
            }

            var old = _pods[0];
            if (sameNames)
            {
                // A controller makes the next pod of a name once the old one is gone, by force at the earliest once it ran.
                if (old.Address is null)
                    continue;
                Delete(old);
                TryCreate(old.Name);
            }
            else if (TryCreate() is not null)
            {
                await SleepAsync(Between(0.5, 3));
                Delete(old);
            }

            if (_chance.Next(10) == 0)
                await SleepAsync(Between(30, 120));
        }
    }

    private List<Pod> TryCreate(int count)
    {
        var made = new List<Pod>();
        for (var i = 0; i < count && TryCreate() is { } pod; i++)
            made.Add(pod);
        return made;
    }

    private Pod? TryCreate(PodName? name = null)
    {
        while (_ended.TryPeek(out var end) && end + rest < world.Now)
            _ended.Dequeue();
        if (_pods.Count + _ended.Count >= most)
            return null;
        var pod = kubelet.Create(name ?? new PodName("ns", string.Create(CultureInfo.InvariantCulture, $"p{++_last}")));
        _pods.Add(pod);
        return pod;
    }

    private void DeleteAfter(Pod pod, TimeSpan life) => world.After(life, () =>
    {
        if (world.Now < _until)
            Delete(pod);
    });

    private void Delete(Pod pod)
    {
        if (!_pods.Remove(pod))
            return;
        _ended.Enqueue(world.Now);
        kubelet.Delete(pod);
    }

    private int Share(double least, double mostShare) => (int)Math.Round(most * (least + (_chance.NextDouble() * (mostShare - least))));

    private Task SleepAsync(TimeSpan time) => world.Main.SleepAsync(time);

    private TimeSpan Between(double least, double mostSeconds) => TimeSpan.FromSeconds(least + (_chance.NextDouble() * (mostSeconds - least)));

    private TimeSpan Exponential(TimeSpan mean) => mean * Math.Min(-Math.Log(1 - _chance.NextDouble()), 8);
}
