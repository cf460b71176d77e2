using System.Diagnostics;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Tests.Nodes;

/// <summary>exec: what a command in a node sees, and how it ends.</summary>
public sealed class ExecTests(ExecTests.OneLab fixture) : IClassFixture<ExecTests.OneLab>
{
    private readonly Lab _lab = fixture.Lab;

    [Fact]
    public async Task Input_output_and_exit_code_are_the_commands_own()
    {
        var ended = await VpcLabProgram.RunAsync(["exec", "--name", _lab.Name, "node-1", "--", "sh", "-c", "cat; echo oops >&2; exit 7"], input: "hello");
        Assert.Equal(new Ended(7, "hello", "oops\n"), ended);
    }

    [Fact]
    public async Task What_follows_the_dashes_is_the_commands_even_if_it_looks_like_ours()
    {
        var echoed = await _lab.ExecAsync("node-1", "echo", "--name", "x", "--", "@file", "[d]", "--pod");
        Assert.Equal("--name x -- @file [d] --pod", echoed.Succeeded());
    }

    [Fact]
    public async Task A_signal_ends_the_command_itself()
    {
        using var exec = VpcLabProgram.Start("exec", "--name", _lab.Name, "node-1", "--", "sh", "-c", "trap 'echo ended; exit 9' TERM; echo ready; while :; do sleep 0.05; done");
        Assert.Equal("ready", await exec.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using (var process = PidFd.Open(exec.Id))
            process!.Send(15);
        await exec.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(9, exec.ExitCode);
    }

    [Fact]
    public async Task A_command_whose_reader_is_gone_ends_as_anywhere()
    {
        // Ignoring SIGPIPE, as .NET does, would be inherited and keep it running.
        var mask = await _lab.ShellAsync("node-1", "grep SigIgn /proc/self/status");
        var ignored = Convert.ToUInt64(mask.Succeeded().Split(['\t', ' '])[^1], 16);
        Assert.Equal(0UL, ignored & (1UL << (13 - 1)));
    }

    [Theory]
    [InlineData("no-such-command", 127)]
    [InlineData("/etc/passwd", 126)]
    public async Task A_command_that_cannot_be_executed_ends_as_in_a_shell(string command, int exitCode)
    {
        var ended = await _lab.ExecAsync("node-1", command);
        Assert.Equal(exitCode, ended.ExitCode);
        Assert.Contains($"can't execute {command}", ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/var/run/aws-node")]
    [InlineData("/run/lock")]
    [InlineData("/var/log/aws-routed-eni")]
    [InlineData("/etc/cni/net.d")]
    [InlineData("/opt/cni/bin")]
    public async Task A_nodes_folder_is_its_own(string folder)
    {
        var file = $"{folder}/{Guid.NewGuid():N}";
        (await _lab.ShellAsync("node-1", $"echo here > {file}")).Succeeded();
        Assert.Equal("here", (await _lab.ShellAsync("node-1", $"cat {file}")).Succeeded());
        Assert.NotEqual(0, (await _lab.ShellAsync("node-2", $"test -e {file}")).ExitCode);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Nodes_and_machine_share_tmp_and_what_is_installed()
    {
        var file = Path.GetTempFileName();
        try
        {
            (await _lab.ShellAsync("node-2", $"echo there > {file}")).Succeeded();
            Assert.Equal("there", (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim());
            Assert.Contains("localhost", (await _lab.ExecAsync("node-2", "cat", "/etc/hosts")).Succeeded(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_command_knows_where_ec2_is()
    {
        var environment = (await _lab.ExecAsync("node-1", "env")).Succeeded().Split('\n');
        Assert.Contains("AWS_ENDPOINT_URL_EC2=http://169.254.169.254:4566", environment);
        Assert.Contains("AWS_REGION=us-west-2", environment);
        Assert.Contains("AWS_DEFAULT_REGION=us-west-2", environment);
    }

    [Fact]
    public async Task A_daemon_that_is_told_nothing_logs_into_the_node_s_own_folder_and_not_the_machine_s()
    {
        var told = await _lab.ShellAsync("node-1", "echo $AWS_VPC_K8S_CNI_LOG_FILE; ls -d /var/log/aws-routed-eni");
        Assert.Equal("/var/log/aws-routed-eni/ipamd.log\n/var/log/aws-routed-eni", told.Succeeded());

        var start = new ProcessStartInfo(VpcLabProgram.Path, ["exec", "--name", _lab.Name, "node-1", "--", "printenv", "AWS_VPC_K8S_CNI_LOG_FILE"])
        {
            RedirectStandardOutput = true,
            Environment = { ["AWS_VPC_K8S_CNI_LOG_FILE"] = "stderr" },
        };
        using var exec = Process.Start(start)!;
        Assert.Equal("stderr\n", await exec.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_pod_is_a_namespace_in_its_node_only()
    {
        var pod = $"pod-{Guid.NewGuid():N}"[..12];
        Assert.Equal($"/var/run/netns/{pod}", (await VpcLabProgram.RunAsync("addpod", "--name", _lab.Name, "node-1", pod)).Succeeded());
        Assert.Contains("already", (await VpcLabProgram.RunAsync("addpod", "--name", _lab.Name, "node-1", pod)).Errors, StringComparison.Ordinal);

        Assert.DoesNotContain("eth0", (await _lab.PodShellAsync("node-1", pod, "ip -o link; test -d /var/run/aws-node")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("eth0", (await _lab.ExecAsync("node-1", "ip", "-o", "link")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains(pod, (await _lab.ExecAsync("node-1", "ip", "netns")).Succeeded(), StringComparison.Ordinal);
        Assert.DoesNotContain(pod, NamedNetworks.Names());
        Assert.Contains(pod, (await _lab.StatusAsync()).Nodes[0].Pods);

        (await VpcLabProgram.RunAsync("delpod", "--name", _lab.Name, "node-1", pod)).Succeeded();
        Assert.Contains($"no pod '{pod}'", (await _lab.PodShellAsync("node-1", pod, "true")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node-9")]
    [InlineData("router")]
    [InlineData("../../etc")]
    public async Task A_node_that_is_none_is_told_with_those_there_are(string node)
    {
        var ended = await _lab.ExecAsync(node, "true");
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("node-1, node-2", ended.Errors, StringComparison.Ordinal);
    }

    public sealed class OneLab : IAsyncLifetime
    {
        internal Lab Lab { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Lab = await Lab.UpAsync("--profile", "instant");

        public ValueTask DisposeAsync() => Lab?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
