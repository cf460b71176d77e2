using System.Text.Json;

namespace AwsVpcCni.Tests.World;

/// <summary>A pod's namespace in its node, and what the plugin said of it.</summary>
/// <param name="result">The plugin's result; null when its ADD failed.</param>
internal sealed class Pod(Node node, string name, string? result)
{
    public Node Node { get; } = node;

    public string Name { get; } = name;

    public JsonElement Result { get; } = JsonDocument.Parse(result ?? "{}").RootElement;

    /// <summary>Without the prefix length.</summary>
    public string Address => Result.GetProperty("ips")[0].GetProperty("address").GetString()!.Split('/')[0];

    public string HostVeth => Result.GetProperty("interfaces")[0].GetProperty("name").GetString()!;

    public Task<Ended> RunAsync(params string[] command) =>
        Lab.RunAsync(["exec", "--name", Node.Lab.Name, Node.Name, "--pod", Name, "--", .. command]);

    /// <summary>One ICMP echo that must come back, not fragmented. 8973 bytes of payload make a frame of 9001.</summary>
    public async Task PingAsync(string address, int payload = 8973) =>
        (await TryPingAsync(address, payload)).Succeeded();

    public Task<Ended> TryPingAsync(string address, int payload = 8973) =>
        RunAsync("ping", "-n", "-c", "1", "-W", "2", "-M", "do", "-s", $"{payload}", address);

    public Task<Ended> DeleteAsync(string? configuration = null) => Node.PluginAsync("DEL", Name, configuration);
}
