using AwsVpcCni.Ipamd.Host;

namespace AwsVpcCni.Ipamd.Tests.Host;

public sealed class DaemonLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_second_daemon_is_told_which_file_and_how_to_find_the_first()
    {
        using var first = DaemonLock.Take(_folder["ipamd.lock"]);
        var error = Assert.Throws<StartException>(() => DaemonLock.Take(_folder["ipamd.lock"]));
        Assert.Contains("fuser " + _folder["ipamd.lock"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_daemon_gets_the_lock_when_the_first_has_ended()
    {
        DaemonLock.Take(_folder["ipamd.lock"]).Dispose();
        DaemonLock.Take(_folder["ipamd.lock"]).Dispose();
    }

    [Fact]
    public void A_folder_that_can_not_be_made_is_one_clear_error()
    {
        File.WriteAllText(_folder["file"], "");
        var error = Assert.Throws<StartException>(() => DaemonLock.Take(_folder["file/ipamd.lock"]));
        Assert.Contains(_folder["file/ipamd.lock"], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another ipamd", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
