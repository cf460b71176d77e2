using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace AwsVpcCni.Bench.Shared;

/// <summary>A lab with one node of 8 ENIs and 234 addresses for pods, and the published daemon on it.</summary>
internal sealed class NodeLab : IAsyncDisposable
{
    internal const string InstanceType = "m4.4xlarge";

    /// <summary>As in the original's eni-max-pods.txt; without that list the daemon takes 110 for granted.</summary>
    private const int MaxPods = 234;

    private const string NodeName = "node-1";

    private readonly string _bin;
    private readonly string _name = $"bench-{Guid.NewGuid():N}"[..16];
    private readonly CancellationToken _interrupted;
    private Process? _daemon;

    private NodeLab(string bin, CancellationToken interrupted) => (_bin, _interrupted) = (bin, interrupted);

    /// <summary>The daemon's socket as seen from here: through its process, whose /run is its node's.</summary>
    internal string Socket => $"/proc/{_daemon!.Id}/root/run/aws-node/ipamd.sock";

    /// <param name="profile">How slow EC2 is (vpclab up --help).</param>
    /// <param name="interrupted">Ends what waits for the daemon.</param>
    internal static async Task<NodeLab> UpAsync(string bin, string profile, int seed, CancellationToken interrupted, params string[] knobs)
    {
        var lab = new NodeLab(bin, interrupted);
        interrupted.ThrowIfCancellationRequested();
        try
        {
            await lab.RunAsync("up", "--nodes", "1", "--instance-type", InstanceType, "--subnets", "1", "--subnet-size", "/22",
                "--profile", profile, "--seed", $"{seed}", "--ec2-port", "0");
            if (knobs.Length > 0)
                await lab.RunAsync(["set", .. knobs]);
            interrupted.ThrowIfCancellationRequested();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the daemon and returns when its log, of which a copy is kept, says that it serves.</summary>
    internal async Task<DaemonLog> StartDaemonAsync(string copy, params string[] settings)
    {
        // /app is in the daemon's image; here it is a mount of the node's own, on ImageFolder.
        var script = $"mount -t tmpfs tmpfs /app && echo '{InstanceType} {MaxPods}' > /app/eni-max-pods.txt && exec \"$@\"";
        _daemon = Process.Start(new ProcessStartInfo(Path.Combine(_bin, "vpclab"),
        [
            "exec", "--name", _name, NodeName, "--", "sh", "-c", script, "sh", "env", "AWS_VPC_K8S_CNI_LOG_FILE=stdout", .. settings, Path.Combine(_bin, "ipamd"),
        ])
        { RedirectStandardOutput = true })!;
        var log = new DaemonLog(_daemon.StandardOutput, copy, _interrupted);
        await log.Serving;
        return log;
    }

    /// <summary>Runs a command in the node, as the container runtime would; its output.</summary>
    internal Task<string> ExecAsync(params string[] command) => RunAsync(["exec", NodeName, "--", .. command]);

    /// <summary>From now on EC2 answers calls of this kind so much later.</summary>
    internal Task DelayAsync(string action, string by) => RunAsync("fault", action, "--delay", by);

    /// <summary>Calls of the node so far, by action; EC2's own count.</summary>
    internal async Task<SortedDictionary<string, long>> CallsAsync() => (await StatusAsync(after: -1, _interrupted)).Calls;

    /// <summary>EC2 once it has neither changed nor been called for so long: what a pool does without being asked has been done by then.</summary>
    internal async Task<Ec2Status> RestAsync(TimeSpan quiet)
    {
        var status = await StatusAsync(after: -1, _interrupted);
        while (true)
        {
            using var rest = CancellationTokenSource.CreateLinkedTokenSource(_interrupted);
            rest.CancelAfter(quiet);
            try
            {
                status = await StatusAsync(status.Version, rest.Token);
            }
            catch (OperationCanceledException) when (!_interrupted.IsCancellationRequested)
            {
                return status;
            }
        }
    }

    /// <param name="after">Waits for a change since this version; -1 doesn't wait.</param>
    private async Task<Ec2Status> StatusAsync(long after, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint($"/run/vpclab/{_name}/control.sock"), cancelled);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        using var status = JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://control/v1/status?after={after}"), cancellation));
        return Ec2Status.Of(status.RootElement, NodeName);
    }

    public async ValueTask DisposeAsync()
    {
        _daemon?.Kill();
        await (_daemon?.WaitForExitAsync() ?? Task.CompletedTask);
        _daemon?.Dispose();
        await RunAsync("down");
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(_bin, "vpclab"), [arguments[0], "--name", _name, .. arguments.Skip(1)])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"vpclab {arguments[0]} ended with {process.ExitCode}");
    }
}
