using AwsVpcCni.Runtime.Tests.World.Cri;

namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>A pod as kubelet has it: a sandbox and one container in it, with a process.</summary>
internal sealed class RuntimePod(Containerd runtime, string name, string sandbox, string container, string address)
{
    public string Name { get; } = name;

    /// <summary>The sandbox's id, which is CNI_CONTAINERID.</summary>
    public string Sandbox { get; } = sandbox;

    /// <summary>As the runtime tells it to kubelet.</summary>
    public string Address { get; } = address;

    /// <summary>What this pod's web server answers with.</summary>
    public string Page => $"{Name} on {runtime.Node.Name}";

    /// <summary>Runs a command in the container.</summary>
    /// <returns>What it wrote.</returns>
    public async Task<string> ExecAsync(params string[] command)
    {
        var ended = await runtime.Cri.ExecSyncAsync(new ExecSyncRequest { ContainerId = container, Cmd = { command }, Timeout = 60 });
        Assert.True(ended.ExitCode == 0, $"{Name}: {string.Join(' ', command)}: exit code {ended.ExitCode}\n{ended.Stdout.ToStringUtf8()}{ended.Stderr.ToStringUtf8()}");
        return ended.Stdout.ToStringUtf8();
    }

    /// <summary>
    /// Reads the page of another pod's web server, which may have been started this moment. By nc, because a static busybox's wget looks the
    /// service's number up through libraries that aren't there, and crashes.
    /// </summary>
    public async Task<string> ReadAsync(string address, int port = 80) => (await ExecAsync(
        "sh", "-c",
        $$"""
        get() { printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 2 {{address}} {{port}}; }
        for i in $(seq 50); do get 2>/dev/null && exit; sleep 0.1; done; get
        """)).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];

    public async Task StopAsync() => await runtime.Cri.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = Sandbox });

    public async Task RemoveAsync() => await runtime.Cri.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = Sandbox });
}
