using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.WarmPool.Tests.Doubles;

/// <summary>A checkpoint file that takes time, can fail, and shows after a crash what had reached it.</summary>
internal sealed class DiskInMemory(World world) : ICheckpointStore
{
    public ReadOnlyMemory<byte>? Content { get; set; }

    public ReadOnlyMemory<byte>? SetAside { get; private set; }

    /// <summary>Why every write fails; null when they work.</summary>
    public string? Broken { get; set; }

    /// <summary>Writes that begin now never end, as on a disk that hangs.</summary>
    public bool Hangs { get; set; }

    public int Writes { get; private set; }

    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Bytes beyond which the content is none of a checkpoint.</summary>
    public int Longest { get; set; } = int.MaxValue;

    public Task<CheckpointRead> ReadAsync(CancellationToken cancellation) => Task.FromResult<CheckpointRead>(
        Content is { Length: var length } && length > Longest ? new CheckpointRead.Broken($"{length} bytes are too many")
        : Content is { } content ? new CheckpointRead.Found(content) : new CheckpointRead.Missing());

    public Task<CheckpointWrite> WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        Writes++;
        var reply = new TaskCompletionSource<CheckpointWrite>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Hangs)
            return reply.Task;
        var broken = Broken;
        world.After(Latency * (0.5 + world.Random.NextDouble()), () =>
        {
            if (broken is null)
                Content = content;
            reply.SetResult(broken is null ? new CheckpointWrite.Written() : new CheckpointWrite.Failed(broken));
        });
        return reply.Task;
    }

    public Task<string> SetAsideAsync(CancellationToken cancellation)
    {
        SetAside = Content;
        return Task.FromResult("ipam.json.corrupt-1");
    }
}
