using AwsVpcCni.Linux.Netfilter;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>What the router dropped: the last packets one by one, all of them counted per port and reason. Safe for many threads.</summary>
internal sealed class DropLog(TimeProvider time)
{
    /// <summary>Packets that are kept.</summary>
    internal const int Capacity = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<Drop> _drops = new();
    private readonly Dictionary<int, string> _ports = [];
    private readonly Dictionary<(string From, string Reason), long> _counts = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _last;
    private long _untold;
    private uint _nextSequence;
    private string? _failure;

    /// <summary>Packets that came by this link were this port's. A namespace doesn't give a link's index to another soon, so late news finds its port.</summary>
    internal void AddPort(int linkIndex, string name)
    {
        lock (_lock)
            _ports[linkIndex] = name;
    }

    /// <summary>Notes one that the kernel told.</summary>
    internal void Add(LoggedPacket packet)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (packet.Sequence is { } sequence)
            {
                _untold += sequence - _nextSequence;
                _nextSequence = sequence + 1;
            }

            var from = packet.IngressIndex is { } index && _ports.TryGetValue(index, out var name) ? name : "unknown";
            _counts[(from, packet.Prefix)] = _counts.GetValueOrDefault((from, packet.Prefix)) + 1;
            if (_drops.Count == Capacity)
                _drops.Dequeue();
            _drops.Enqueue(new Drop(++_last, time.GetUtcNow(), from, packet.Source, packet.Destination, packet.Length, packet.Protocol, packet.Prefix));
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>Nothing more will be told.</summary>
    internal void Fail(Exception reason)
    {
        lock (_lock)
            _failure = $"The drop log has ended: {reason.Message}";
    }

    /// <summary>Null while the log works.</summary>
    internal string? Failure
    {
        get
        {
            lock (_lock)
                return _failure;
        }
    }

    /// <summary>Dropped packets that the kernel could not tell because too many came at once.</summary>
    internal long Untold
    {
        get
        {
            lock (_lock)
                return _untold;
        }
    }

    /// <summary>Those after a number that are still kept, oldest first.</summary>
    internal IReadOnlyList<Drop> After(long number)
    {
        lock (_lock)
            return [.. _drops.Where(drop => drop.Number > number)];
    }

    /// <summary>Ends when there is one after this number.</summary>
    internal async Task WaitAsync(long number, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_last > number)
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>How many by whom and why, since the lab began; sorted.</summary>
    internal IReadOnlyList<(string From, string Reason, long Count)> Counts()
    {
        lock (_lock)
        {
            return
            [
                .. _counts.Select(count => (count.Key.From, count.Key.Reason, count.Value))
                    .OrderBy(count => count.From, StringComparer.Ordinal).ThenBy(count => count.Reason, StringComparer.Ordinal),
            ];
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
