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
        foreach (var folder in Folders())
        {
            foreach (var inside in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
                EndProcesses(inside);
        }

        // rmdir(2) leaves from the leaves up; a cgroup's own files go with it.
        foreach (var folder in Folders().SelectMany(f => Directory.EnumerateDirectories(f, "*", SearchOption.AllDirectories).Append(f)).OrderByDescending(f => f.Length))
            Directory.Delete(folder, recursive: false);
    }

    private List<string> Folders() =>
        [.. Directory.EnumerateDirectories(Root).Append(Root).Select(hierarchy => Path.Combine(hierarchy, Name)).Where(Directory.Exists)];

    private static void EndProcesses(string cgroup)
    {
        foreach (var line in File.ReadLines(Path.Combine(cgroup, "cgroup.procs")).ToList())
        {
            try
            {
                using var process = Process.GetProcessById(int.Parse(line, CultureInfo.InvariantCulture));
                process.Kill();
                process.WaitForExit(TimeSpan.FromSeconds(10));
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // Gone meanwhile.
            }
        }
    }
}
