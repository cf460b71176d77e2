using AwsVpcCni.Ipamd.Cloud.Ec2;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Ipamd.Observability;
using AwsVpcCni.Ipamd.Observability.Introspection;
using AwsVpcCni.Ipamd.Observability.Logs;
using AwsVpcCni.Ipamd.Serving;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine;
using Prometheus;

namespace AwsVpcCni.Ipamd;

/// <summary>The daemon from its settings to its end, in the order of docs/architecture.md, "Node start".</summary>
public sealed partial class Daemon(IpamdSettings settings, LogFile log, TimeProvider time)
{
    /// <summary>How long calls under way may take once the stop began; kubelet's grace period is 10 s.</summary>
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(5);

    /// <returns>The process's exit code: 0 after a stop that was asked for.</returns>
    public async Task<int> RunAsync(CancellationToken stopping)
    {
        using var logs = new JsonLoggerProvider(log, settings.Serving.LogLevel, time);
        var logger = logs.CreateLogger(typeof(Daemon).FullName!);
        try
        {
            await ServeAsync(logs, logger, stopping);
            Stopped(logger);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            StoppedAtStart(logger);
            return 0;
        }
        catch (StartException e)
        {
            CannotStart(logger, e.Message);
            await Console.Error.WriteLineAsync($"ipamd: {e.Message}");
            return 1;
        }
    }

    private async Task ServeAsync(JsonLoggerProvider logs, ILogger logger, CancellationToken stopping)
    {
        Starting(logger, DaemonVersion.Text);
        foreach (var variable in settings.NotActedOn)
            NotActedOn(logger, variable.ToString());
        foreach (var warning in settings.Warnings)
            Warning(logger, warning);

        using var onlyOne = DaemonLock.Take(settings.Serving.LockPath);
        var registry = Metrics.NewCustomRegistry();
        using var cloud = new NodeCloud(settings.Cloud, registry, logs, time);
        var node = await cloud.DiscoverAsync(stopping);
        Node(logger, node.Identity.InstanceId, node.Identity.InstanceType, node.Identity.PrimaryAddress.ToString(), node.Enis.Count);

        using var host = new HostLinks(settings.Network, logs);
        host.SetUpPrimary(node.Identity);

        var metrics = new PoolMetrics(registry);
        var journal = new PoolJournal(LoggerOf<PoolJournal>(logs), metrics);
        var pool = new WarmPoolEngine(
            PoolOptions(node), cloud.Ec2, cloud.ImdsEnis, new CheckpointFile(settings.Serving.CheckpointPath, time), host, time,
            Random.Shared.NextDouble, journal.Tell);
        metrics.ReadAtScrape(registry, pool);
        Report(logger, await pool.LoadAsync(node.Enis, stopping));

        using var giveUp = new CancellationTokenSource();
        var running = pool.RunAsync(giveUp.Token);
        try
        {
            await DeleteQueue.ReplayAsync(pool, logs, stopping);
            await using var ops = await StartOpsAsync(pool, registry, logs, stopping);
            await using var grpc = await GrpcHost.StartAsync(
                new GrpcHostOptions(settings.Serving.SocketPath, settings.Serving.TcpBackend),
                pool, Facts(node), new ServingMetrics(registry), logs, stopping);
            grpc.Serving();
            InstallCniConfiguration(logger);
            Serving(logger, (time.GetUtcNow() - System.Diagnostics.Process.GetCurrentProcess().StartTime.ToUniversalTime()).TotalMilliseconds);

            await Task.WhenAny(running, Task.Delay(Timeout.Infinite, stopping));
            grpc.NotServing();
            if (running.IsCompleted && !stopping.IsCancellationRequested)
                await running;   // its exception: the pool's loop must not end by itself

            Stopping(logger);
            await pool.StopAsync();
            using var bound = new CancellationTokenSource(StopBound, time);
            await grpc.StopAsync(bound.Token);
        }
        finally
        {
            await giveUp.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
