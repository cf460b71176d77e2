namespace AwsVpcCni.EndToEnd.Tests.World;

/// <summary>A cgroup named as kubelet names those of pods, in whichever hierarchy this machine has; gone with the test.</summary>
internal sealed class PodCgroup : IDisposable
{
    private readonly string _folder;

    private PodCgroup(string folder) => _folder = folder;

    public string Processes => Path.Combine(_folder, "cgroup.procs");

    public static PodCgroup Create()
    {
        var root = new[] { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" }.First(folder => File.Exists(Path.Combine(folder, "cgroup.procs")));
        return new PodCgroup(Directory.CreateDirectory(Path.Combine(root, $"kubepods-test-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName);
    }

    // rmdir(2): a cgroup's own files can't be deleted, and go with it.
    public void Dispose() => Directory.Delete(_folder, recursive: false);
}
