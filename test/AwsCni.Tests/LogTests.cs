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
            Pipes.Make(path);
        var run = (await node.AddAsync(pod, new PluginCall { Keys = $"\"pluginLogFile\":\"{path}\"" })).Succeeded();
        Assert.Equal("1.0.0", run.Json.GetProperty("cniVersion").GetString());
        Assert.StartsWith("aws-cni: ", run.Log, StringComparison.Ordinal);
        Assert.Single(run.Log.Split('\n'), line => line.StartsWith("aws-cni: ", StringComparison.Ordinal)); // told once
    }

    [Fact]
    public async Task A_pipe_whose_reader_is_asleep_holds_no_pod()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var path = Path.Combine(node.Folder, "pipe");
        Pipes.Make(path);
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

    [Theory]
    [InlineData("2</dev/null", "")] // open for the wrong direction
    [InlineData("2>/dev/full", "")]
    [InlineData("2>&-", "")]
    [InlineData("2>&-", "\"pluginLogFile\":\"/proc/nowhere/plugin.log\"")]
    [InlineData("2</dev/null", "\"pluginLogFile\":\"/dev/full\"")]
    [InlineData("2</dev/null", "\"pluginLogLevel\":\"INFO\"")]
    public async Task Where_nothing_can_be_logged_a_pod_comes_and_goes_all_the_same(string redirect, string keys)
    {
        if (!Node.IsPublished)
            Assert.Skip("needs the published plugin: the runtime's host opens files of its own in the place of closed ones");
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var call = new PluginCall { Redirect = redirect, Keys = keys };
        var run = (await node.AddAsync(pod, call)).Succeeded();
        Assert.Equal("10.0.1.23/32", run.Json.GetProperty("ips")[0].GetProperty("address").GetString()); // one document
        Assert.Equal("", (await node.DelAsync(pod, call)).Succeeded().Output);
        Assert.Equal("", (await node.RunAsync("STATUS", "", call with { Version = "1.1.0" })).Succeeded().Output);
    }

    [Theory]
    [InlineData("2</dev/null")]
    [InlineData("2>&-")]
    public async Task Where_nothing_can_be_logged_a_failed_ADD_still_goes_back(string redirect)
    {
        if (!Node.IsPublished)
            Assert.Skip("needs the published plugin: the runtime's host opens files of its own in the place of closed ones");
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("nonsense")));
        using var pod = node.NewPod();
        (await node.AddAsync(pod, new PluginCall { Redirect = redirect })).FailedWith(101);
        Assert.Equal("SetupNSFailed", Assert.Single(ipamd.Dels).Reason);
    }

    [Fact]
    public async Task A_log_file_that_may_not_grow_costs_lines_and_no_pod()
    {
        if (!Node.IsPublished)
            Assert.Skip("needs the published plugin: the runtime's host writes larger files of its own");
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var path = Path.Combine(node.Folder, "full.log");
        await File.WriteAllBytesAsync(path, new byte[8192], TestContext.Current.CancellationToken);
        var run = (await node.AddAsync(pod, new PluginCall
        {
            Keys = $"\"pluginLogFile\":\"{path}\",\"pluginLogLevel\":\"INFO\"",
            Limits = "trap '' XFSZ; ulimit -f 8",
        })).Succeeded();
        Assert.Equal("10.0.1.23/32", run.Json.GetProperty("ips")[0].GetProperty("address").GetString());
        Assert.Equal("aws-cni: the log can't be written any more: File too large\n", run.Log);
    }

    [Theory]
    [InlineData("/dev/stdout")]
    [InlineData("/proc/self/fd/1")]
    public async Task Standard_output_by_another_name_is_still_the_result_s_alone(string path)
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var run = (await node.AddAsync(pod, new PluginCall { Keys = $"\"pluginLogFile\":\"{path}\"" })).Succeeded();
        Assert.Equal("10.0.1.23/32", run.Json.GetProperty("ips")[0].GetProperty("address").GetString());
        Assert.Contains("\"msg\":\"done\"", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{folder}/a\\u0000dir/x", "{folder}/a")]
    [InlineData("{folder}/no/a\\u0000b/c", "{folder}/no")]
    public async Task A_log_file_that_no_file_can_be_named_makes_no_other_file(string path, string other)
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        using var pod = node.NewPod();
        path = path.Replace("{folder}", node.Folder, StringComparison.Ordinal);
        var run = (await node.DelAsync(pod, new PluginCall { Keys = $"\"pluginLogFile\":\"{path}\"" })).Succeeded();
        Assert.StartsWith("aws-cni: pluginLogFile can't be written, logging here instead: a path can't hold U+0000\n", run.Log, StringComparison.Ordinal);
        Assert.False(Path.Exists(other.Replace("{folder}", node.Folder, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("ADD", 1)]
    [InlineData("DEL", 0)]
    public async Task What_standard_input_holds_is_in_no_line_above_DEBUG(string command, int exitCode)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var call = new PluginCall
        {
            PrevResult = """{"ips":[{"address":"10.0.0.1/32","gateway":"TOP-SECRET-VALUE"}]}""",
            Keys = "\"pluginLogLevel\":\"INFO\"",
        };
        var run = await node.RunAsync(command, pod.Path, call);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.NotEqual("", run.Log);
        Assert.DoesNotContain("TOP-SECRET-VALUE", run.Log, StringComparison.Ordinal);
        Assert.Equal(exitCode == 1, run.Output.Contains("TOP-SECRET-VALUE", StringComparison.Ordinal)); // the runtime gave it and may see it

        run = await node.RunAsync(command, pod.Path, call with { Keys = "" });
        Assert.Contains("TOP-SECRET-VALUE", run.Log, StringComparison.Ordinal);
    }
}
