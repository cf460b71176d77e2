using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>The container runtime's part: makes a sandbox, executes aws-cni as the CNI specification says, and reads its result.</summary>
internal sealed class Runtime(DemoPrograms programs)
{
    /// <param name="daemonAddress">Null is the configuration as it is; else the plugin finds ipamd there (key ipamdAddress).</param>
    internal async Task<DemoPod> AddAsync(DemoNode node, string name, CancellationToken cancellation, string? daemonAddress = null)
    {
        var configuration = daemonAddress is null ? programs.Configuration : WithDaemonAddress(daemonAddress);
        var containerId = $"{Guid.NewGuid():N}{Guid.NewGuid():N}";
        Pods.Add(node.Space, name);
        var result = (await ExecuteAsync("ADD", node, name, containerId, configuration, cancellation)).OrFail();
        var (address, hostVeth) = Parse(result);
        return new DemoPod(node, name, containerId, address, hostVeth, configuration);
    }

    internal async Task DeleteAsync(DemoPod pod, CancellationToken cancellation)
    {
        (await ExecuteAsync("DEL", pod.Node, pod.Name, pod.ContainerId, pod.Configuration, cancellation)).OrFail();
        Pods.Delete(pod.Node.Space, pod.Name);
    }

    private Task<CommandResult> ExecuteAsync(
        string command, DemoNode node, string name, string containerId, string configuration, CancellationToken cancellation) =>
        node.RunAsync([programs.AwsCni], cancellation, input: configuration, environment: new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = containerId,
            ["CNI_NETNS"] = "/var/run/netns/" + name,
            ["CNI_IFNAME"] = "eth0",
            ["CNI_PATH"] = programs.BinFolder,
            ["CNI_ARGS"] = $"IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME={name};K8S_POD_INFRA_CONTAINER_ID={containerId}",
        });

    private string WithDaemonAddress(string address)
    {
        var configuration = JsonNode.Parse(programs.Configuration) as JsonObject ?? throw new LabException("The CNI configuration is no JSON object.");
        configuration["ipamdAddress"] = address;
        return configuration.ToJsonString();
    }

    private static (IPAddress Address, string HostVeth) Parse(CommandResult result)
    {
        try
        {
            using var json = JsonDocument.Parse(result.Output);
            var address = json.RootElement.GetProperty("ips")[0].GetProperty("address").GetString() ?? "";
            var hostVeth = json.RootElement.GetProperty("interfaces").EnumerateArray()
                .First(i => !i.TryGetProperty("sandbox", out var sandbox) || string.IsNullOrEmpty(sandbox.GetString()))
                .GetProperty("name").GetString() ?? "";
            return (IPAddress.Parse(address.Split('/')[0]), hostVeth);
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new LabException($"{result.What} gave a result without address or host interface: {result.Output}", e);
        }
    }
}
