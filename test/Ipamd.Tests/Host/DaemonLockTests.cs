using AwsVpcCni.Ipamd.Host;

namespace AwsVpcCni.Ipamd.Tests.Host;

public sealed class DaemonLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void A_second_daemon_is_told_which_file_and_how_to_find_the_first()
    {
        using var first = DaemonLock.Take(folder["ipamd.lock"]);
        var error = Assert.Throws<StartException>(() => DaemonLock.Take(folder["ipamd.lock"]));
        Assert.Contains("fuser " + folder["ipamd.lock"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_daemon_gets_the_lock_when_the_first_has_ended()
    {
        DaemonLock.Take(folder["ipamd.lock"]).Dispose();
        DaemonLock.Take(folder["ipamd.lock"]).Dispose();
    }

    [Fact]
    public void A_folder_that_can_not_be_made_is_one_clear_error()
    {
        File.WriteAllText(folder["file"], "");
        var error = Assert.Throws<StartException>(() => DaemonLock.Take(folder["file/ipamd.lock"]));
        Assert.Contains(folder["file/ipamd.lock"], error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
