namespace AwsVpcCni.Linux.Sockets;

/// <summary>
/// Whether a process is a pod's, by its <c>/proc/PID/cgroup</c>. By kubelet's name for pods where the whole path can be seen. From a
/// cgroup namespace of its own (cgroup_namespaces(7); the default of containers with cgroup v2) a reader sees a path from its own cgroup
/// on: <c>/../../podB/y</c> is a neighbour in <c>/kubepods/burstable</c>, and the word is cut away.
/// </summary>
internal static class CgroupPlace
{
    /// <summary>kubelet's cgroups of pods, by either driver: <c>/kubepods/…</c>, <c>/kubepods.slice/…</c>.</summary>
    private const string PodCgroup = "kubepods";

    /// <summary>
    /// A path that leaves the reader's cgroup is the host's only when it climbs as far as that of the host's first process, which is at
    /// the root or in a cgroup of its own there: then it shares nothing with the reader's, so it isn't among kubelet's pods as the reader
    /// is. One that climbs less is below a cgroup that the reader is below too.
    /// </summary>
    /// <param name="cgroups">Of the process: a line <c>hierarchy:controllers:path</c> for each hierarchy (cgroups(7)).</param>
    /// <param name="first">Those of the host's first process; null where it can't be seen.</param>
    /// <param name="own">The reader's: what is in its own cgroup, or below, is not a pod's by the folders that both are in.</param>
    public static SocketHolder Of(string cgroups, string? first, string? own = null)
    {
        var holder = SocketHolder.Host;
        foreach (var (hierarchy, whole) in Lines(cgroups))
        {
            var path = Below(PathIn(own, hierarchy), whole);
            if (path.Contains(PodCgroup, StringComparison.Ordinal) || path.Split('/').Any(IsPodFolder))
                return SocketHolder.Pod;
            if (Climb(path) is var climb and > 0 && (PathIn(first, hierarchy) is not { } firsts || climb != Climb(firsts)))
                holder = SocketHolder.Unclear;
        }

        return holder;
    }

    /// <summary>
    /// What the cgroupfs driver calls a pod's folder, "pod" and its UID: still there where <c>kubepods</c> is cut away. A static pod's UID is
    /// the MD5 of its manifest in hexadecimal.
    /// </summary>
    private static bool IsPodFolder(string name) =>
        name.StartsWith("pod", StringComparison.Ordinal) && (Guid.TryParseExact(name.AsSpan(3), "D", out _) || Guid.TryParseExact(name.AsSpan(3), "N", out _));

    private static string Below(string? own, string path) =>
        own is not null && (path == own || path.StartsWith(own.TrimEnd('/') + "/", StringComparison.Ordinal)) ? path[own.TrimEnd('/').Length..] : path;

    private static string? PathIn(string? cgroups, string hierarchy)
    {
        foreach (var (id, path) in Lines(cgroups ?? ""))
        {
            if (id == hierarchy)
                return path;
        }

        return null;
    }

    private static int Climb(string path) => path.Split('/').Skip(1).TakeWhile(static part => part == "..").Count();

    private static IEnumerable<(string Hierarchy, string Path)> Lines(string cgroups) =>
        cgroups.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(':', 3)).Select(static parts => (parts[0], parts[^1]));
}
