using System.Globalization;
using System.Net.Sockets;
using AwsVpcCni.Linux.Netlink;
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

    /// <summary>The process that connected has ended: whose it was can't be told any more.</summary>
    Gone,
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

    /// <summary>A daemon stays where it was started.</summary>
    private static readonly string? _own = Read("/proc/self");

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
            switch (CgroupPlace.Of(cgroups, FirstProcess(), _own))
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

    /// <summary>Whether this process has the socket open. False also when its descriptors may not be looked at (proc(5), /proc/pid/fd).</summary>
    public static bool IsHeldBy(uint inode, int processId) =>
        Holds(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}"), string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]"));

    /// <summary>Looks at the one process that connected to a unix socket of ours; Unknown when its PID namespace can't be seen from here.</summary>
    /// <param name="connection">As accepted.</param>
    /// <param name="processId">As SO_PEERCRED tells it. Only asked where the kernel has no SO_PEERPIDFD (before Linux 6.5): who connects and
    /// ends at once leaves a number that may be another process's by now.</param>
    public static SocketHolder OfUnixPeer(Socket connection, int processId)
    {
        PeerPidFd? pidfd;
        try
        {
            pidfd = PeerPidFd.Of(connection);
        }
        catch (SocketException)
        {
            return SocketHolder.Gone;
        }

        using (pidfd)
            return OfProcess(pidfd, pidfd?.ProcessId ?? processId);
    }

    /// <param name="pidfd">Null on an old kernel.</param>
    internal static SocketHolder OfProcess(PeerPidFd? pidfd, int process)
    {
        if (process <= 0)
            return process == 0 ? SocketHolder.Unknown : SocketHolder.Gone;
        // PID 1 is not asked: who asks about a unix socket serves what is unclear.
        var place = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}")) is { } cgroups ? CgroupPlace.Of(cgroups, first: null, _own) : SocketHolder.Unknown;
        return IsThere(pidfd, process) ? place : SocketHolder.Gone;
    }

    /// <summary>A /proc may hide processes that are there (its option hidepid).</summary>
    private static bool IsThere(PeerPidFd? pidfd, int process) =>
        pidfd is null ? LibC.kill(process, 0) == 0 || (Errno)LibC.errno != Errno.ESRCH : pidfd.ProcessId == process;

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
