using System.Diagnostics;
using System.Globalization;

namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>
/// The cgroup under which a runtime's pods live, in each hierarchy of this machine. By it the processes of pods are found whatever became
/// of their runtime; the folders go with the test.
/// </summary>
internal sealed class PodCgroups : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>Of all tests of this process together a name of its own, in no pod-like form: kubelet's are kubepods.</summary>
    public string Name { get; } = $"runtime-test-{Guid.NewGuid():N}"[..24];

    public void Dispose()
    {
        foreach (var cgroup in All())
            EndProcesses(cgroup);

        // rmdir(2) leaves from the leaves up; a cgroup's own files go with it.
        foreach (var cgroup in All().OrderByDescending(folder => folder.Length))
            Remove(cgroup);
    }

    private List<string> All() =>
        [.. Folders().SelectMany(folder => Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).Append(folder))];

    private List<string> Folders() =>
        [.. Directory.EnumerateDirectories(Root).Append(Root).Select(hierarchy => Path.Combine(hierarchy, Name)).Where(Directory.Exists)];

    private static void EndProcesses(string cgroup)
    {
        try
        {
            foreach (var line in File.ReadAllLines(Path.Combine(cgroup, "cgroup.procs")))
                End(int.Parse(line, CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            // A shim removes the cgroup of a container that has ended.
        }
    }

    private static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            process.WaitForExit(TimeSpan.FromSeconds(10));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // Gone meanwhile.
        }
    }

    private static void Remove(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup, recursive: false);
        }
        catch (DirectoryNotFoundException)
        {
            // By a shim.
        }
    }
}
