using System.Text;
using static Tmds.Linux.LibC;

namespace AwsVpcCni.Linux.Files;

/// <summary>Files that are either the old or the new content after a crash at any moment, and the new one once the call returned.</summary>
public static class DurableFile
{
    /// <summary>
    /// Writes a temporary file beside <paramref name="path"/>, syncs it, renames it over the old one and syncs the folder: without
    /// the last step a power cut may bring the old file back (the rename is only in the folder's memory).
    /// </summary>
    /// <exception cref="IOException">The disk is full, read-only, or the folder is missing; the old content is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        // One writer per file (the caller's promise), so one name: a crash leaves at most one temporary file, and the next write takes it over.
        var temporary = path + ".tmp";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
                UnixCreateMode = mode,
            }))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw;
        }

        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static unsafe void SyncFolder(string folder)
    {
        int handle;
        fixed (byte* name = Encoding.UTF8.GetBytes(folder + '\0'))
            handle = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (handle < 0)
            throw new IOException($"cannot open the folder {folder} to sync it: errno {errno}");
        try
        {
            if (fsync(handle) != 0)
                throw new IOException($"cannot sync the folder {folder}: errno {errno}");
        }
        finally
        {
            _ = close(handle);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The write's own failure is what the caller must hear; the next write reuses the name.
        }
    }
}
