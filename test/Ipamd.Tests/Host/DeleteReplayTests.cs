using System.Diagnostics;
using AwsVpcCni.Cni.DeleteQueue;
using AwsVpcCni.Ipamd.Host;
using Microsoft.Extensions.Logging.Abstractions;

namespace AwsVpcCni.Ipamd.Tests.Host;

public sealed class DeleteReplayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory(Timeout = 30_000)]
    [InlineData("mkfifo")]
    [InlineData("mkdir")]
    [InlineData("ln -s nowhere")]
    [InlineData("ln -s /dev/zero")]
    [InlineData("ln -s /proc/self/mem")]
    [InlineData("truncate -s 1T")]
    public async Task What_is_no_note_keeps_the_daemon_neither_from_its_start_nor_from_its_end(string make)
    {
        using (var made = Process.Start("sh", ["-c", $"{make} \"$1\"", "sh", _folder["box-eth0"]]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        // No note, so nothing that the pool would be asked for.
        var replay = new DeleteReplay(new DeleteFolder(_folder.Path), pool: null!, TimeProvider.System, NullLogger.Instance);
        await Task.Run(() => replay.RunAsync(CancellationToken.None), TestContext.Current.CancellationToken);

        using var stop = new CancellationTokenSource();
        var watching = Task.Run(() => replay.WatchAsync(stop.Token), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task What_a_killed_plugin_left_unfinished_is_removed_and_what_one_is_writing_now_is_not()
    {
        var (old, fresh) = (_folder[".tmp-17"], _folder[".tmp-18"]);
        foreach (var file in new[] { old, fresh })
            await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-1));
        var replay = new DeleteReplay(new DeleteFolder(_folder.Path), pool: null!, TimeProvider.System, NullLogger.Instance);
        await replay.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal([fresh], Directory.GetFiles(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();
}
