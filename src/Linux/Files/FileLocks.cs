using System.Globalization;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Files;

/// <summary>Who holds a file's lock by flock(2), as <c>/proc/locks</c> tells it: <c>1: FLOCK ADVISORY WRITE 1234 00:1b:5243 0 EOF</c> (proc_locks(5)).</summary>
public static unsafe class FileLocks
{
    /// <summary>The process that has locked it exclusively; null when none has, when there is no such file, or when its PID namespace can't be seen.</summary>
    /// <exception cref="IOException">/proc can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">So too.</exception>
    public static int? HolderOf(string path)
    {
        if (Identity(path) is not { } wanted)
            return null;
        foreach (var line in File.ReadLines("/proc/locks"))
        {
            // Who waits for a lock has "->" as the second word.
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "FLOCK", _, "WRITE", var process, var file, ..]
                && file == wanted
                && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && id > 0)
                return id;
        }

        return null;
    }

    /// <summary>Device and inode, as the kernel prints them there.</summary>
    private static string? Identity(string path)
    {
        stat status;
        fixed (byte* name = CString.Encode(path))
        {
            if (LibC.stat(name, &status) != 0)
                return null;
        }

        var device = (ulong)status.st_dev;
        var major = (uint)(((device >> 8) & 0xfff) | ((device >> 32) & ~0xffful));   // gnu_dev_major, gnu_dev_minor
        var minor = (uint)((device & 0xff) | ((device >> 12) & ~0xfful));
        return string.Create(CultureInfo.InvariantCulture, $"{major:x2}:{minor:x2}:{(ulong)status.st_ino}");
    }
}
