using System.Globalization;
using AwsVpcCni.Linux.Files;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>The pool's checkpoint on the node's disk, by default <c>/var/run/aws-node/ipam.json</c> (AWS_VPC_K8S_CNI_BACKING_STORE).</summary>
public sealed class CheckpointFile(string path) : ICheckpointStore
{
    /// <summary>No node has more: 50,000 pods would fit. A larger file is not ours and is not read into memory.</summary>
    private const long MaximumSize = 16 << 20;

    public Task<CheckpointRead> ReadAsync(CancellationToken cancellation) => Task.Run(Read, cancellation);

    public Task<CheckpointWrite> WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        Task.Run(() => Write(content), cancellation);

    /// <exception cref="StartException">The broken file can't be kept, so the next write would destroy it, or fail.</exception>
    public Task<string> SetAsideAsync(CancellationToken cancellation) => Task.Run(SetAside, cancellation);

    private CheckpointRead Read()
    {
        try
        {
            return DurableFile.Read(path, MaximumSize) is { } content ? new CheckpointRead.Found(content) : new CheckpointRead.Missing();
        }
        catch (FileTooLongException e)
        {
            return new CheckpointRead.Broken(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new CheckpointRead.Failed(e.Message);
        }
    }

    private CheckpointWrite Write(ReadOnlyMemory<byte> content)
    {
        try
        {
            DurableFile.Replace(path, content.Span);
            return new CheckpointWrite.Written();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new CheckpointWrite.Failed($"cannot write the checkpoint {path}: {e.Message}");
        }
    }

    private string SetAside()
    {
        // By its own time: starts that end before they write a new one find it again, and keep it once.
        var kept = $"{path}.corrupt-{File.GetLastWriteTimeUtc(path).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        try
        {
            DurableFile.KeepAs(path, kept);
            return kept;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"the checkpoint {path} is broken and cannot be kept as {kept}: {e.Message}. Make its folder writable, or move the file away by hand");
        }
    }
}
