using System.Diagnostics;
using System.Net;
using System.Text.Json;
using AwsVpcCni.Cni.DeleteQueue;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>
/// A node on this machine: a network namespace, and a /var/run/aws-node of its own in which the test's daemons listen. The plugin is
/// executed in it as a container runtime does.
/// </summary>
internal sealed class Node : IAsyncDisposable
{
    /// <summary>Makes /run private and puts the node's folder in it, with the namespaces' names still there.</summary>
    private const string Enter = """
        set -e
        eval "$7"
        mkdir "$1"; mount --rbind /run "$1"; mount -t tmpfs none /run
        mkdir -p /run/netns /run/aws-node; mount --rbind "$1/netns" /run/netns; mount --bind "$2" /run/aws-node
        eval "exec nsenter --net=\"\$3\" $6 \"\$4\" $5"
        """;

    public static bool IsPublished => Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 };

    /// <summary>The plugin, as published or built.</summary>
    public static readonly string Program = Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 } published
        ? Path.Combine(published, "aws-cni")
        : Path.Combine(AppContext.BaseDirectory.Replace("/test/AwsCni.Tests/", "/src/AwsCni/", StringComparison.Ordinal), "linux-x64", "aws-cni");

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _pods = [];
    private readonly List<IAsyncDisposable> _daemons = [];
    private readonly List<FileStream> _locks = [];
    private int _executions;

    private Node()
    {
        Folder = Directory.CreateTempSubdirectory("aws-cni-").FullName;
        RunFolder = Directory.CreateDirectory(Path.Combine(Folder, "run")).FullName;
        Namespace = NetworkNamespace.Create($"node-{_id}");
        Namespace.Run(() =>
        {
            using var routes = RouteSocket.Open();
            routes.SetLink(1, new LinkChange { IsUp = true });
        });
        Routes = RouteSocket.OpenIn(Namespace);
    }

    public string Folder { get; }

    /// <summary>The node's /var/run/aws-node.</summary>
    public string RunFolder { get; }

    public string LockPath => Path.Combine(RunFolder, "ipamd.lock");

    public NetworkNamespace Namespace { get; }

    /// <summary>The node's kernel.</summary>
    public RouteSocket Routes { get; }

    public static Node Start()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("needs root: network and mount namespaces");
        return new Node();
    }

    /// <summary>A pod's namespace, as the runtime makes it before ADD.</summary>
    public NetworkNamespace NewPod(string name = "pod")
    {
        var pod = NetworkNamespace.Create($"{name}-{_id}");
        _pods.Add($"{name}-{_id}");
        return pod;
    }

    public async Task<FakeDaemon> StartIpamdAsync(Action<FakeDaemon>? behave = null)
    {
        var daemon = await FakeDaemon.StartAsync(Path.Combine(RunFolder, "ipamd.sock"), listener: null, behave);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>One that listens on a TCP port of the node's loopback alone.</summary>
    /// <param name="locks">Whether it holds ipamd's lock, as ipamd does.</param>
    public async Task<FakeDaemon> StartTcpIpamdAsync(int port, uint owner, bool locks = true)
    {
        if (locks)
            _locks.Add(new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        var listener = Namespace.Listen(new IPEndPoint(IPAddress.Loopback, port));
        SocketOwnership.Give(listener, owner);
        var daemon = await FakeDaemon.StartAsync(null, listener, null);
        _daemons.Add(daemon);
        return daemon;
    }

    public async Task<FakePolicyAgent> StartPolicyAgentAsync(Action<FakePolicyAgent>? behave = null)
    {
        var agent = await FakePolicyAgent.StartAsync(Path.Combine(RunFolder, "npa.sock"), behave);
        _daemons.Add(agent);
        return agent;
    }

    public Task<PluginRun> AddAsync(NetworkNamespace pod, PluginCall? call = null) => RunAsync("ADD", pod.Path, call);

    public Task<PluginRun> DelAsync(NetworkNamespace? pod, PluginCall? call = null) => RunAsync("DEL", pod?.Path ?? "", call);

    public async Task<PluginRun> RunAsync(string command, string netns, PluginCall? call = null)
    {
        call ??= new PluginCall();
        var start = new ProcessStartInfo("unshare")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "--mount", "--propagation", "private", "sh", "-c", Enter, "enter",
                Path.Combine(Folder, $"old-run-{Interlocked.Increment(ref _executions)}"), RunFolder, Namespace.Path, Program,
                call.Redirect,
                call.User is { } user ? $"--setuid {user} --setgid {user}" : "",
                call.Limits,
            },
        };
        foreach (var (name, value) in call.Environment(command, netns))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(call.Configuration);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new PluginRun(process.ExitCode, await output, await error);
    }

    /// <summary>ip(8) with the words of a line, in the node's namespace or in a pod's.</summary>
    public void Ip(string line, NetworkNamespace? pod = null)
    {
        using var process = Process.Start("nsenter", [$"--net={(pod ?? Namespace).Path}", "ip", .. line.Split(' ')]);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ip {line}: exit {process.ExitCode}");
    }

    public IReadOnlyList<DeleteNote?> Notes() => [.. new DeleteFolder(Path.Combine(RunFolder, "deletes")).Notes(File.ReadAllBytes).Select(n => n.Note)];

    /// <summary>Everything that a pod's network puts on the node, as text; empty when there is nothing.</summary>
    public string Traces() => string.Join('\n',
    [
        .. Routes.Links().Where(l => l.Kind == "veth").Select(l => l.Name),
        .. Routes.Rules().Where(r => r.Priority is 512 or 1536).Select(r => $"{r.Priority} from {r.From} to {r.To} table {r.Table}"),
        .. Routes.Routes(254).Select(r => $"{r.Destination}"),
    ]);

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons)
            await daemon.DisposeAsync();
        _locks.ForEach(file => file.Dispose());
        Routes.Dispose();
        Namespace.Dispose();
        foreach (var pod in _pods)
            NetworkNamespace.Delete(pod);
        NetworkNamespace.Delete($"node-{_id}");
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>What a runtime gives to one execution.</summary>
internal sealed record PluginCall
{
    public string ContainerId { get; init; } = "8f0e3a";

