using System.Diagnostics;
using System.Net.Sockets;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.Rpc.Transport;

namespace AwsVpcCni.Tests.World;

/// <summary>One EC2 instance of the lab, with what a node has: a daemon, a runtime's way to call the plugin, pods.</summary>
internal sealed class Node(Lab lab, string name) : IDisposable
{
    /// <summary>Short rests, so that nobody waits; and small targets, so that a test sees both growth and shrinking.</summary>
    public static readonly IReadOnlyDictionary<string, string> Brisk = new Dictionary<string, string>
    {
        ["AWS_VPC_K8S_CNI_LOG_FILE"] = "/var/log/aws-routed-eni/ipamd.log",
        ["WARM_IP_TARGET"] = "3",
        ["MINIMUM_IP_TARGET"] = "6",
        ["IP_COOLDOWN_PERIOD"] = "1",
        ["IPAMD_SURPLUS_DELAY_SECONDS"] = "1",
    };

    private readonly NetworkNamespace _network = NetworkNamespace.Open(NetworkNamespace.PathOf($"{lab.Name}-{name}"));
    private readonly List<Process> _daemons = [];

    public Lab Lab { get; } = lab;

    public string Name { get; } = name;

    public NetworkNamespace Network => _network;

    /// <summary>The node's maxPods, as the list in the daemon's image says it; the machine then needs a /app to mount it on (ImageFolder).</summary>
    public string? MaxPodsLine { get; set; }

    /// <summary>Runs a command in the node, as root on its console would.</summary>
    public Task<Ended> RunAsync(params string[] command) => RunAsync(command, input: "");

    public Task<Ended> RunAsync(IEnumerable<string> command, string input) =>
        World.Lab.RunAsync(["exec", "--name", Lab.Name, Name, "--", .. command], input);

    public Task<Ended> ShellAsync(string script, string shell = "sh") => RunAsync(shell, "-c", script);

    /// <summary>Starts ipamd and waits until it serves.</summary>
    public async Task<Process> StartIpamdAsync(params (string Name, string Value)[] settings)
    {
        var daemon = LaunchIpamd(settings);
        await ServingAsync(daemon);
        return daemon;
    }

    /// <summary>Waits until a daemon that was launched serves.</summary>
    public async Task ServingAsync(Process daemon)
    {
        var serving = await ProbeUntilServingAsync(daemon);
        Assert.True(serving.ExitCode == 0, $"ipamd does not serve: {serving.Error}\n{await LogAsync()}");
    }

    /// <summary>Starts ipamd, whatever becomes of it.</summary>
    public Process LaunchIpamd(params (string Name, string Value)[] settings) => LaunchIpamdBy([], settings);

    /// <summary>The same by a program that becomes what its arguments name, as setpriv does.</summary>
    public Process LaunchIpamdBy(IReadOnlyList<string> launcher, params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>(Brisk);
        foreach (var (variable, value) in settings)
            environment[variable] = value;
        var daemon = Run.Start(
            Programs.VpcLab,
            ["exec", "--name", Lab.Name, Name, "--", .. Image(), "env", .. environment.Select(v => $"{v.Key}={v.Value}"), .. launcher, Programs.Ipamd]);
        lock (_daemons)
            _daemons.Add(daemon);
        return daemon;
    }

    private string[] Image() => MaxPodsLine is null ? [] :
        ["sh", "-c", $"mount -t tmpfs tmpfs /app && echo '{MaxPodsLine}' > /app/eni-max-pods.txt && exec \"$@\"", "sh"];

