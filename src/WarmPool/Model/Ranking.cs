using System.Numerics;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Items by level, the highest at hand. Moving one and finding the highest cost the same however many there are, and allocate nothing:
/// an ADD picks its ENI and its prefix without a scan.
/// </summary>
internal sealed class Ranking<T>
    where T : class
{
    private const int BitsPerWord = 64;

    private readonly List<LinkedList<T>> _levels = [];
    private readonly List<ulong> _occupied = [];

    /// <summary>The item that has been longest at the highest level that has any; null when there is none.</summary>
    public T? Highest
    {
        get
        {
            for (var word = _occupied.Count - 1; word >= 0; word--)
            {
                if (_occupied[word] != 0)
                    return _levels[(word * BitsPerWord) + BitOperations.Log2(_occupied[word])].First!.Value;
            }

            return null;
        }
    }

    /// <summary>Puts the item at that level; null takes it out. An item that stays keeps its place.</summary>
    /// <param name="level">0 or more.</param>
    public void Put(Rank<T> rank, int? level)
    {
        if (rank.Level == level)
            return;
        if (rank.Level is { } before)
        {
            _levels[before].Remove(rank.Node);
            if (_levels[before].Count == 0)
                _occupied[before / BitsPerWord] &= ~(1UL << (before % BitsPerWord));
        }

        rank.Level = level;
        if (level is not { } now)
            return;
        while (_levels.Count <= now)
            _levels.Add([]);
        while (_occupied.Count <= now / BitsPerWord)
            _occupied.Add(0);
        _levels[now].AddLast(rank.Node);
        _occupied[now / BitsPerWord] |= 1UL << (now % BitsPerWord);
    }
}

/// <summary>An item's place in one <see cref="Ranking{T}"/>.</summary>
internal sealed class Rank<T>(T item)
    where T : class
{
    public LinkedListNode<T> Node { get; } = new(item);

    /// <summary>Null while it is not in the ranking.</summary>
    public int? Level { get; set; }
}
