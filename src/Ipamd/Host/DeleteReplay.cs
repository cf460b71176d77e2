using System.Threading.Channels;
using AwsVpcCni.Cni.DeleteQueue;
using AwsVpcCni.Linux.Files;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>Carries out the DELs that the plugin noted while no daemon answered: before anybody is served, and as they come.</summary>
public sealed partial class DeleteReplay(DeleteFolder folder, WarmPoolEngine pool, TimeProvider time, ILogger logger)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        IReadOnlyList<(string File, DeleteNote? Note)> notes;
        try
        {
            folder.Sweep(time.GetUtcNow());
            notes = folder.Notes(static file => DurableFile.Read(file, DeleteNote.Longest));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable(logger, folder.Path, e.Message);
            return;
        }

        foreach (var (file, note) in notes)
        {
            if (note is null)
            {
                NoNote(logger, file);
                continue;
            }

            // Runtimes other than kubelet's restart a sandbox under its old id: its note is about the one before.
            var reply = await pool.DelNotedAsync(new PodKey(note.Network, note.Container, note.Interface), note.Time, cancellation);
            if (reply is DelReply.TryAgain again)
            {
                Kept(logger, file, again.Reason);
                continue;
            }

            Replayed(logger, $"{note.PodNamespace}/{note.PodName}", note.Container, note.Time);
            Forget(file);
        }
    }

    /// <summary>Until cancelled: a daemon that was too slow for a DEL finds its note a moment later.</summary>
    public async Task WatchAsync(CancellationToken cancellation)
    {
        var came = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var watcher = new FileSystemWatcher { NotifyFilter = NotifyFilters.FileName };
        watcher.Created += (_, _) => came.Writer.TryWrite(true);
        watcher.Renamed += (_, _) => came.Writer.TryWrite(true);
        watcher.Error += (_, _) => came.Writer.TryWrite(true);   // it lost some: look at all
        try
        {
            folder.Create();
            watcher.Path = folder.Path;
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Unwatched(logger, folder.Path, e.Message);
            return;
        }

        came.Writer.TryWrite(true);   // what came before the watch
        await foreach (var _ in came.Reader.ReadAllAsync(cancellation))
            await RunAsync(cancellation);
    }

    private void Forget(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Replaying it again at the next start finds an unknown pod: harmless, and said.
            Kept(logger, file, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "pod {Pod} ({Container}) was deleted at {Time} while no daemon answered")]
    private static partial void Replayed(ILogger logger, string pod, string container, DateTimeOffset time);

    [LoggerMessage(LogLevel.Warning, "{File} is no note of a DEL; it is left where it is, please look at it")]
    private static partial void NoNote(ILogger logger, string file);

    [LoggerMessage(LogLevel.Warning, "{File} stays for the next start: {Reason}")]
    private static partial void Kept(ILogger logger, string file, string reason);

    [LoggerMessage(LogLevel.Warning, "cannot watch {Folder}: {Reason}; DELs that are noted there while this daemon runs are carried out at the next start")]
    private static partial void Unwatched(ILogger logger, string folder, string reason);

    [LoggerMessage(LogLevel.Error, "cannot read the DELs noted in {Folder}: {Reason}; their addresses stay taken until the next start")]
    private static partial void Unreadable(ILogger logger, string folder, string reason);
}
