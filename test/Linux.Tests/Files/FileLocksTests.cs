using System.Diagnostics;
using AwsVpcCni.Linux.Files;

namespace AwsVpcCni.Linux.Tests.Files;

/// <summary>Who holds a lock, with a real process that does.</summary>
public sealed class FileLocksTests : IDisposable
{
    // On tmpfs, as a node's /run is.
    private readonly string _file = Path.Combine("/dev/shm", $"locks-{Guid.NewGuid():N}");

    [Fact]
    public void The_process_that_has_locked_a_file_is_told_and_nobody_when_it_has_ended()
    {
        Assert.Null(FileLocks.HolderOf(_file));
        File.WriteAllText(_file, "");
        Assert.Null(FileLocks.HolderOf(_file));
        using (new FileStream(_file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(Environment.ProcessId, FileLocks.HolderOf(_file));

            // One that waits for it has a line of its own there.
            using var waiting = Process.Start("flock", [_file, "true"]);
            Assert.Equal(Environment.ProcessId, FileLocks.HolderOf(_file));
            waiting.Kill();
            waiting.WaitForExit();
        }

        Assert.Null(FileLocks.HolderOf(_file));
    }

    [Fact]
    public void A_lock_of_another_file_or_one_that_is_shared_is_not_it()
    {
        File.WriteAllText(_file, "");
        using var other = new FileStream(_file + "-other", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        using var shared = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.Read);
        Assert.Null(FileLocks.HolderOf(_file));
    }

    public void Dispose()
    {
        File.Delete(_file);
        File.Delete(_file + "-other");
    }
}
