namespace AwsVpcCni.WarmPool.Engine.Seams;

/// <summary>Where the pool's promises survive a crash. One write at a time; the engine never asks for a second before the first ended.</summary>
public interface ICheckpointStore
{
    /// <summary>The last write that was completed, or null when there never was one.</summary>
    Task<CheckpointRead> ReadAsync(CancellationToken cancellation);

    /// <summary>Durable when it returns Written: file, rename and folder are on the disk.</summary>
    Task<CheckpointWrite> WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>
    /// Keeps unreadable content for people (as <c>.corrupt-TIME</c>), and where it is until a write replaces it: a start that ends before
    /// that must not look like a new node's. Returns the kept file's name.
    /// </summary>
    Task<string> SetAsideAsync(CancellationToken cancellation);
}

public abstract record CheckpointRead
{
    private CheckpointRead()
    {
    }

    public sealed record Missing : CheckpointRead;

    public sealed record Found(ReadOnlyMemory<byte> Content) : CheckpointRead;

    /// <summary>There is content, and it is none of a checkpoint: a person may want to see it before the next write destroys it.</summary>
    public sealed record Broken(string Reason) : CheckpointRead;

    /// <summary>There is something, and it can't be read.</summary>
    public sealed record Failed(string Reason) : CheckpointRead;
}

public abstract record CheckpointWrite
{
    private CheckpointWrite()
    {
    }

    public sealed record Written : CheckpointWrite;

    /// <summary>Nothing changed on the disk, or nobody can tell (disk full, read-only): the reason names the file.</summary>
    public sealed record Failed(string Reason) : CheckpointWrite;
}
