using System.Diagnostics.CodeAnalysis;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>Resources by id, enumerated in the order of their creation: pages and replies must not depend on hash codes.</summary>
internal sealed class Table<T>
    where T : class
{
    private readonly Dictionary<string, long> _positions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, T> _rows = [];
    private readonly PastRows<T> _past = new();
    private long _next;

    public int Count => _rows.Count;

    public IEnumerable<T> All => _rows.Values;

    /// <summary>With each row's position, which is never used again after the row is gone.</summary>
    public IEnumerable<KeyValuePair<long, T>> Positions => _rows;

    public bool TryGet(string id, [NotNullWhen(true)] out T? row)
    {
        row = null;
        return _positions.TryGetValue(id, out var position) && _rows.TryGetValue(position, out row);
    }

    public bool Contains(string id) => _positions.ContainsKey(id);

    public T this[string id] => _rows[_positions[id]];

    public void Set(string id, T row)
    {
        if (!_positions.TryGetValue(id, out var position))
        {
            position = _next++;
            _positions.Add(id, position);
        }

        _rows[position] = row;
    }

    /// <summary>The same for descriptions that lag behind: they see it from <paramref name="at"/> on.</summary>
    /// <param name="lag">How far back somebody may look.</param>
    public void Set(string id, T row, DateTimeOffset at, TimeSpan lag)
    {
        TryGet(id, out var before);
        Set(id, row);
        _past.Note(_positions[id], id, before, at, lag);
    }

    /// <summary>Descriptions that lag behind still see it.</summary>
    public void Remove(string id, DateTimeOffset at, TimeSpan lag)
    {
        if (!_positions.Remove(id, out var position) || !_rows.Remove(position, out var row))
            return;

        _past.Note(position, id, row, at, lag);
    }

    /// <summary>All rows of that moment, with their positions.</summary>
    public IEnumerable<KeyValuePair<long, T>> At(DateTimeOffset seen) => _past.At(seen, this);

    /// <summary>Null when it was not there at that moment.</summary>
    public T? Find(string id, DateTimeOffset seen) => _past.Find(id, seen, this);
}
