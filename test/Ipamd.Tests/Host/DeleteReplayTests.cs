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

    public void Dispose() => _folder.Dispose();
}
