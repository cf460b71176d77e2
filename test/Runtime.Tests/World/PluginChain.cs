using System.Text.Json.Nodes;

namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>
/// Executes a configuration list as runtimes do (specification 1.0.0, section 3 "Lifecycle &amp; Ordering"): ADD and CHECK from first to last, DEL from
/// last to first; ADD hands each result on, CHECK and DEL get the last one.
/// </summary>
internal sealed class PluginChain(Node node, string pod, JsonObject list, JsonObject runtimeConfig)
{
    /// <summary>
    /// A PATH of iptables alone: portmap's CHECK (1.1.1) looks for its rules in both families wherever both tools are, and so finds none of
    /// IPv6 for every pod that has IPv4 only.
    /// </summary>
    private const string Tools = "/run/ipv4-tools";

    private JsonNode? _result;

    public async Task<JsonNode> AddAsync()
    {
        (await node.ShellAsync($"mkdir -p {Tools} && ln -sf \"$(command -v iptables)\" {Tools}/iptables")).Succeeded();
        (await Lab.RunAsync(["addpod", "--name", node.Lab.Name, node.Name, pod])).Succeeded();
        foreach (var plugin in Plugins())
            _result = JsonNode.Parse(await RunAsync("ADD", plugin))!;
        return _result!;
    }

    public async Task CheckAsync()
    {
        foreach (var plugin in Plugins())
            Assert.Equal("", await RunAsync("CHECK", plugin));
    }

    public async Task DeleteAsync()
    {
        foreach (var plugin in Plugins().Reverse())
            await RunAsync("DEL", plugin);
        (await Lab.RunAsync(["delpod", "--name", node.Lab.Name, node.Name, pod])).Succeeded();
    }

    private IEnumerable<JsonObject> Plugins() => list["plugins"]!.AsArray().Select(plugin => plugin!.AsObject());

    private async Task<string> RunAsync(string command, JsonObject plugin)
    {
        var configuration = plugin.DeepClone().AsObject();
        configuration["cniVersion"] = (string?)list["cniVersion"];
        configuration["name"] = (string?)list["name"];
        if (_result is not null)
            configuration["prevResult"] = _result.DeepClone();
        if (Capabilities(plugin) is { Count: > 0 } asked)
            configuration["runtimeConfig"] = asked;
        var type = (string)plugin["type"]!;
        var ended = await node.RunAsync(
            [
                "/usr/bin/env", $"CNI_COMMAND={command}", $"CNI_CONTAINERID=box-{pod}", $"CNI_NETNS=/var/run/netns/{pod}", "CNI_IFNAME=eth0",
                $"CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME={pod};K8S_POD_INFRA_CONTAINER_ID=box-{pod}", "CNI_PATH=/opt/cni/bin",
                $"PATH={Tools}", type == "aws-cni" ? Programs.AwsCni : Path.Combine(ContainerdRelease.Plugins, type),
            ],
            configuration.ToJsonString());
        Assert.True(ended.ExitCode == 0, $"{command} of {type}: {ended.Output}\n{ended.Error}\n{configuration}");
        return ended.Output;
    }

    /// <summary>What the plugin's capabilities ask for, of what the runtime has (CNI conventions, "Dynamic Plugin specific fields").</summary>
    private JsonObject Capabilities(JsonObject plugin)
    {
        var asked = new JsonObject();
        foreach (var (name, on) in plugin["capabilities"]?.AsObject() ?? [])
        {
            if ((bool)on! && runtimeConfig[name] is { } value)
                asked[name] = value.DeepClone();
        }

        return asked;
    }
}
