using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>
/// Resources of one kind as they were: what Describe calls that lag behind show (ec2-facts.md §5: fresh ones NotFound, Describe stale after a
/// change, deleted ones still listed). It goes back as far as the lag that is set.
/// </summary>
internal sealed class PastRows<T>
    where T : class
{
    private readonly SortedDictionary<long, Entry> _entries = [];

    public void Note(long position, string id, T? before, DateTimeOffset at, TimeSpan lag)
    {
        Forget(at - lag);
        if (lag == TimeSpan.Zero)
            return;

        if (!_entries.TryGetValue(position, out var entry))
            _entries.Add(position, entry = new Entry(id, new History<T?>()));
        entry.History.Note(at, before);
    }

    /// <summary>All of them at that time, in the order of their creation.</summary>
    public IEnumerable<KeyValuePair<long, T>> At(DateTimeOffset time, Table<T> present)
    {
        if (_entries.Count == 0)
            return present.Positions;

        SortedDictionary<long, T> then = [];
        foreach (var (position, row) in present.Positions)
            then.Add(position, row);
        foreach (var (position, entry) in _entries)
        {
            if (entry.History.At(time, then.GetValueOrDefault(position)) is { } was)
                then[position] = was;
            else
                then.Remove(position);
        }

        return then;
    }

    public T? Find(string id, DateTimeOffset time, Table<T> present)
    {
        var now = present.TryGet(id, out var row) ? row : null;
        var entry = _entries.Values.FirstOrDefault(entry => entry.Id == id);
        return entry is null ? now : entry.History.At(time, now);
    }

    private void Forget(DateTimeOffset before)
    {
        foreach (var (position, entry) in _entries.ToList())
        {
            entry.History.Forget(before);
            if (entry.History.IsEmpty)
                _entries.Remove(position);
        }
    }

    private sealed record Entry(string Id, History<T?> History);
}
