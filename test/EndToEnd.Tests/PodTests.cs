using System.Text.Json;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>Pods on one node and on two: real programs, real packets.</summary>
public sealed class PodTests
{
    [Fact]
    public async Task A_pod_gets_an_address_pings_its_gateway_and_its_DEL_returns_everything()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var before = await node.KernelAsync();

        var pod = await node.AddPodAsync("web-0");
        Assert.Equal("0.3.1", pod.Result.GetProperty("cniVersion").GetString());
        await pod.PingAsync("10.0.0.1");
        Assert.Contains(pod.Address, (await node.PoolAsync()).Taken);
        Assert.NotEqual(before, await node.KernelAsync());

        (await pod.DeleteAsync()).Succeeded();
        (await pod.DeleteAsync()).Succeeded();   // twice: runtimes do
        (await node.ShellAsync("ip netns del web-0")).Succeeded();
        Assert.Empty((await node.PoolAsync()).Taken);
        await node.ShellAsync($"while ip link show {pod.HostVeth} 2>/dev/null; do :; done");   // it goes with the namespace, a moment later
        Assert.Equal(before, await node.KernelAsync());
    }

    [Fact]
    public async Task Pods_on_primary_and_secondary_ENIs_reach_each_other_across_nodes_with_full_frames()
    {
        await using var lab = await Lab.StartAsync(nodes: 2);
        foreach (var node in lab.Nodes)
            await node.StartIpamdAsync();

        // m5.large: 9 addresses on the primary ENI, so the tenth pod is on the second.
        var pods = new List<Pod>();
        foreach (var node in lab.Nodes)
            pods.AddRange(await Task.WhenAll(Enumerable.Range(0, 11).Select(i => node.AddPodAsync($"web-{i}"))));

        foreach (var node in lab.Nodes)
        {
            var pool = await node.PoolAsync();
            var secondary = Assert.Single(pool.Enis, eni => !eni.IsPrimary && eni.Taken.Count > 0);
            Assert.Equal(secondary.Device + 1, secondary.Table);
            var rules = (await node.ShellAsync("ip rule")).Output;
            Assert.All(secondary.Taken, address => Assert.Contains($"from {address} lookup {secondary.Table}", rules, StringComparison.Ordinal));
            Assert.Contains($"lookup {secondary.Table}", (await node.ShellAsync("ip rule show priority 32765")).Output, StringComparison.Ordinal);
        }

        var onSecondary = new List<Pod>();
        foreach (var node in lab.Nodes)
        {
            var taken = (await node.PoolAsync()).Enis.Single(eni => !eni.IsPrimary && eni.Taken.Count > 0).Taken;
            onSecondary.Add(pods.First(pod => pod.Node == node && taken.Contains(pod.Address)));
        }

        // Which pods came first, and so have the primary ENI's addresses, is chance: they were added at once.
        var ofPrimary = (await lab.Nodes[0].PoolAsync()).Enis.Single(eni => eni.IsPrimary).Taken;
        var onPrimary = pods.Where(pod => pod.Node == lab.Nodes[0] && ofPrimary.Contains(pod.Address)).ToList();
        var here = onPrimary[0];
        await here.PingAsync(onPrimary[1].Address);                  // same node, primary ENI
        await here.PingAsync(pods[11].Address);                      // other node
        await onSecondary[0].PingAsync(onSecondary[1].Address);      // secondary to secondary, other node
        await onSecondary[0].PingAsync(here.Address);                // secondary to primary, same node
        Assert.NotEqual(0, (await here.TryPingAsync(pods[11].Address, payload: 8974)).ExitCode);   // 9002 bytes
        Assert.Equal(22, pods.Select(pod => pod.Address).Distinct().Count());
    }

    [Fact]
    public async Task A_burst_of_27_pods_on_a_fresh_m5_large_has_no_failed_ADD()
    {
        await using var lab = await Lab.StartAsync(1, "m5.large", "--profile", "brisk");
        var node = lab.Nodes[0];
        await node.StartIpamdAsync(("WARM_IP_TARGET", ""), ("MINIMUM_IP_TARGET", ""), ("WARM_ENI_TARGET", "1"));

        var pods = await Task.WhenAll(Enumerable.Range(0, 27).Select(i => node.AddPodAsync($"web-{i}")));
        Assert.Equal(27, pods.Select(pod => pod.Address).Distinct().Count());
        await pods[0].PingAsync(pods[26].Address);

        // The 28th has nowhere to be: it is told so at once, with what to do, and health does not care.
        var (_, full) = await node.TryAddPodAsync("web-27");
        Assert.NotEqual(0, full.ExitCode);
        var error = JsonDocument.Parse(full.Output).RootElement;
        Assert.Equal(11, error.GetProperty("code").GetInt32());
        Assert.Contains("27", error.GetProperty("details").GetString() + error.GetProperty("msg").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await node.ProbeAsync("-addr=localhost:50051")).ExitCode);
    }

    [Fact]
    public async Task A_daemon_killed_and_started_again_loses_and_doubles_no_address()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var pods = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => node.AddPodAsync($"web-{i}")));

        await Node.KillAsync(daemon);
        await pods[0].PingAsync(pods[11].Address);   // pods do not need the daemon
        var deleted = pods[3];
        (await deleted.DeleteAsync()).Succeeded();   // nor does a DEL: it leaves a note
        Assert.Equal("aws-cni:box-web-3:eth0", (await node.ShellAsync("ls /var/run/aws-node/deletes")).Output.Trim());

        await node.StartIpamdAsync();
        var kept = pods.Where(pod => pod != deleted).Select(pod => pod.Address).Order().ToList();
        Assert.Equal(kept, (await node.PoolAsync()).Taken.Order());
        Assert.Equal("", (await node.ShellAsync("ls /var/run/aws-node/deletes")).Output);
        var another = await node.AddPodAsync("web-new");
        Assert.DoesNotContain(another.Address, kept);
        await pods[11].PingAsync(another.Address);
    }

    [Fact]
    public async Task Rules_that_a_DEL_without_daemon_and_prevResult_can_not_know_are_swept_by_the_next_daemon()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var kept = await node.AddPodAsync("web-kept");
        var pods = await Task.WhenAll(Enumerable.Range(0, 11).Select(i => node.AddPodAsync($"web-{i}")));
        await Node.KillAsync(daemon);
        foreach (var pod in pods)
        {
            (await pod.DeleteAsync()).Succeeded();   // the shipped configuration says 0.3.1: runtimes send no prevResult
            (await Lab.RunAsync(["delpod", "--name", lab.Name, node.Name, pod.Name])).Succeeded();
        }

        Assert.Contains("512:", (await node.ShellAsync("ip rule")).Output, StringComparison.Ordinal);
        await node.StartIpamdAsync(("IPAMD_RECONCILE_INTERVAL_SECONDS", "5"));
        await node.LogUntilAsync("removed the rules of");

        Assert.Equal([kept.Address], Ruled((await node.ShellAsync("ip rule list priority 512")).Output));
        await kept.PingAsync("10.0.0.1");
        (await kept.DeleteAsync()).Succeeded();
        Assert.DoesNotContain("512:", (await node.ShellAsync("ip rule")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("1536:", (await node.ShellAsync("ip rule")).Output, StringComparison.Ordinal);

        static IEnumerable<string> Ruled(string rules) =>
            rules.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ').SkipWhile(word => word != "to").Skip(1).First());
    }

    [Fact]
    public async Task The_note_of_a_DEL_takes_nothing_from_a_sandbox_that_was_added_again_under_its_id()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var pod = await node.AddPodAsync("web-0");

        await Node.KillAsync(daemon);
        (await node.ShellAsync(
            """mkdir -p /var/run/aws-node/deletes; echo '{"network":"aws-cni","container":"box-web-0","interface":"eth0","podNamespace":"default","podName":"web-0","time":"2026-01-01T00:00:00Z"}' > /var/run/aws-node/deletes/aws-cni:box-web-0:eth0"""))
            .Succeeded();
        await node.StartIpamdAsync();

        Assert.Equal([pod.Address], (await node.PoolAsync()).Taken);
        Assert.Equal("", (await node.ShellAsync("ls /var/run/aws-node/deletes")).Output);
    }

    [Fact]
    public async Task The_note_that_a_daemon_was_too_slow_for_is_carried_out_while_it_runs()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var pod = await node.AddPodAsync("web-0");
        (await Run.ProgramAsync("kill", ["-STOP", $"{daemon.Id}"])).Succeeded();
        (await pod.DeleteAsync()).Succeeded();
        Assert.Equal("aws-cni:box-web-0:eth0", (await node.ShellAsync("ls /var/run/aws-node/deletes")).Output.Trim());

        (await Run.ProgramAsync("kill", ["-CONT", $"{daemon.Id}"])).Succeeded();

        await node.PoolUntilAsync(pool => pool.Assigned == 0);
        Assert.Equal("", (await node.ShellAsync("ls /var/run/aws-node/deletes")).Output);
    }

    [Fact]
    public async Task A_daemon_that_serves_takes_back_the_note_that_none_did()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        (await node.ShellAsync("mkdir -p /var/run/aws-node; echo 12.34 > /var/run/aws-node/not-serving")).Succeeded();
        await node.StartIpamdAsync();
        Assert.DoesNotContain("not-serving", (await node.ShellAsync("ls /var/run/aws-node")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_checkpoint_is_rebuilt_from_the_kernel()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var pods = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => node.AddPodAsync($"web-{i}")));

        await Node.KillAsync(daemon);
        (await node.ShellAsync("echo '{\"version\":\"vpc-cni-ipam/9\"' > /var/run/aws-node/ipam.json")).Succeeded();
        await node.StartIpamdAsync();
        Assert.Equal(pods.Select(pod => pod.Address).Order(), (await node.PoolAsync()).Taken.Order());
        Assert.Contains("ipam.json.corrupt-", (await node.ShellAsync("ls /var/run/aws-node")).Output, StringComparison.Ordinal);
        (await pods[0].DeleteAsync()).Succeeded();
        Assert.DoesNotContain(pods[0].Address, (await node.PoolAsync()).Taken);
    }

    [Fact]
    public async Task The_pool_shrinks_to_its_target_and_the_second_ENI_goes_back_to_EC2()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var pods = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => node.AddPodAsync($"web-{i}")));
        Assert.True((await node.PoolAsync()).Enis.Count > 1);
        foreach (var pod in pods)
            (await pod.DeleteAsync()).Succeeded();

        var pool = await node.PoolUntilAsync(pool => pool is { Enis.Count: 1, Total: 6 });
        Assert.Equal(0, pool.Assigned);
        Assert.DoesNotContain("eth1", (await node.ShellAsync("ip link")).Output, StringComparison.Ordinal);
        Assert.Empty((await node.ShellAsync("ip rule show priority 32765")).Output);
    }

    [Fact]
    public async Task An_ENI_whose_link_went_down_and_up_has_its_routes_again_and_so_have_its_pods()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var pods = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => node.AddPodAsync($"web-{i}")));
        var secondary = (await node.PoolAsync()).Enis.First(static eni => !eni.IsPrimary);
        var pod = pods.First(pod => secondary.Taken.Contains(pod.Address));
        var routes = (await node.ShellAsync($"ip route show table {secondary.Table}")).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        (await node.ShellAsync("ip link set eth1 down; ip link set eth1 up")).Succeeded();

        await node.SeenAsync($"ip route show table {secondary.Table}", routes);
        await pod.PingAsync("10.0.0.1");
    }

    [Fact]
    public async Task SIGTERM_ends_the_daemon_with_0_and_gives_nothing_back()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var pods = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => node.AddPodAsync($"web-{i}")));
        var enis = (await node.PoolAsync()).Enis.Select(eni => eni.Id).Order().ToList();

        await Node.TerminateAsync(daemon);
        Assert.Equal(0, daemon.ExitCode);
        Assert.Equal(2, (await node.ProbeAsync("-addr=localhost:50051", "-connect-timeout=200ms")).ExitCode);

        await node.StartIpamdAsync();
        var pool = await node.PoolAsync();
        Assert.Equal(enis, pool.Enis.Select(eni => eni.Id).Order());
        Assert.Equal(pods.Length, pool.Assigned);
    }
}