    /// <summary>SIGKILL: the daemon's process is the one that `vpclab exec` became.</summary>
    public static Task KillAsync(Process daemon)
    {
        daemon.Kill();
        return daemon.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public static async Task TerminateAsync(Process daemon)
    {
        (await Run.ProgramAsync("kill", ["-TERM", $"{daemon.Id}"])).Succeeded();
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await daemon.WaitForExitAsync(bound.Token);
    }

    /// <summary>ipamd run to its end, for starts that must fail.</summary>
    public Task<Ended> IpamdAsync(params (string Name, string Value)[] settings) => RunAsync(
        ["env", .. new Dictionary<string, string>(Brisk.Concat(settings.Select(s => KeyValuePair.Create(s.Name, s.Value)))
            .GroupBy(v => v.Key).Select(v => v.Last())).Select(v => $"{v.Key}={v.Value}"), Programs.Ipamd],
        input: "");

    public Task<Ended> ProbeAsync(params string[] flags) => RunAsync([Programs.HealthProbe, .. flags], input: "");

    public async Task<string> LogAsync() => (await ShellAsync("cat /var/log/aws-routed-eni/*.log")).Output;

    /// <summary>Waits until the daemon's log has this in it.</summary>
    public async Task LogUntilAsync(string text) =>
        (await ShellAsync($"timeout 60 grep -q -m1 '{text}' <(exec timeout 60 tail -n +1 -F /var/log/aws-routed-eni/ipamd.log 2>/dev/null)", "bash")).Succeeded();

    /// <summary>What pods leave their traces in: links, rules, routes, permanent neighbours.</summary>
    public async Task<string> KernelAsync() => (await ShellAsync(
        "ip -o link | sed 's/ state .*//;s/@.*//' ; ip rule; ip -4 route show table all; ip -4 neigh show nud permanent")).Succeeded();

    /// <summary>Asks again at each change of the node's kernel, until a command prints these lines, in any order.</summary>
    public async Task SeenAsync(string script, IEnumerable<string> lines)
    {
        var wanted = string.Join('\n', lines.Order(StringComparer.Ordinal));
        var ended = await ShellAsync(
            $$"""
            look() { seen=$({{script}} | LC_ALL=C sort); [ "$seen" = '{{wanted}}' ]; }
            exec 3< <(exec timeout 60 ip monitor link route rule 2>/dev/null)
            trap "kill $! 2>/dev/null" EXIT
            until look; do read -r -u 3 || break; done
            look || { echo "$seen"; exit 1; }
            """,
            "bash");
        Assert.True(ended.ExitCode == 0, $"{script} shows\n{ended.Output}instead of\n{wanted}\n{await LogAsync()}");
    }

    /// <summary>Makes a namespace as a runtime does, and executes the plugin for it.</summary>
    public async Task<Pod> AddPodAsync(string pod, string? configuration = null)
    {
        var (added, ended) = await TryAddPodAsync(pod, configuration);
        Assert.True(ended.ExitCode == 0, $"ADD of {pod} failed: {ended.Output}\n{ended.Error}");
        return added;
    }

    public async Task<(Pod Pod, Ended Ended)> TryAddPodAsync(string pod, string? configuration = null)
    {
        (await World.Lab.RunAsync(["addpod", "--name", Lab.Name, Name, pod])).Succeeded();
        var ended = await PluginAsync("ADD", pod, configuration);
        return (new Pod(this, pod, ended.ExitCode == 0 ? ended.Output : null), ended);
    }

    public async Task<Ended> PluginAsync(string command, string pod, string? configuration = null, string? netns = null, string? container = null) =>
        await RunAsync(PluginCall(command, pod, netns, container), configuration ?? await File.ReadAllTextAsync(Programs.Configuration));

    /// <summary>An ADD whose process gets SIGKILL so long after its start, unless it has ended by then.</summary>
    public async Task AddKilledAsync(string pod, TimeSpan after)
    {
        using var plugin = Run.Start(
            Programs.VpcLab, ["exec", "--name", Lab.Name, Name, "--", .. PluginCall("ADD", pod, netns: null, container: null)]);
        var output = Task.WhenAll(plugin.StandardOutput.ReadToEndAsync(), plugin.StandardError.ReadToEndAsync());
        await plugin.StandardInput.WriteAsync(await File.ReadAllTextAsync(Programs.Configuration));
        plugin.StandardInput.Close();
        await Task.WhenAny(plugin.WaitForExitAsync(), Task.Delay(after));
        await KillAsync(plugin);
        await output;
    }

    // `vpclab exec` and env become what they start: the process is the plugin's.
    public static string[] PluginCall(string command, string pod, string? netns, string? container) =>
    [
        "env", $"CNI_COMMAND={command}", $"CNI_CONTAINERID={container ?? "box-" + pod}", $"CNI_NETNS={netns ?? "/var/run/netns/" + pod}", "CNI_IFNAME=eth0",
        $"CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME={pod};K8S_POD_INFRA_CONTAINER_ID={container ?? "box-" + pod}",
        "CNI_PATH=/opt/cni/bin", Programs.AwsCni,
    ];

    /// <summary>A page of a server in the node.</summary>
    public async Task<string> GetAsync(int port, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = _network.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        return await http.GetStringAsync($"http://127.0.0.1:{port}{path}");
    }

    /// <summary>The pool as introspection shows it on card 0.</summary>
    public async Task<PoolPage> PoolAsync() => PoolPage.Parse(await GetAsync(61679, "/v1/enis"));

    /// <summary>Asks at each line that the daemon logs, for every change of the pool is one, until the pool is as wanted.</summary>
    public async Task<PoolPage> PoolUntilAsync(Func<PoolPage, bool> wanted)
    {
        PoolPage? pool = null;
        if (!await AtEachLogLineAsync(async () => wanted(pool = await PoolAsync())))
            Assert.Fail($"the pool does not become what it should: {pool}\n{await LogAsync()}");
        return pool!;
    }

    /// <summary>Reads the daemon's metrics at each line that it logs, until one without labels, of the pool's counters, has this value.</summary>
    public async Task MetricUntilAsync(string name, double value)
    {
        var line = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} {value}");
        var page = "";
        if (!await AtEachLogLineAsync(async () => (page = await GetAsync(61678, "/metrics")).Split('\n').Contains(line)))
            Assert.Fail($"the metrics do not say {line}:\n{page}\n{await LogAsync()}");
    }

