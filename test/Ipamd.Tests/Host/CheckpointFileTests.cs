using System.Diagnostics;
using System.Text;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.WarmPool.Engine.Seams;
using Microsoft.Extensions.Time.Testing;

namespace AwsVpcCni.Ipamd.Tests.Host;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 1, 2, 3, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_written_is_read_back_and_nothing_else_is_in_the_folder()
    {
        var file = new CheckpointFile(_folder["ipam.json"]);
        Assert.IsType<CheckpointRead.Missing>(await file.ReadAsync(Cancellation));
        Assert.IsType<CheckpointWrite.Written>(await file.WriteAsync("one"u8.ToArray(), Cancellation));
        Assert.IsType<CheckpointWrite.Written>(await file.WriteAsync("two"u8.ToArray(), Cancellation));
        var found = Assert.IsType<CheckpointRead.Found>(await file.ReadAsync(Cancellation));
        Assert.Equal("two", Encoding.UTF8.GetString(found.Content.Span));
        Assert.Equal([_folder["ipam.json"]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_is_one_error_that_names_the_file()
    {
        var file = new CheckpointFile(_folder["absent/ipam.json"]);
        var failed = Assert.IsType<CheckpointWrite.Failed>(await file.WriteAsync("x"u8.ToArray(), Cancellation));
        Assert.Contains(_folder["absent/ipam.json"], failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_checkpoint_of_a_node_with_thousands_of_pods_is_read()
    {
        var content = new byte[15 << 20];
        Random.Shared.NextBytes(content);
        var file = new CheckpointFile(_folder["ipam.json"]);
        Assert.IsType<CheckpointWrite.Written>(await file.WriteAsync(content, Cancellation));
        Assert.True(Assert.IsType<CheckpointRead.Found>(await file.ReadAsync(Cancellation)).Content.Span.SequenceEqual(content));
    }

    [Fact]
    public async Task A_file_larger_than_any_checkpoint_is_not_read_into_memory_and_outlives_the_next_write_under_another_name()
    {
        await using (var large = File.Create(_folder["ipam.json"]))
            large.SetLength(1L << 32);
        var file = new CheckpointFile(_folder["ipam.json"]);
        var broken = Assert.IsType<CheckpointRead.Broken>(await file.ReadAsync(Cancellation));
        Assert.Contains(_folder["ipam.json"], broken.Reason, StringComparison.Ordinal);
        var kept = await file.SetAsideAsync(Cancellation);
        Assert.IsType<CheckpointWrite.Written>(await file.WriteAsync("{}"u8.ToArray(), Cancellation));
        Assert.Equal(1L << 32, new FileInfo(kept).Length);
        Assert.IsType<CheckpointRead.Found>(await file.ReadAsync(Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pipe_in_its_place_is_an_error_and_not_a_wait()
    {
        using (var mkfifo = Process.Start("mkfifo", _folder["ipam.json"]))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        var failed = Assert.IsType<CheckpointRead.Failed>(await new CheckpointFile(_folder["ipam.json"]).ReadAsync(Cancellation));
        Assert.Contains("no regular file", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_checkpoint_that_can_not_be_moved_away_is_one_clear_error()
    {
        var error = await Assert.ThrowsAsync<StartException>(() => new CheckpointFile(_folder["absent/ipam.json"]).SetAsideAsync(Cancellation));
        Assert.Contains(_folder["absent/ipam.json"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreadable_checkpoint_is_kept_once_under_its_own_time_and_stays_until_a_new_one_is_written()
    {
        await File.WriteAllTextAsync(_folder["ipam.json"], "{", Cancellation);
        File.SetLastWriteTimeUtc(_folder["ipam.json"], new DateTime(2026, 11, 24, 1, 2, 3, DateTimeKind.Utc));
        var store = new CheckpointFile(_folder["ipam.json"]);
        Assert.Equal(_folder["ipam.json.corrupt-20261124T010203Z"], await store.SetAsideAsync(Cancellation));
        Assert.IsType<CheckpointRead.Found>(await store.ReadAsync(Cancellation));
        var kept = await store.SetAsideAsync(Cancellation);
        await store.WriteAsync("[]"u8.ToArray(), Cancellation);

        Assert.Equal(_folder["ipam.json.corrupt-20261124T010203Z"], kept);
        Assert.Equal("{", await File.ReadAllTextAsync(kept, Cancellation));
        Assert.Equal("[]", await File.ReadAllTextAsync(_folder["ipam.json"], Cancellation));
    }

    public void Dispose() => _folder.Dispose();
}
