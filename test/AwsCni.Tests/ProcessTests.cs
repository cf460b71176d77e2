using System.Diagnostics;
using System.Text.Json;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>What needs neither daemon nor node.</summary>
public class ProcessTests
{
    [Fact]
    public async Task VERSION_tells_the_versions_that_are_kept_completely()
    {
        await using var node = Node.Start();
        var run = (await node.RunAsync("VERSION", "")).Succeeded();
        Assert.Equal("""{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}""" + "\n", run.Output);
        Assert.Equal("", run.Log);
    }

    [Fact]
    public async Task Malformed_input_is_one_error_and_nothing_else()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var run = (await node.AddAsync(pod, new PluginCall { Keys = "nonsense" })).FailedWith(6);
        Assert.Contains("standard input is not JSON", run.Message, StringComparison.Ordinal);
        Assert.Equal("", run.Log);
    }

    [Fact]
    public async Task A_closed_standard_input_is_an_error_like_any_other()
    {
        var (exitCode, output, _) = await WithoutAsync("<&-");
        Assert.Equal(1, exitCode);
        Assert.Contains("standard input", JsonDocument.Parse(output).RootElement.GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_standard_output_is_told_on_standard_error()
    {
        var (exitCode, _, error) = await WithoutAsync(">&-");
        Assert.Equal(1, exitCode);
        var line = Assert.Single(error.Trim().Split('\n'));
        Assert.StartsWith("aws-cni: ", line, StringComparison.Ordinal);
        Assert.Contains("writing to standard output failed: it is closed", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_every_stream_closed_the_exit_code_is_all_that_is_left()
    {
        var (exitCode, output, error) = await WithoutAsync("<&- >&- 2>&-");
        Assert.Equal((1, "", ""), (exitCode, output, error));
    }

    [Fact]
    public async Task A_closed_output_and_error_end_neither_ADD_nor_DEL_in_a_crash()
    {
        if (!Node.IsPublished)
            Assert.Skip("needs the published plugin: the runtime's host opens files of its own in the place of closed ones");
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync();
        using var pod = node.NewPod();
        var call = new PluginCall { Redirect = ">&- 2>&-" };
        Assert.Equal(1, (await node.AddAsync(pod, call)).ExitCode);
        Assert.Equal("", node.Traces());
        Assert.Equal("SetupNSFailed", Assert.Single(ipamd.Dels).Reason);
        Assert.Equal(0, (await node.DelAsync(pod, call)).ExitCode);
    }

    private static async Task<(int ExitCode, string Output, string Error)> WithoutAsync(string closed)
    {
        if (!Node.IsPublished)
            Assert.Skip("needs the published plugin: the runtime's host opens files of its own in the place of closed ones");
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec {Node.Program} {closed}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["CNI_COMMAND"] = "ADD", ["CNI_CONTAINERID"] = "box", ["CNI_NETNS"] = "/run/netns/none", ["CNI_IFNAME"] = "eth0", ["CNI_PATH"] = "/opt/cni/bin" },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    [Fact]
    public async Task An_unknown_command_is_error_4()
    {
        await using var node = Node.Start();
        Assert.Contains("CNI_COMMAND=\"RESTART\" is unknown", (await node.RunAsync("RESTART", "")).FailedWith(4).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unspoken_version_is_error_1()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        (await node.AddAsync(pod, new PluginCall { Version = "1.2.0" })).FailedWith(1);
    }
}
