using System.Collections.Concurrent;
using System.Text.Json;

namespace AwsVpcCni.Bench.Shared;

/// <summary>What the daemon's log tells of its ENIs, by the daemon's clock.</summary>
internal sealed class DaemonLog
{
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<DateTimeOffset> _created = new();
    private readonly Dictionary<string, DateTimeOffset> _from = [];
    private readonly ConcurrentDictionary<string, TimeSpan> _routed = new();
    private readonly ConcurrentQueue<DateTimeOffset> _asked = new();
    private readonly ConcurrentQueue<DateTimeOffset> _given = new();
    private readonly ConcurrentQueue<DateTimeOffset> _creates = new();
    private readonly List<(Func<bool> Wanted, TaskCompletionSource Seen)> _waiters = [];
    private readonly CancellationToken _interrupted;
    private volatile Pool _pool = new(0, 0, 0);

    /// <param name="copy">Where the lines go, for whoever wants to know more.</param>
    /// <param name="interrupted">Ends all waits for lines.</param>
    internal DaemonLog(StreamReader lines, string copy, CancellationToken interrupted)
    {
        _interrupted = interrupted;
        _ = ReadAsync(lines, copy);
    }

    internal Task Serving => _serving.Task.WaitAsync(_interrupted);

    /// <summary>For each ENI that the daemon made, from its CreateNetworkInterface call to "routed".</summary>
    internal IReadOnlyDictionary<string, TimeSpan> CreateToRouted => _routed;

    /// <summary>Ends when the daemon says that its pool is so.</summary>
    internal Task PoolUntilAsync(Func<Pool, bool> wanted) => UntilAsync(() => wanted(_pool));

    /// <summary>From the first ADD's arrival to the last one's answer, once so many were answered with an address.</summary>
    internal async Task<TimeSpan> BurstAsync(int pods)
    {
        await UntilAsync(() => _given.Count >= pods);   // the log's lines come a moment after the answers
        return _given.Max() - _asked.Min();
    }

    /// <summary>From the first ADD's arrival to the last one's.</summary>
    internal TimeSpan Arrivals => _asked.Max() - _asked.Min();

    /// <summary>From the first ADD's arrival to the last CreateNetworkInterface call.</summary>
    internal TimeSpan LastCreate => _creates.Max() - _asked.Min();

    private async Task ReadAsync(StreamReader lines, string path)
    {
        await using var copy = new StreamWriter(path);
        while (await lines.ReadLineAsync() is { } line)
        {
            await copy.WriteLineAsync(line);
            using var json = JsonDocument.Parse(line);
            Read(json.RootElement);
            Tell();
        }

        _serving.TrySetException(new InvalidOperationException("ipamd ended before it served"));
    }

    private void Read(JsonElement line)
    {
        var at = line.GetProperty("ts").GetDateTimeOffset();
        if (line.GetProperty("msg").GetString()!.StartsWith("serving, ", StringComparison.Ordinal))
            _serving.TrySetResult();
        if (Text("Action") == "CreateNetworkInterface" && Text("Error") is null)
        {
            // A call's line comes when it has ended, the ENI's own right after it: in the same order.
            _created.Enqueue(Begun());
            _creates.Enqueue(Begun());
        }
        else if (Text("Eni") is { } made && Text("Before") == "Creating" && _created.TryDequeue(out var begun))
            _from[made] = begun;
        else if (Text("Eni") is { } eni && Text("State") == "Routed" && _from.Remove(eni, out var from))
            _routed[eni] = at - from;
        if (line.TryGetProperty("Waiting", out var waiting))
            _pool = new Pool(line.GetProperty("Total").GetInt32(), line.GetProperty("Free").GetInt32(), waiting.GetInt32());
        if (Text("Pod") is not null && Text("Address") is not null)
        {
            _asked.Enqueue(Begun());
            _given.Enqueue(at);
        }

        DateTimeOffset Begun() => at - TimeSpan.FromMilliseconds(line.GetProperty("Milliseconds").GetDouble());

        string? Text(string name) => line.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    private Task UntilAsync(Func<bool> wanted)
    {
        lock (_waiters)
        {
            if (wanted())
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((wanted, seen));
            return seen.Task.WaitAsync(_interrupted);
        }
    }

    private void Tell()
    {
        lock (_waiters)
        {
            foreach (var (_, seen) in _waiters.Where(static waiter => waiter.Wanted()))
                seen.TrySetResult();
            _waiters.RemoveAll(waiter => waiter.Seen.Task.IsCompleted);
        }
    }

    /// <summary>The pool as the daemon's line "warm pool" has it, in addresses and in pods that wait.</summary>
    internal sealed record Pool(int Total, int Free, int Waiting);
}
