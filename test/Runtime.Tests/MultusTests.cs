using System.Text.Json;
using System.Text.Json.Nodes;

namespace AwsVpcCni.Runtime.Tests;

/// <summary>
/// Multus as meta-plugin: the calls that it makes for a pod of the default network (eth0) with one more attachment of the same VPC (net1).
/// Multus is not in Debian. Multus/*.env and *.json are its executions, written down: it puts the pod's K8S_* before those of its own CNI_ARGS,
/// so every key is there twice; a delegate's configuration has its keys sorted; DEL goes from the last delegate to the first.
/// </summary>
[Trait("Needs", "root")]
public sealed class MultusTests
{
    [Fact]
    public async Task A_pod_with_a_second_attachment_is_reached_by_both_addresses_and_loses_both()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        var before = await node.KernelAsync();
        (await Lab.RunAsync(["addpod", "--name", lab.Name, node.Name, "web-0"])).Succeeded();

        var eth0 = JsonDocument.Parse(await CallAsync(node, "ADD", "default")).RootElement;
        var result = await CallAsync(node, "ADD", "secondary");
        var net1 = JsonDocument.Parse(result).RootElement;
        Assert.Equal("0.3.1", eth0.GetProperty("cniVersion").GetString());
        Assert.Equal("1.0.0", net1.GetProperty("cniVersion").GetString());
        Assert.NotEqual(HostVeth(eth0), HostVeth(net1));
        Assert.Equal(new[] { Address(eth0), Address(net1) }.Order(), (await node.PoolAsync()).Taken.Order());

        // The default route is eth0's; what comes to net1's address is answered from it. From another node's view both are the pod.
        var pod = new Pod(node, "web-0", null);
        Assert.StartsWith("default via 169.254.1.1 dev eth0", (await pod.RunAsync("ip", "route", "show", "default")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("dev net1", (await pod.RunAsync("ip", "route", "get", "10.0.0.1", "from", Address(net1))).Succeeded(), StringComparison.Ordinal);
        var client = await node.AddPodAsync("client");
        await client.PingAsync(Address(eth0));
        await client.PingAsync(Address(net1));
        (await pod.RunAsync("ping", "-n", "-c", "1", "-W", "2", "-I", Address(net1), client.Address)).Succeeded();

        Assert.Equal("", await CallAsync(node, "CHECK", "secondary", result));
        var rule = (await pod.RunAsync("ip", "rule", "show", "priority", "1")).Succeeded().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        (await pod.RunAsync("ip", "rule", "del", "priority", "1")).Succeeded();
        Assert.Contains("is not looked up from", (await TryAsync(node, "CHECK", "secondary", result)).Output, StringComparison.Ordinal);
        (await pod.RunAsync(["ip", "rule", "add", "priority", "1", .. rule[1..]])).Succeeded();

        // The pod lives on without net1, whose address is the next pod's.
        (await client.DeleteAsync()).Succeeded();
        await CallAsync(node, "DEL", "secondary", result);
        Assert.Equal([Address(eth0)], (await node.PoolAsync()).Taken);
        Assert.DoesNotContain("net1", (await pod.RunAsync("ip", "-o", "link")).Succeeded(), StringComparison.Ordinal);
        Assert.Equal("", (await pod.RunAsync("ip", "rule", "show", "priority", "1")).Succeeded());
        await pod.PingAsync("10.0.0.1");
        await CallAsync(node, "DEL", "secondary", result);   // twice: runtimes do
        await CallAsync(node, "DEL", "default");
        Assert.Empty((await node.PoolAsync()).Taken);
        foreach (var name in new[] { "web-0", "client" })
            (await Lab.RunAsync(["delpod", "--name", lab.Name, node.Name, name])).Succeeded();
        await node.SeenAsync("ip -o link | grep -o ' eni[0-9a-f]*'", []);
        Assert.Equal(before, await node.KernelAsync());
    }

    /// <param name="version">libcni gives a DEL of 0.3.1 no prevResult, and one of 1.0.0 none when its cache is lost.</param>
    [Theory]
    [InlineData("0.3.1")]
    [InlineData("1.0.0")]
    public async Task A_second_attachment_that_goes_while_ipamd_is_away_takes_its_address_from_the_pod_that_runs_on(string version)
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        (await Lab.RunAsync(["addpod", "--name", lab.Name, node.Name, "web-0"])).Succeeded();
        var eth0 = Address(JsonDocument.Parse(await CallAsync(node, "ADD", "default")).RootElement);
        (await TryAsync(node, "ADD", "secondary", version: version)).Succeeded();
        var pod = new Pod(node, "web-0", null);

        await Node.KillAsync(daemon);
        (await TryAsync(node, "DEL", "secondary", version: version)).Succeeded();
        Assert.DoesNotContain("net1", (await pod.RunAsync("ip", "-o", "link")).Succeeded(), StringComparison.Ordinal);
        Assert.DoesNotContain("1536:", (await node.ShellAsync("ip rule")).Output, StringComparison.Ordinal);
        Assert.Single((await node.ShellAsync("ip rule list priority 512")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        await node.StartIpamdAsync();
        Assert.Equal([eth0], (await node.PoolAsync()).Taken);
        (await TryAsync(node, "DEL", "secondary", version: version)).Succeeded();   // again, and ipamd knows it no more
        await pod.PingAsync("10.0.0.1");
        await CallAsync(node, "DEL", "default");
        (await Lab.RunAsync(["delpod", "--name", lab.Name, node.Name, "web-0"])).Succeeded();
    }

    private static async Task<string> CallAsync(Node node, string command, string delegated, string? previous = null) =>
        (await TryAsync(node, command, delegated, previous)).Succeeded();

    /// <param name="delegated">The call's files in Multus/.</param>
    /// <param name="previous">What the ADD answered; from cniVersion 0.4.0 on it is in later calls.</param>
    /// <param name="version">In place of the file's.</param>
    private static async Task<Ended> TryAsync(Node node, string command, string delegated, string? previous = null, string? version = null)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Multus");
        var configuration = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, $"{delegated}.json")))!.AsObject();
        if (version is not null)
            configuration["cniVersion"] = version;
        if (previous is not null)
            configuration["prevResult"] = JsonNode.Parse(previous);
        return await node.RunAsync(
            ["env", $"CNI_COMMAND={command}", .. await File.ReadAllLinesAsync(Path.Combine(folder, $"{delegated}.env")), Programs.AwsCni],
            configuration.ToJsonString());
    }

    private static string Address(JsonElement result) => result.GetProperty("ips")[0].GetProperty("address").GetString()!.Split('/')[0];

    private static string? HostVeth(JsonElement result) => result.GetProperty("interfaces")[0].GetProperty("name").GetString();
}
