namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Pods that want an address, first come first served, and those that gave up a moment ago: kubelet will make them a new sandbox,
/// with a new key and the same name, so growth goes on for them.
/// </summary>
public sealed class WaitingLine
{
    private readonly LinkedList<Wish> line = [];
    private readonly Dictionary<PodKey, LinkedListNode<Wish>> byKey = [];
    private readonly LinkedList<Wish> lingering = [];
    private readonly Dictionary<PodName, LinkedListNode<Wish>> lingeringByName = [];

    /// <summary>ADDs that wait now.</summary>
    public int Waiting => line.Count;

    /// <summary>ADDs that timed out and are expected again.</summary>
    public int Lingering => lingering.Count;

    /// <summary>Addresses that are wanted.</summary>
    public int Count => line.Count + lingering.Count;

    internal IEnumerable<Wish> All => line.Concat(lingering);

    public bool Contains(PodKey key) => byKey.ContainsKey(key);

    /// <summary>Joins the line; a pod that comes again takes the place that its first ADD had.</summary>
    public void Join(PodKey key, PodName name, TimeSpan now)
    {
        if (byKey.ContainsKey(key))
            return;

        var since = now;
        if (lingeringByName.Remove(name, out var before))
        {
            since = before.Value.Since;
            lingering.Remove(before);
        }

        var wish = new Wish(key, name, since, TimeSpan.MaxValue);
        var place = line.Last;
        while (place is not null && place.Value.Since > since)
            place = place.Previous;
        byKey[key] = place is null ? line.AddFirst(wish) : line.AddAfter(place, wish);
    }

    /// <summary>Whose turn it is.</summary>
    public bool TryPeek(out PodKey key, out PodName name)
    {
        if (line.First is not { Value: var first })
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
        if (!byKey.Remove(key, out var node))
            return false;
        line.Remove(node);
        return true;
    }

    /// <summary>Timed out, and counts as wanted until then.</summary>
    public void Linger(PodKey key, TimeSpan until)
    {
        if (!byKey.Remove(key, out var node))
            return;
        line.Remove(node);
        if (lingeringByName.Remove(node.Value.Name, out var older))
            lingering.Remove(older);
        lingeringByName[node.Value.Name] = lingering.AddLast(node.Value with { Until = until });
    }

    /// <summary>Forgets those that were not heard of again; null, or when the next is to be forgotten.</summary>
    internal TimeSpan? Expire(TimeSpan now)
    {
        while (lingering.First is { } first)
        {
            if (first.Value.Until > now)
                return first.Value.Until;
            lingering.Remove(first);
            lingeringByName.Remove(first.Value.Name);
        }

        return null;
    }

    internal sealed record Wish(PodKey Key, PodName Name, TimeSpan Since, TimeSpan Until);
}
