using System.Text;
using AwsVpcCni.Linux.Netlink;
using Microsoft.Win32.SafeHandles;
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
                Sync((int)file.SafeFileHandle.DangerousGetHandle(), temporary);
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

    /// <summary>Gives the file a second name, and costs no space: it stays where it is, and is kept when another one replaces it there.</summary>
    /// <exception cref="IOException">The folder is read-only, or its file system has no such names. A name that is taken is left as it is.</exception>
    public static unsafe void KeepAs(string path, string kept)
    {
        fixed (byte* from = Encoding.UTF8.GetBytes(path + '\0'))
        fixed (byte* to = Encoding.UTF8.GetBytes(kept + '\0'))
        {
            if (link(from, to) != 0 && (Errno)errno is var error and not Errno.EEXIST)
                throw new IOException($"{path} can't be kept as {kept}: {error}");
        }
    }

    /// <summary>All of a regular file; null when there is none. Never waits, whatever has that name: a pipe without a writer would.</summary>
    /// <param name="most">Bytes; a longer file is refused.</param>
    /// <exception cref="FileTooLongException">It is longer.</exception>
    /// <exception cref="IOException">It can't be read, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static unsafe byte[]? Read(string path, long most)
    {
        int descriptor;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            descriptor = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (descriptor < 0)
        {
            return (Errno)errno switch
            {
                Errno.ENOENT => null,
                Errno.EACCES or Errno.EPERM => throw new UnauthorizedAccessException($"{path} may not be read"),
                var error => throw new IOException($"{path} can't be opened: {error}"),
            };
        }

        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            var length = RandomAccess.GetLength(file);
            if (length > most)
                throw new FileTooLongException(path, length, most);
            var content = new byte[length];
            var read = 0;
            while (read < length && RandomAccess.Read(file, content.AsSpan(read), read) is var count && count > 0)
                read += count;
            return content[..read];
        }
        catch (NotSupportedException)
        {
            throw new IOException($"{path} is no regular file");
        }
    }

    private static unsafe void SyncFolder(string folder)
    {
        int handle;
        fixed (byte* name = Encoding.UTF8.GetBytes(folder + '\0'))
            handle = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (handle < 0)
            throw new IOException($"cannot open the folder {folder} to sync it: {(Errno)errno}");
        try
        {
            Sync(handle, $"the folder {folder}");
        }
        finally
        {
            _ = close(handle);
        }
    }

    /// <summary>Not by FileStream.Flush, which keeps to itself that the disk has refused. A file system that knows no syncing is no refusal.</summary>
    private static void Sync(int handle, string what)
    {
        while (fsync(handle) != 0)
        {
            switch ((Errno)errno)
            {
                case Errno.EINTR:
                    continue;
                case Errno.EINVAL or Errno.EOPNOTSUPP:
                    return;
                case var error:
                    throw new IOException($"cannot sync {what}: {error}");
            }
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
