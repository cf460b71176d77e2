using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Tests.Nodes;

/// <summary>up and down: several labs at a time, failures, and what is left.</summary>
public sealed class LifeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lab_with_daemons_in_nodes_and_pods_leaves_nothing_behind()
    {
        await using var lab = await Lab.UpAsync();
        var network = await InhabitAsync(lab, "node-1", pod: null);
        Pods.Add(NodeSpace.Open(lab.Paths, "node-2"), "web");
        var podNetwork = await InhabitAsync(lab, "node-2", "web");
        Assert.NotEmpty(Leftovers.Of(lab.Paths));
        Assert.Contains(network, Leftovers.LivedIn());

        Assert.Contains("nothing of it is left", (await lab.DownAsync()).Succeeded(), StringComparison.Ordinal);

        Assert.Empty(Leftovers.Of(lab.Paths));
        Assert.DoesNotContain(network, Leftovers.LivedIn());
        Assert.DoesNotContain(podNetwork, Leftovers.LivedIn());
        Assert.Contains("nothing to do", (await lab.DownAsync()).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_says_that_it_waits_for_instances_to_boot_and_returns_when_all_of_them_run()
    {
        using var booted = new NoLab();
        var up = (await VpcLabProgram.RunAsync(
            "up", "--name", booted.Paths.Name, "--ec2-port", "0", "--nodes", "0", "--model-nodes", "2", "--profile", "realistic")).Succeeded();
        Assert.Contains("· model-1 and model-2 boot (5s..10s)", up, StringComparison.Ordinal);

        using var control = new ControlClient(booted.Paths);
        Assert.All((await control.StatusAsync(-1, Cancellation)).Nodes, node => Assert.Equal("running", node.State));
    }

    [Fact]
    public async Task Down_cleans_up_after_a_server_that_was_killed()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1");
        var network = await InhabitAsync(lab, "node-1", pod: null, "trap '' TERM;");
        using (var server = Process.GetProcessById(lab.State.ServerPid))
        {
            server.Kill();
            await server.WaitForExitAsync(Cancellation);
        }

        Assert.Contains("server doesn't answer", (await VpcLabProgram.RunAsync("status", "--name", lab.Name)).Errors, StringComparison.Ordinal);
        (await lab.DownAsync()).Succeeded();
        Assert.Empty(Leftovers.Of(lab.Paths));
        Assert.DoesNotContain(network, Leftovers.LivedIn());
    }

    [Fact]
    public async Task Down_cleans_up_after_a_start_that_was_killed_half_way()
    {
        using var unborn = new NoLab();
        var paths = unborn.Paths;
        using (var up = VpcLabProgram.Start("up", "--name", paths.Name, "--ec2-port", "0", "--nodes", "30"))
        {
            await up.StandardOutput.ReadLineAsync(Cancellation);
            await up.StandardOutput.ReadLineAsync(Cancellation);
            using var server = Process.GetProcessById(LabState.Read(paths)!.ServerPid);
            server.Kill();
            await up.WaitForExitAsync(Cancellation);
            Assert.Contains("ended while starting", await up.StandardError.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        }

        (await VpcLabProgram.RunAsync("down", "--name", paths.Name)).Succeeded();
        Assert.Empty(Leftovers.Of(paths));
    }

    [Fact]
    public async Task Down_cleans_up_where_only_names_and_folders_are_left()
    {
        using var unborn = new NoLab();
        var paths = unborn.Paths;
        LabFolder.Create(paths);
        await File.WriteAllTextAsync(paths.NodeMounts("node-1"), "", Cancellation); // Nothing is bound to it yet.
        NetworkNamespace.Create(paths.NodeNetwork("node-1")).Dispose();
        Assert.NotEmpty(Leftovers.Of(paths));

        (await VpcLabProgram.RunAsync("down", "--name", paths.Name)).Succeeded();

        Assert.Empty(Leftovers.Of(paths));
    }

    [Fact]
    public async Task An_interrupted_start_takes_everything_back()
    {
        using var unborn = new NoLab();
        var paths = unborn.Paths;
        using var up = VpcLabProgram.Start("up", "--name", paths.Name, "--ec2-port", "0", "--nodes", "40");
        await up.StandardOutput.ReadLineAsync(Cancellation);
        using (var process = PidFd.Open(up.Id))
            process!.Send(2); // SIGINT, Ctrl-C
        await up.WaitForExitAsync(Cancellation);
        Assert.Equal(130, up.ExitCode);
        Assert.Empty(Leftovers.Of(paths));
    }

    [Fact]
    public async Task A_lab_in_the_foreground_goes_with_its_process()
    {
        using var unborn = new NoLab();
        var paths = unborn.Paths;
        using var up = VpcLabProgram.Start("up", "--name", paths.Name, "--ec2-port", "0", "--foreground");
        while (await up.StandardOutput.ReadLineAsync(Cancellation) is { } line && !line.StartsWith("Ctrl-C", StringComparison.Ordinal))
        {
        }

        Assert.NotEmpty(Leftovers.Of(paths));
        using (var process = PidFd.Open(up.Id))
            process!.Send(15);
        await up.WaitForExitAsync(Cancellation);
        Assert.Equal(0, up.ExitCode);
        Assert.Empty(Leftovers.Of(paths));
    }

    [Fact]
    public async Task Two_labs_live_side_by_side_with_the_same_addresses()
    {
        await using var one = await Lab.UpAsync("--seed", "5");
        await using var two = await Lab.UpAsync("--seed", "5");
        Assert.NotEqual(one.State.Ec2Endpoint, two.State.Ec2Endpoint);
        Assert.Equal(one.State.Nodes[1].PrivateAddress, two.State.Nodes[1].PrivateAddress);
        Assert.True(await one.PingAsync("node-1", one.State.Nodes[1].PrivateAddress));

        (await one.DownAsync()).Succeeded();

        Assert.True(await two.PingAsync("node-1", two.State.Nodes[1].PrivateAddress));
    }

    [Fact]
    public async Task A_second_lab_of_the_same_name_is_refused_and_harms_nothing()
    {
        await using var lab = await Lab.UpAsync();
        var second = await VpcLabProgram.RunAsync("up", "--name", lab.Name, "--ec2-port", "0");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"There already is a lab named {lab.Name}", second.Errors, StringComparison.Ordinal);
        Assert.Contains($"vpclab down --name {lab.Name}", second.Errors, StringComparison.Ordinal);
        Assert.True(await lab.PingAsync("node-1", lab.State.Nodes[1].PrivateAddress));
    }

    [Fact]
    public async Task Of_two_labs_of_one_name_at_once_one_is_refused()
    {
        using var unborn = new NoLab();
        var starts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => VpcLabProgram.RunAsync("up", "--name", unborn.Paths.Name, "--ec2-port", "0", "--nodes", "1")));
        Assert.Single(starts, start => start.ExitCode == 0);
        Assert.All(starts.Where(start => start.ExitCode != 0), start => Assert.Contains("There already is a lab", start.Errors, StringComparison.Ordinal));
        (await VpcLabProgram.RunAsync("exec", "--name", unborn.Paths.Name, "node-1", "--", "true")).Succeeded();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_way_out()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var unborn = new NoLab();
        var paths = unborn.Paths;
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var up = await VpcLabProgram.RunAsync("up", "--name", paths.Name, "--ec2-port", port);
        Assert.Equal(1, up.ExitCode);
        Assert.Contains($"127.0.0.1:{port}", up.Errors, StringComparison.Ordinal);
        Assert.Contains("--ec2-port", up.Errors, StringComparison.Ordinal);
        Assert.Empty(Leftovers.Of(paths));
    }

    /// <summary>The lab's parts are made at once: those that succeed go again when one fails.</summary>
    [Fact]
    public async Task A_start_of_which_one_part_fails_names_it_and_takes_the_others_back()
    {
        using var none = new NoLab();
        using var taken = NetworkNamespace.Create(none.Paths.NodeNetwork("node-2"));
        var up = await VpcLabProgram.RunAsync("up", "--name", none.Paths.Name, "--ec2-port", "0", "--nodes", "4");
        Assert.Equal(1, up.ExitCode);
        Assert.Contains($"Can't make the network namespace {none.Paths.NodeNetwork("node-2")}", up.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("error of vpclab's own", up.Errors, StringComparison.Ordinal);
        Assert.Empty(Leftovers.Of(none.Paths));
    }

    [Fact]
    public async Task A_subnet_too_small_for_its_nodes_is_told_and_nothing_is_left()
    {
        using var unborn = new NoLab();
        var paths = unborn.Paths;
        var up = await VpcLabProgram.RunAsync("up", "--name", paths.Name, "--ec2-port", "0", "--nodes", "12", "--subnets", "1", "--subnet-size", "/28");
        Assert.Equal(1, up.ExitCode);
        Assert.Contains("Can't start node-12 in subnet 10.0.0.0/28", up.Errors, StringComparison.Ordinal);
        Assert.Empty(Leftovers.Of(paths));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_the_options_is_told_at_once()
    {
        var up = await VpcLabProgram.RunAsync("up", "--name", Lab.UniqueName(), "--nodes", "0", "--ec2-port", "65536", "--subnet-size", "/29");
        Assert.Equal(1, up.ExitCode);
        foreach (var wrong in new[] { "--nodes is 0", "--ec2-port is 65536", "--subnet-size is /29" })
            Assert.Contains(wrong, up.Errors, StringComparison.Ordinal);
        Assert.Contains("'x1.nothing'", (await VpcLabProgram.RunAsync("up", "--name", Lab.UniqueName(), "--instance-type", "x1.nothing")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("Lab")]
    [InlineData("-a")]
    [InlineData("a-name-that-is-too-long-for-it")]
    public async Task A_name_that_could_leave_its_folder_is_refused(string name)
    {
        var down = await VpcLabProgram.RunAsync("down", "--name", name);
        Assert.Equal(1, down.ExitCode);
        Assert.Contains("can't be a lab's name", down.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lab_does_not_take_the_namespaces_of_one_whose_name_begins_alike()
    {
        var lab = LabPaths.Of("a");
        Assert.True(lab.OwnsNetwork("a-node-1"));
        Assert.True(lab.OwnsNetwork("a-router"));
        Assert.False(lab.OwnsNetwork("a-b-node-1"));
        Assert.False(lab.OwnsNetwork("a-node-1-router"));
        Assert.False(lab.OwnsNetwork("ab-router"));
    }

    /// <summary>Starts a process that has nothing to do with its parent any more, as a daemon would.</summary>
    /// <returns>The network namespace it is in.</returns>
    private static async Task<string> InhabitAsync(Lab lab, string node, string? pod, string first = "")
    {
        var script = $"{first} readlink /proc/self/ns/net; setsid sh -c '{first.Replace("'", "'\\''", StringComparison.Ordinal)} while :; do sleep 1000; done' >/dev/null 2>&1 </dev/null &";
        var started = pod is null ? await lab.ShellAsync(node, script) : await lab.PodShellAsync(node, pod, script);
        return started.Succeeded();
    }
}
