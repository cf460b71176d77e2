using System.Diagnostics;
using System.Text.Json;

namespace AwsVpcCni.AwsCni.Tests;

public class LogTests
{
    [Fact]
    public async Task Many_plugins_at_once_write_whole_lines_into_one_file()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnDel = (_, _) => throw FakeDaemon.Unknown());
        var path = Path.Combine(node.Folder, "logs", "plugin.log"); // the folder is made
        var runs = Enumerable.Range(0, 8).Select(i =>
            node.DelAsync(null, new PluginCall { ContainerId = $"c{i}", Keys = $"\"pluginLogFile\":\"{path}\"" }));
        foreach (var run in await Task.WhenAll(runs))
            Assert.Equal("", run.Succeeded().Log);

        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(16, lines.Length);
        Assert.Equal(8, lines.Select(l => JsonDocument.Parse(l).RootElement).Where(l => l.GetProperty("msg").GetString() == "done")
            .Select(l => l.GetProperty("container").GetString()).Distinct().Count());
        var line = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(("DEL", "default/web-0", "eth0"), (line.GetProperty("command").GetString(), line.GetProperty("pod").GetString(), line.GetProperty("interface").GetString()));
    }

    [Theory]
    [InlineData("debug", true)]
    [InlineData("INFO", false)]
    public async Task The_level_decides_what_is_written(string level, bool debug)
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnDel = (_, _) => throw FakeDaemon.Unknown());
        var run = (await node.DelAsync(null, new PluginCall { Keys = $"\"pluginLogFile\":\"stdout\",\"pluginLogLevel\":\"{level}\"" })).Succeeded();
        Assert.Equal("", run.Output); // standard output is the result's, whatever the log's name
        Assert.Equal(debug, run.Log.Contains("ipamd doesn't know this pod", StringComparison.Ordinal));
        Assert.Contains("\"msg\":\"done\"", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/nowhere/plugin.log")]
    [InlineData("/dev/full")]
    [InlineData("{folder}/pipe-without-reader")]
    public async Task A_log_that_cannot_be_written_fails_no_pod(string path)
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        path = path.Replace("{folder}", node.Folder, StringComparison.Ordinal);
        if (path.StartsWith(node.Folder, StringComparison.Ordinal))
            MakePipe(path);
        var run = (await node.AddAsync(pod, new PluginCall { Keys = $"\"pluginLogFile\":\"{path}\"" })).Succeeded();
        Assert.Equal("1.0.0", run.Json.GetProperty("cniVersion").GetString());
        Assert.StartsWith("aws-cni: ", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_whose_reader_is_asleep_holds_no_pod()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var path = Path.Combine(node.Folder, "pipe");
        MakePipe(path);
        await using var asleep = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        await asleep.WriteAsync(new byte[64 * 1024], TestContext.Current.CancellationToken); // pipe(7): that's all it holds
        var run = (await node.AddAsync(pod, new PluginCall { Keys = $"\"pluginLogFile\":\"{path}\"" })).Succeeded();
        Assert.StartsWith("aws-cni: the log can't be written any more: ", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stderr")]
    [InlineData("{folder}/plugin.log")]
    public async Task A_closed_standard_error_costs_log_lines_and_no_pod(string path)
    {
        if (!Node.IsPublished)
            Assert.Skip("needs the published plugin: the runtime's host opens files of its own in the place of closed ones");
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        path = path.Replace("{folder}", node.Folder, StringComparison.Ordinal);
        var call = new PluginCall { Keys = $"\"pluginLogFile\":\"{path}\"", Redirect = "2>&-" };
        var run = (await node.AddAsync(pod, call)).Succeeded();
        Assert.Equal("1.0.0", run.Json.GetProperty("cniVersion").GetString());
        (await node.DelAsync(pod, call)).Succeeded();
        Assert.Empty(node.Notes());   // ipamd heard the DEL: its connection carried nothing else
        if (path != "stderr")
            Assert.Equal(2, (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken))
                .Select(line => JsonDocument.Parse(line).RootElement).Count(line => line.GetProperty("msg").GetString() == "done"));
    }

    private static void MakePipe(string path)
    {
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }
}