    public string PodName { get; init; } = "web-0";

    public string IfName { get; init; } = "eth0";

    public string Version { get; init; } = "1.0.0";

    /// <summary>Further keys of the configuration, as JSON members.</summary>
    public string Keys { get; init; } = "\"addTimeoutSeconds\":5";

    public string? PrevResult { get; init; }

    /// <summary>Of the plugin's streams, as a shell has it: <c>&gt;/dev/full</c>.</summary>
    public string Redirect { get; init; } = "";

    /// <summary>What the shell does before: <c>ulimit</c>, <c>trap</c>.</summary>
    public string Limits { get; init; } = "";

    /// <summary>Who runs the plugin; root when null.</summary>
    public uint? User { get; init; }

    /// <summary>CNI_ARGS; the pod's when null.</summary>
    public string? Args { get; init; }

    public string Configuration =>
        $$"""{"cniVersion":"{{Version}}","name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":9001{{(Keys.Length > 0 ? "," + Keys : "")}}{{(PrevResult is null ? "" : ",\"prevResult\":" + PrevResult)}}}""";

    public IEnumerable<(string, string)> Environment(string command, string netns) =>
    [
        ("CNI_COMMAND", command),
        ("CNI_PATH", "/opt/cni/bin"),
        .. command is "STATUS" or "GC" ? [] : OfAContainer(netns),
    ];

    private IEnumerable<(string, string)> OfAContainer(string netns) =>
    [
        ("CNI_CONTAINERID", ContainerId),
        ("CNI_NETNS", netns),
        ("CNI_IFNAME", IfName),
        ("CNI_ARGS", Args ?? $"IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME={PodName};K8S_POD_INFRA_CONTAINER_ID={ContainerId};K8S_POD_UID=uid-1"),
    ];
}

/// <summary>What the runtime sees of it.</summary>
internal sealed record PluginRun(int ExitCode, string Output, string Log)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public int Code => Json.GetProperty("code").GetInt32();

    public string Message => Json.GetProperty("msg").GetString()!;

    public PluginRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit {ExitCode}: {Output}\n{Log}");
        return this;
    }

    public PluginRun FailedWith(int code)
    {
        Assert.True(ExitCode == 1, $"exit {ExitCode}: {Output}\n{Log}");
        Assert.Equal(code, Code);
        return this;
    }
}
