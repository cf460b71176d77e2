using System.Diagnostics;
using AwsVpcCni.Rpc.Transport;
using AwsVpcCni.Runtime.Tests.World.Cri;
using Grpc.Core;
using Grpc.Net.Client;

namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>
/// A containerd on a node of the lab, private to it: its files are on the node's own tmpfs, and `vpclab exec` leaves /sys as it is, which
/// runc needs for its cgroups. Talked to as kubelet does; its CNI plugins run in the node.
/// </summary>
internal sealed class Containerd : IAsyncDisposable
{
    /// <summary>No assertion: it keeps what hangs from hanging the run.</summary>
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(60);

    private readonly ContainerdRelease _release;
    private readonly string _folder = Directory.CreateTempSubdirectory("runtime-").FullName;
    private readonly PodCgroups _cgroups = new();
    private Process? _process;
    private GrpcChannel? _channel;

    private Containerd(Node node, ContainerdRelease release) => (Node, _release) = (node, release);

    public Node Node { get; }

    public RuntimeService.RuntimeServiceClient Cri => new(_channel);

    private string Log => Path.Combine(_folder, "log");

    /// <summary>Starts one without CNI configuration, with our plugin and the reference ones in its folder of plugins.</summary>
    public static async Task<Containerd> StartAsync(Node node, ContainerdRelease release)
    {
        var runtime = new Containerd(node, release);
        try
        {
            await node.ShellAsync($"ln -s {ContainerdRelease.Plugins}/* {Programs.AwsCni} /opt/cni/bin/");
            await File.WriteAllTextAsync(Path.Combine(runtime._folder, "config.toml"), ContainerdConfiguration.For(release));
            await runtime.StartAsync();
            PodImage.Write(Path.Combine(runtime._folder, "image.tar"));
            (await node.RunAsync(
                [
                    $"{release.Folder}/ctr", "--address", ContainerdConfiguration.Socket, "--namespace", "k8s.io",
                    "images", "import", .. release.ImportFlags, "--snapshotter", "native", Path.Combine(runtime._folder, "image.tar"),
                ],
                input: "")).Succeeded();
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, and returns when it says that it is ready.</summary>
    public async Task StartAsync()
    {
        using var note = new ReadyNote(Path.Combine(_folder, "ready"));
        // Its log is a file and no pipe: shims outlive it, and would hold a pipe open.
        _process = Run.Start(
            Programs.VpcLab,
            [
                "exec", "--name", Node.Lab.Name, Node.Name, "--", "env", $"NOTIFY_SOCKET={note.Path}",
                $"PATH={_release.Folder}:{Path.GetDirectoryName(ContainerdRelease.Runc)}:/usr/sbin:/usr/bin:/sbin:/bin",
                "sh", "-c", $"exec containerd --config {_folder}/config.toml >>{Log} 2>&1",
            ]);
        using var bound = new CancellationTokenSource(_bound);
        var ready = note.ReadyAsync(bound.Token);
        if (await Task.WhenAny(ready, _process.WaitForExitAsync(bound.Token)) != ready || !ready.IsCompletedSuccessfully)
            Assert.Fail($"containerd {_release.Version} does not start:\n{await LogAsync()}");
        _channel = GrpcChannels.Open(GrpcTarget.Unix($"/proc/{_process.Id}/root{ContainerdConfiguration.Socket}"));
        await InitializedAsync(bound.Token);
    }

    /// <summary>SIGKILL. Pods go on: their processes are their shims' children.</summary>
    public async Task KillAsync()
    {
        _channel?.Dispose();
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        (_channel, _process) = (null, null);
    }

    /// <summary>What the runtime tells kubelet of the node's network.</summary>
    /// <remarks>Kubelet gives an answer 30 s, then it calls the node NotReady.</remarks>
    public async Task<RuntimeCondition> NetworkAsync() =>
        (await Cri.StatusAsync(new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(30))).Status.Conditions.Single(condition => condition.Type == "NetworkReady");

    /// <summary>
    /// Asks as kubelet does, again and again, until the network is, or isn't, ready. There can be no event: CRI's GetContainerEvents and
    /// containerd's own events tell of containers, and whether the network is ready is found out (by STATUS, since CNI 1.1.0) when it is asked.
    /// </summary>
    public async Task<RuntimeCondition> NetworkUntilAsync(bool ready)
    {
        using var bound = new CancellationTokenSource(_bound);
        while (true)
        {
            var network = await NetworkAsync();
            if (network.Status == ready)
                return network;
            if (bound.IsCancellationRequested)
                Assert.Fail($"NetworkReady does not become {ready}: {network}\n{await LogAsync()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }

    /// <summary>A pod with a web server that says its name.</summary>
    public async Task<RuntimePod> RunPodAsync(string name, Action<PodSandboxConfig>? shape = null)
    {
        var pod = new PodSandboxConfig
        {
            Metadata = new PodSandboxMetadata { Name = name, Uid = $"uid-{name}", Namespace = "default" },
            Hostname = name,
            LogDirectory = "/run/containerd/logs",
            Linux = new LinuxPodSandboxConfig { CgroupParent = $"/{_cgroups.Name}" },
        };
        shape?.Invoke(pod);
        var sandbox = await RunSandboxAsync(pod);
        var container = (await Cri.CreateContainerAsync(new CreateContainerRequest
        {
            PodSandboxId = sandbox,
            SandboxConfig = pod,
            Config = new ContainerConfig
            {
                Metadata = new ContainerMetadata { Name = "web" },
                Image = new ImageSpec { Image = PodImage.Name },
                Command = { "sh", "-c", $"echo '{name} on {Node.Name}' > /tmp/index.html; exec httpd -f -p 80 -h /tmp" },
            },
        })).ContainerId;
        await Cri.StartContainerAsync(new StartContainerRequest { ContainerId = container });
        var status = await Cri.PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = sandbox });
        return new RuntimePod(this, name, sandbox, container, status.Status.Network.Ip);
    }

    public async Task<IReadOnlyList<string>> SandboxesAsync() =>
        [.. (await Cri.ListPodSandboxAsync(new ListPodSandboxRequest())).Items.Select(item => item.Id)];

    public async Task<string> LogAsync() => (File.Exists(Log) ? await File.ReadAllTextAsync(Log) : "") + await Node.LogAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } && _channel is not null)
        {
            try
            {
                foreach (var sandbox in await SandboxesAsync())
                    await Cri.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandbox });
            }
            catch (RpcException)
            {
                // It can't any more; its processes end below.
            }
        }

        await KillAsync();
        _cgroups.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>
    /// Containerd 1.x says that it is ready before its CRI part has found the pods again ("server is not initialized yet"). Nothing tells of
    /// that moment: no event and no line of the log comes after it.
    /// </summary>
    private async Task InitializedAsync(CancellationToken bound)
    {
        while (true)
        {
            try
            {
                await Cri.ListPodSandboxAsync(new ListPodSandboxRequest(), cancellationToken: bound);
                return;
            }
            catch (RpcException) when (!bound.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }
    }

    private async Task<string> RunSandboxAsync(PodSandboxConfig pod)
    {
        try
        {
            return (await Cri.RunPodSandboxAsync(new RunPodSandboxRequest { Config = pod })).PodSandboxId;
        }
        catch (RpcException e)
        {
            throw new InvalidOperationException($"{pod.Metadata.Name} does not start: {e.Status.Detail}\n{await LogAsync()}", e);
        }
    }
}
