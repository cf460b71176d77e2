namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Pods that want an address, first come first served, and those that gave up a moment ago: kubelet will make them a new sandbox,
/// with a new key and the same name, so growth goes on for them.
/// </summary>
public sealed class WaitingLine
{
    private readonly LinkedList<Wish> _line = [];
    private readonly Dictionary<PodKey, LinkedListNode<Wish>> _byKey = [];
    private readonly LinkedList<Wish> _lingering = [];
    private readonly Dictionary<PodName, LinkedListNode<Wish>> _lingeringByName = [];

    /// <summary>ADDs that wait now.</summary>
    public int Waiting => _line.Count;

    /// <summary>ADDs that timed out and are expected again.</summary>
    public int Lingering => _lingering.Count;

    /// <summary>Addresses that are wanted.</summary>
    public int Count => _line.Count + _lingering.Count;

    internal IEnumerable<Wish> All => _line.Concat(_lingering);

    public bool Contains(PodKey key) => _byKey.ContainsKey(key);

    /// <summary>Joins the line; a pod that comes again takes the place that its first ADD had.</summary>
    public void Join(PodKey key, PodName name, TimeSpan now)
    {
        if (_byKey.ContainsKey(key))
            return;

        var since = now;
        if (_lingeringByName.Remove(name, out var before))
        {
            since = before.Value.Since;
            _lingering.Remove(before);
        }

        var wish = new Wish(key, name, since, TimeSpan.MaxValue);
        var place = _line.Last;
        while (place is not null && place.Value.Since > since)
            place = place.Previous;
        _byKey[key] = place is null ? _line.AddFirst(wish) : _line.AddAfter(place, wish);
    }

    /// <summary>Whose turn it is.</summary>
    public bool TryPeek(out PodKey key, out PodName name)
    {
        if (_line.First is not { Value: var first })
        {
            (key, name) = (default, default);
            return false;
        }

        (key, name) = (first.Key, first.Name);
        return true;
    }

    /// <summary>Leaves the line: served, or gone.</summary>
    public bool Leave(PodKey key)
    {
        if (!_byKey.Remove(key, out var node))
            return false;
        _line.Remove(node);
        return true;
    }

    /// <summary>The pod that was expected again has come, and has what it wanted.</summary>
    internal void Forget(PodName name)
    {
        if (_lingeringByName.Remove(name, out var before))
            _lingering.Remove(before);
    }

    /// <summary>Timed out, and counts as wanted until then.</summary>
    public void Linger(PodKey key, TimeSpan until)
    {
        if (!_byKey.Remove(key, out var node))
            return;
        _line.Remove(node);
        if (_lingeringByName.Remove(node.Value.Name, out var older))
            _lingering.Remove(older);
        _lingeringByName[node.Value.Name] = _lingering.AddLast(node.Value with { Until = until });
    }

    /// <summary>Forgets those that were not heard of again; null, or when the next is to be forgotten.</summary>
    internal TimeSpan? Expire(TimeSpan now)
    {
        while (_lingering.First is { } first)
        {
            if (first.Value.Until > now)
                return first.Value.Until;
            _lingering.Remove(first);
            _lingeringByName.Remove(first.Value.Name);
        }

        return null;
    }

    internal sealed record Wish(PodKey Key, PodName Name, TimeSpan Since, TimeSpan Until);
}