    /// <returns>False when it did not come true in a minute, which is no assertion about time: it keeps a hanging daemon from hanging the run.</returns>
    private async Task<bool> AtEachLogLineAsync(Func<Task<bool>> holds)
    {
        // The log's last line comes at once, so that what is true already is seen; tail sleeps on inotify.
        using var tail = Run.Start(Programs.VpcLab, ["exec", "--name", Lab.Name, Name, "--", "tail", "-n", "1", "-F", Brisk["AWS_VPC_K8S_CNI_LOG_FILE"]]);
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            while (await tail.StandardOutput.ReadLineAsync(bound.Token) is not null)
            {
                if (await holds())
                    return true;
            }
        }
        catch (OperationCanceledException)
        {
            // It has one more chance: what makes it true may have been logged nowhere.
        }
        finally
        {
            tail.Kill();
        }

        return await holds();
    }

    /// <summary>A connection to 50051 in the node, made by this process, as root unless another uid is given.</summary>
    public Socket ConnectTcp(int uid = 0) => _network.Run(() =>
    {
        Credentials.Become(uid);   // of this thread alone, and it ends with Run
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(NodeSockets.IpamdTcp);
        return socket;
    });

    public void Dispose()
    {
        foreach (var daemon in _daemons)
            daemon.Dispose();
        _network.Dispose();
    }

    private async Task<Ended> ProbeUntilServingAsync(Process daemon)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var probe = await ProbeAsync($"-addr={GrpcTarget.Unix(NodeSockets.Ipamd)}", "-connect-timeout=1s");
            if (probe.ExitCode == 0 || daemon.HasExited || bound.IsCancellationRequested)
                return daemon.HasExited ? probe with { Error = await daemon.StandardError.ReadToEndAsync(CancellationToken.None) } : probe;
        }
    }
}
