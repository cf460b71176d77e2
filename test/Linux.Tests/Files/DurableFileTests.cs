using AwsVpcCni.Linux.Files;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Tests.Files;

public sealed class DurableFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("durable-").FullName;

    [Fact]
    public void The_new_content_replaces_the_old_and_leaves_no_temporary_file()
    {
        var path = Path.Combine(_folder, "a.json");
        DurableFile.Replace(path, "old"u8);
        DurableFile.Replace(path, "new"u8);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_folder_that_is_missing_is_an_error_that_names_the_file()
    {
        var path = Path.Combine(_folder, "no", "a.json");
        var error = Assert.ThrowsAny<IOException>(() => DurableFile.Replace(path, "x"u8));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_keeps_the_old_content()
    {
        var path = Path.Combine(_folder, "a.json");
        DurableFile.Replace(path, "old"u8);
        Directory.CreateDirectory(path + ".tmp");   // the temporary file cannot be made: as on a full or read-only disk
        Assert.ThrowsAny<Exception>(() => DurableFile.Replace(path, "new"u8));
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void A_write_is_on_the_disk_before_it_is_done_the_content_before_its_name_and_then_the_name()
    {
        var path = Path.Combine(_folder, "a.json");
        Assert.Equal(
            [$"fsync {path}.tmp", $"rename {path}.tmp {path}", $"fsync {_folder}"],
            FileCallWatch.Of(() => DurableFile.Replace(path, "new"u8)));
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void A_disk_that_does_not_take_the_content_leaves_the_old_one()
    {
        var path = Path.Combine(_folder, "a.json");
        DurableFile.Replace(path, "old"u8);
        Assert.ThrowsAny<IOException>(() =>
        {
            FileCallWatch.Of(() => DurableFile.Replace(path, "new"u8), call => call.EndsWith(".tmp", StringComparison.Ordinal) ? LibC.EIO : 0);
        });
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(22)] // EINVAL
    [InlineData(95)] // EOPNOTSUPP
    public void A_file_system_that_knows_no_syncing_is_written_to_all_the_same(int error)
    {
        var path = Path.Combine(_folder, "a.json");
        FileCallWatch.Of(() => DurableFile.Replace(path, "new"u8), call => call.StartsWith("fsync", StringComparison.Ordinal) ? error : 0);
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void A_sync_that_a_signal_interrupts_is_repeated()
    {
        var path = Path.Combine(_folder, "a.json");
        var interrupted = false;
        var calls = FileCallWatch.Of(() => DurableFile.Replace(path, "new"u8), call =>
        {
            if (interrupted)
                return 0;
            interrupted = true;
            return LibC.EINTR;
        });
        Assert.Equal([$"fsync {path}.tmp", $"fsync {path}.tmp", $"rename {path}.tmp {path}", $"fsync {_folder}"], calls);
    }

    [Fact]
    public void A_disk_that_does_not_take_the_name_is_an_error_that_says_so()
    {
        var path = Path.Combine(_folder, "a.json");
        var error = Assert.ThrowsAny<IOException>(() =>
        {
            FileCallWatch.Of(() => DurableFile.Replace(path, "new"u8), call => call == $"fsync {_folder}" ? LibC.EIO : 0);
        });
        Assert.Contains(_folder, error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
