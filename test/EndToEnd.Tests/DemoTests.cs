using System.Globalization;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>What <c>make demo</c> runs, cut off in the middle. `make demo` itself is a stage of CI.</summary>
public sealed class DemoTests
{
    [Theory]
    [InlineData("A VPC with two subnets", "INT")]
    [InlineData("12 pods on each node", "INT")]
    [InlineData("ipamd killed by SIGKILL", "TERM")]
    [InlineData("The pools shrink", "INT")]
    public async Task A_demo_that_is_interrupted_leaves_nothing(string during, string signal)
    {
        var lab = $"d{Environment.ProcessId}-{during.Length}";
        try
        {
            // A session of its own, so that the signal goes to the whole process group, as a terminal's Ctrl-C does.
            using var demo = Run.Start("setsid", [
                Programs.VpcLab, "demo", "--name", lab, "--bin", Programs.Folder, "--conf", Programs.Configuration]);
            demo.StandardInput.Close();
            var error = demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var shown = new List<string>();
            while (await demo.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                shown.Add(line);
                if (shown.Count(one => one.StartsWith(during, StringComparison.Ordinal)) == 1 && line.StartsWith(during, StringComparison.Ordinal))
                    (await Run.ProgramAsync("/bin/bash", ["-c", $"kill -{signal} -- -{demo.Id}"])).Succeeded();
            }

            await demo.WaitForExitAsync(TestContext.Current.CancellationToken);
            var all = $"{string.Join('\n', shown)}\n{await error}";
            Assert.True(demo.ExitCode == 130, $"exit code {demo.ExitCode}\n{all}");
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries("/run/netns"), entry => entry.Contains(lab, StringComparison.Ordinal));
            Assert.False(Directory.Exists($"/run/vpclab/{lab}"), all);
            Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), mount => mount.Contains(lab, StringComparison.Ordinal));
            Assert.Empty(CommandLinesWith(lab));
        }
        finally
        {
            await Lab.RunAsync(["down", "--name", lab]);
        }
    }

    /// <summary>Else they end by the same Ctrl-C, maybe before the demo has heard of it, and look as if they had failed.</summary>
    [Fact]
    public async Task A_demos_Ctrl_C_does_not_reach_what_it_runs_in_its_nodes()
    {
        var lab = $"g{Environment.ProcessId}";
        try
        {
            using var demo = Run.Start("setsid", [
                Programs.VpcLab, "demo", "--name", lab, "--bin", Programs.Folder, "--conf", Programs.Configuration]);
            demo.StandardInput.Close();
            var error = demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (await demo.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
                && !line.StartsWith("✓ ipamd in each node", StringComparison.Ordinal))
            {
            }

            var daemons = Processes().Where(process => process.Parent == demo.Id && process.Name == "ipamd").ToList();
            (await Run.ProgramAsync("/bin/bash", ["-c", $"kill -INT -- -{demo.Id}"])).Succeeded();
            await demo.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.True(demo.ExitCode == 130, $"exit code {demo.ExitCode}\n{await error}");
            Assert.Equal(2, daemons.Count);
            Assert.All(daemons, daemon => Assert.NotEqual(demo.Id, daemon.Group));
            Assert.Empty(CommandLinesWith(lab));
            Assert.DoesNotContain(Processes(), process => daemons.Exists(daemon => daemon.Id == process.Id));
        }
        finally
        {
            await Lab.RunAsync(["down", "--name", lab]);
        }
    }

    [Fact]
    public async Task A_demo_whose_output_can_not_be_written_leaves_nothing()
    {
        var lab = $"f{Environment.ProcessId}";
        try
        {
            var ended = await Run.ProgramAsync(
                "/bin/bash", ["-c", $"exec {Programs.VpcLab} demo --name {lab} --bin {Programs.Folder} --conf {Programs.Configuration} > /dev/full"]);
            Assert.True(ended.ExitCode == 130, $"exit code {ended.ExitCode}\n{ended.Error}");
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries("/run/netns"), entry => entry.Contains(lab, StringComparison.Ordinal));
            Assert.False(Directory.Exists($"/run/vpclab/{lab}"));
            Assert.Empty(CommandLinesWith(lab));
        }
        finally
        {
            await Lab.RunAsync(["down", "--name", lab]);
        }
    }

    /// <summary>This machine's processes, those that have ended and wait for init left out (proc(5), stat).</summary>
    private static IEnumerable<(int Id, string Name, int Parent, int Group)> Processes()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
        {
            string stat;
            try
            {
                stat = File.ReadAllText($"{process}/stat");
            }
            catch (IOException)
            {
                continue;   // ended meanwhile
            }

            var (open, close) = (stat.IndexOf('(', StringComparison.Ordinal), stat.LastIndexOf(')'));
            var after = stat[(close + 2)..].Split(' ');
            if (after[0] != "Z")
                yield return (Number(stat[..open]), stat[(open + 1)..close], Number(after[1]), Number(after[2]));
        }

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Command lines of this machine's processes that speak of the lab; this process does not.</summary>
    private static IEnumerable<string> CommandLinesWith(string lab)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
        {
            string line;
            try
            {
                line = File.ReadAllText($"{process}/cmdline").Replace('\0', ' ');
            }
            catch (IOException)
            {
                continue;   // ended meanwhile
            }

            if (line.Contains(lab, StringComparison.Ordinal))
                yield return line;
        }
    }
}
