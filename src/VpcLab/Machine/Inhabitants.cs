using System.Globalization;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>The processes that live in given namespaces.</summary>
internal static class Inhabitants
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    /// <summary>Ends every process in one of the namespaces: asked first (SIGTERM), after 3 s made to (SIGKILL).</summary>
    /// <param name="namespaces">As /proc/PID/ns/* links name them.</param>
    /// <param name="sparing">Process ids that are left alone.</param>
    /// <exception cref="LabException">Some survive SIGKILL for 3 s, which only a hung kernel call does.</exception>
    internal static void End(IReadOnlySet<string> namespaces, params IReadOnlyCollection<int> sparing)
    {
        if (namespaces.Count == 0)
            return;
        foreach (var signal in new[] { Libc.SigTerm, Libc.SigKill, Libc.SigKill })
        {
            var processes = Find(namespaces, sparing);
            try
            {
                foreach (var process in processes)
                    process.Send(signal);
                PidFd.WaitForEnd(processes, _patience);
            }
            finally
            {
                foreach (var process in processes)
                    process.Dispose();
            }
        }

        var left = Find(namespaces, sparing);
        foreach (var process in left)
            process.Dispose();
        if (left.Count > 0)
            throw new LabException($"These processes don't end: {string.Join(", ", left.Select(p => p.Pid))}. Look at /proc/PID/stack, then run vpclab down again.");
    }

    private static List<PidFd> Find(IReadOnlySet<string> namespaces, IReadOnlyCollection<int> sparing)
    {
        var found = new List<PidFd>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || sparing.Contains(pid))
                continue;
            if (!LivesIn(folder, namespaces) || PidFd.Open(pid) is not { } process)
                continue;

            // Asked again now that the number is held: it could have changed hands in between.
            if (LivesIn(folder, namespaces))
                found.Add(process);
            else
                process.Dispose();
        }

        return found;
    }

    private static bool LivesIn(string folder, IReadOnlySet<string> namespaces) =>
        Is(folder, "ns/net", namespaces) || Is(folder, "ns/mnt", namespaces);

    private static bool Is(string folder, string link, IReadOnlySet<string> namespaces)
    {
        try
        {
            return new FileInfo($"{folder}/{link}").LinkTarget is { } target && namespaces.Contains(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Gone meanwhile, or a zombie: it lives nowhere.
        }
    }
}
