using System.Globalization;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Sockets;

/// <summary>Who holds a socket open.</summary>
public enum SocketHolder
{
    /// <summary>No process that can be seen from here.</summary>
    Unknown,

    /// <summary>Only processes outside of pods.</summary>
    Host,

    /// <summary>At least one process of a pod.</summary>
    Pod,

    /// <summary>No process that is known to be a pod's, but one of which it can't be told.</summary>
    Unclear,
}

/// <summary>
/// Tells whether a socket is a pod's: a hostNetwork pod is uid 0 on loopback like the host's own programs, only its processes'
/// cgroup gives it away. By /proc, because INET_DIAG_CGROUP_ID knows cgroup v2 only.
/// </summary>
/// <remarks>Looks through all processes: for connections, not for packets. Processes outside of this PID namespace can't be seen.</remarks>
public static unsafe class SocketHolders
{
    /// <summary>The host's: PROC_CGROUP_INIT_INO (linux/proc_ns.h), the same on every kernel.</summary>
    private const string FirstCgroupNamespace = "cgroup:[4026531835]";

    /// <summary>Looks at every process that has the socket open, and at its cgroups.</summary>
    /// <param name="inode">Of the socket, as <see cref="SocketOwner"/> has it.</param>
    public static SocketHolder Of(uint inode)
    {
        var wanted = string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]");
        var holder = SocketHolder.Unknown;
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(process["/proc/".Length]) || !Holds(process, wanted))
                continue;

            // A process that ended meanwhile has no cgroup left to ask: it proves nothing.
            if (Read(process) is not { } cgroups)
                continue;
            switch (CgroupPlace.Of(cgroups, FirstProcess()))
            {
                case SocketHolder.Pod:
                    return SocketHolder.Pod;
                case SocketHolder.Host when holder == SocketHolder.Unknown:
                    holder = SocketHolder.Host;
                    break;
                case SocketHolder.Unclear:
                    holder = SocketHolder.Unclear;
                    break;
            }
        }

        return holder;
    }

    private static bool Holds(string process, string socket)
    {
        IEnumerable<string> files;
        try
        {
            files = Directory.EnumerateFileSystemEntries(process + "/fd");
            foreach (var file in files)
            {
                if (LinkEquals(file, socket))
                    return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended while we looked, or not ours to look at: not the one, or nobody can say.
        }
        return false;
    }

    private static bool LinkEquals(string path, string expected)
    {
        Span<byte> target = stackalloc byte[64];
        long length;
        fixed (byte* name = CString.Encode(path))
        fixed (byte* p = target)
            length = LibC.readlink(name, p, target.Length);
        return length == expected.Length && CString.Decode(target[..(int)length]) == expected;
    }

    /// <summary>PID 1 of this PID namespace, if that is the host's (hostPID) and not a pod's.</summary>
    private static string? FirstProcess() => LinkEquals("/proc/1/ns/cgroup", FirstCgroupNamespace) ? Read("/proc/1") : null;

    private static string? Read(string process)
    {
        try
        {
            return File.ReadAllText(process + "/cgroup");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
