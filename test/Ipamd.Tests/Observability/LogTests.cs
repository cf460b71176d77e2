using System.Diagnostics;
using System.Text.Json;
using AwsVpcCni.Ipamd.Observability.Logs;
using AwsVpcCni.Ipamd.Tests.Host;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AwsVpcCni.Ipamd.Tests.Observability;

public sealed partial class LogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 1, 2, 3, TimeSpan.Zero));

    [Fact]
    public void A_line_is_one_JSON_object_with_the_event_s_fields()
    {
        using (var file = new LogFile(_folder["logs/ipamd.log"]))
            PodGotAddress(Logger(file, LogLevel.Information), "default/web-0", "10.0.0.7", 3);

        var line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(_folder["logs/ipamd.log"]))).RootElement;
        Assert.Equal("info", line.GetProperty("level").GetString());
        Assert.Equal("2026-11-24T01:02:03.000Z", line.GetProperty("ts").GetString());
        Assert.Equal("pod default/web-0 has 10.0.0.7, 3 left", line.GetProperty("msg").GetString());
        Assert.Equal("default/web-0", line.GetProperty("Pod").GetString());
        Assert.Equal(3, line.GetProperty("Left").GetInt32());
    }

    [Fact]
    public void Lines_below_the_level_are_not_written()
    {
        using (var file = new LogFile(_folder["ipamd.log"]))
            PodGotAddress(Logger(file, LogLevel.Warning), "default/web-0", "10.0.0.7", 3);
        Assert.False(File.Exists(_folder["ipamd.log"]));
    }

    [Fact]
    public void A_log_that_can_not_be_written_costs_lines_and_not_the_daemon()
    {
        File.WriteAllText(_folder["file"], "");
        var file = new LogFile(_folder["file/ipamd.log"]);
        PodGotAddress(Logger(file, LogLevel.Information), "default/web-0", "10.0.0.7", 3);
        file.Dispose();
        Assert.Equal(1, file.Lost);
    }

    [Fact]
    public async Task A_reader_that_stalls_holds_nobody_up_and_the_log_says_what_is_missing()
    {
        // A pipe holds 64 KiB; nobody reads yet.
        var pipe = _folder["pipe"];
        using (var mkfifo = Process.Start("mkfifo", pipe))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        await using var reader = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite);
        var file = new LogFile(pipe);
        var line = new byte[1024];
        line.AsSpan().Fill((byte)'x');
        line[^1] = (byte)'\n';
        for (var i = 0; i < 20_000; i++)
            file.Append(line);
        Assert.InRange(file.Lost, 1, 20_000);

        var lines = new StreamReader(reader);
        string? told = null;
        while (told is null)
            told = (await lines.ReadLineAsync(TestContext.Current.CancellationToken))!.Contains("log lines were lost", StringComparison.Ordinal) ? "" : null;
        file.Dispose();
    }

    [Fact]
    public void A_full_log_becomes_dot_1_and_a_new_one_begins()
    {
        using (var full = File.Create(_folder["ipamd.log"]))
            full.SetLength(100_000_001);
        using (var file = new LogFile(_folder["ipamd.log"]))
        {
            file.Append("last\n"u8);   // opens it
            file.Append("first\n"u8);
        }

        Assert.Equal("first\n", File.ReadAllText(_folder["ipamd.log"]));
        Assert.Equal(100_000_006, new FileInfo(_folder["ipamd.log.1"]).Length);
    }

    public void Dispose() => _folder.Dispose();

    private ILogger Logger(LogFile file, LogLevel minimum) => new JsonLoggerProvider(file, minimum, _time).CreateLogger("AwsVpcCni.Ipamd.Test");

    [LoggerMessage(LogLevel.Information, "pod {Pod} has {Address}, {Left} left")]
    private static partial void PodGotAddress(ILogger logger, string pod, string address, int left);
}
