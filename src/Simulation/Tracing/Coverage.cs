namespace AwsVpcCni.Simulation.Tracing;

/// <summary>How often each outcome, fault and state transition occurred: a simulation that never does something proves nothing about it.</summary>
public sealed class Coverage
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Sorted by name, <c>group: what</c>.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Count(string group, string what)
    {
        var name = $"{group}: {what}";
        _counts[name] = _counts.GetValueOrDefault(name) + 1;
    }

    public void Add(Coverage other)
    {
        foreach (var (name, count) in other._counts)
            _counts[name] = _counts.GetValueOrDefault(name) + count;
    }

    /// <summary>What so many seeds should have seen, and never did.</summary>
    public IReadOnlyList<string> Missing(int seeds) => [.. Expected.After(seeds).Where(name => !_counts.ContainsKey(name))];

    /// <summary>What occurred and is on no list: nobody would notice if it ceased to.</summary>
    public IReadOnlyList<string> Unlisted() => [.. _counts.Keys.Except(Expected.All)];
}
