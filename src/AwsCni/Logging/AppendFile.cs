using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.AwsCni.Logging;

/// <summary>
/// A file that many processes append to at once: opened with O_APPEND, so that the kernel puts each write at the end, whole
/// (open(2)). FileMode.Append of .NET only seeks there once. With O_NONBLOCK, so that a pipe whose reader is gone or asleep costs log
/// lines and no pod.
/// </summary>
internal static partial class AppendFile
{
    private const int WriteOnly = 0x1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int NonBlock = 0x800;
    private const int CloseOnExec = 0x80000;

    /// <summary>What the original's log file has: readable for the node's log collector.</summary>
    private const int Mode = 0x1A4; // 0644

    /// <exception cref="IOException">It can't be opened; the message has the path and the reason.</exception>
    /// <exception cref="UnauthorizedAccessException">Its folder can't be made.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new IOException("a path can't hold U+0000");
        var file = OpenFile(path, WriteOnly | Create | Append | NonBlock | CloseOnExec, Mode);
        if (file < 0 && Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            file = OpenFile(path, WriteOnly | Create | Append | NonBlock | CloseOnExec, Mode);
        }

        return file >= 0
            ? new SafeFileHandle(file, ownsHandle: true)
            : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, int mode);
}
