using AwsVpcCni.Cni.DeleteQueue;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>Carries out the DELs that the plugin noted while no daemon answered, before anybody is served.</summary>
public sealed partial class DeleteReplay(DeleteFolder folder, WarmPoolEngine pool, ILogger logger)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        IReadOnlyList<(string File, DeleteNote? Note)> notes;
        try
        {
            notes = folder.Notes();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable(logger, folder.Path, e.Message);
            return;
        }

        if (notes.Count == 0)
            return;
        var assigned = (await pool.ViewAsync(cancellation)).Pods.ToDictionary(static pod => pod.Key, static pod => pod.AssignedAt);
        foreach (var (file, note) in notes)
        {
            if (note is null)
            {
                NoNote(logger, file);
                continue;
            }

            // Runtimes other than kubelet's restart a sandbox under its old id: then the note is about the one before.
            if (assigned.TryGetValue(new PodKey(note.Network, note.Container, note.Interface), out var since) && since > note.Time)
            {
                Outdated(logger, $"{note.PodNamespace}/{note.PodName}", note.Container, note.Time);
                Forget(file);
                continue;
            }

            var reply = await pool.DelAsync(new PodKey(note.Network, note.Container, note.Interface), cancellation);
            if (reply is DelReply.TryAgain again)
            {
                Kept(logger, file, again.Reason);
                continue;
            }

            Replayed(logger, $"{note.PodNamespace}/{note.PodName}", note.Container, note.Time);
            Forget(file);
        }
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

    [LoggerMessage(LogLevel.Information, "pod {Pod} ({Container}) has been added again after its DEL at {Time}: nothing is released")]
    private static partial void Outdated(ILogger logger, string pod, string container, DateTimeOffset time);

    [LoggerMessage(LogLevel.Warning, "{File} is no note of a DEL; it is left where it is, please look at it")]
    private static partial void NoNote(ILogger logger, string file);

    [LoggerMessage(LogLevel.Warning, "{File} stays for the next start: {Reason}")]
    private static partial void Kept(ILogger logger, string file, string reason);

    [LoggerMessage(LogLevel.Error, "cannot read the DELs noted in {Folder}: {Reason}; their addresses stay taken until the next start")]
    private static partial void Unreadable(ILogger logger, string folder, string reason);
}
