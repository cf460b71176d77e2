using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Simulation.Host;

/// <summary>
/// The checkpoint file. A write is seen by the next process once it is renamed, and survives a loss of power once it is synced: a
/// writer that dies in between leaves one or the other.
/// </summary>
public sealed class Disk(World world, Random chance, Coverage coverage)
{
    private ReadOnlyMemory<byte>? _seen;
    private ReadOnlyMemory<byte>? _synced;

    /// <summary>Why writes fail now; null when they work.</summary>
    public string? Broken { get; set; }

    /// <summary>How long a write takes; ENOSPC comes as late.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(1);

    public int Writes { get; private set; }

    /// <summary>What a loss of power would leave.</summary>
    public ReadOnlyMemory<byte>? Synced => _synced;

    /// <summary>The next process finds this.</summary>
    public ReadOnlyMemory<byte>? Seen => _seen;

    /// <summary>A fresh opening of the file by a process.</summary>
    public ICheckpointStore OpenedBy(Process process, Action<string> moment) => new Handle(this, process, moment);

    /// <summary>The machine lost its power: what was not synced is gone.</summary>
    public void LosePower()
    {
        var before = _seen;
        _seen = _synced;
        // By what is gone, not by what ought to be: the coverage would notice a disk that loses nothing.
        if (before is { } had && !(_seen is { } left && left.Span.SequenceEqual(had.Span)))
            coverage.Count("fault", "unsynced write lost");
    }

    /// <summary>The file is gone, as a tmpfs is after a boot.</summary>
    public void Wipe() => _seen = _synced = null;

    /// <summary>The file is cut off in the middle.</summary>
    public void Tear()
    {
        if (_seen is { Length: > 2 } seen)
            _seen = _synced = seen[..(seen.Length / 2)];
    }

    private sealed class Handle(Disk disk, Process process, Action<string> moment) : ICheckpointStore
    {
        public Task<CheckpointRead> ReadAsync(CancellationToken cancellation) => Task.FromResult<CheckpointRead>(
            disk._seen is { } content ? new CheckpointRead.Found(content) : new CheckpointRead.Missing());

        public Task<CheckpointWrite> WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
        {
            disk.Writes++;
            var reply = new TaskCompletionSource<CheckpointWrite>(TaskCreationOptions.RunContinuationsAsynchronously);
            var took = disk.Latency * (0.5 + disk.Chance());
            var renamed = took * disk.Chance();
            moment("write begins");
            disk.After(renamed, () =>
            {
                // A dead process renames nothing.
                if (!process.Alive)
                    return;
                // Half of the failures are those of which nobody can tell: renamed, and the folder's sync failed.
                if (disk.Broken is null || disk.Chance() < 0.5)
                    disk._seen = content;
                moment("write renamed");
            });
            disk.After(took, () =>
            {
                if (!process.Alive)
                    return;
                if (disk.Broken is null)
                    disk._seen = disk._synced = content;
                disk.Count(disk.Broken is null ? "written" : "failed");
                reply.SetResult(disk.Broken is { } reason ? new CheckpointWrite.Failed(reason) : new CheckpointWrite.Written());
                moment("write ends");
            });
            return reply.Task;
        }

        public Task<string> SetAsideAsync(CancellationToken cancellation)
        {
            disk.Count("set aside");
            return Task.FromResult("ipam.json.corrupt-1");
        }
    }

    private double Chance() => chance.NextDouble();

    private void After(TimeSpan delay, Action happens) => world.After(delay, happens);

    private void Count(string what) => coverage.Count("checkpoint", what);
}
