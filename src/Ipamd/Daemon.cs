using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Cni.DeleteQueue;
using AwsVpcCni.Ipamd.Cloud;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Ipamd.Observability;
using AwsVpcCni.Ipamd.Observability.Introspection;
using AwsVpcCni.Ipamd.Observability.Logs;
using AwsVpcCni.Ipamd.Serving;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Model;
using Prometheus;

namespace AwsVpcCni.Ipamd;

/// <summary>The daemon from its settings to its end, in the order of docs/architecture.md, "Node start".</summary>
public sealed partial class Daemon(IpamdSettings settings, LogFile log, TimeProvider time)
{
    /// <summary>How long calls under way may take once the pool has stopped; kubelet's grace period is 10 s in all.</summary>
    private static readonly TimeSpan _lastCalls = TimeSpan.FromSeconds(2);

    /// <returns>The process's exit code: 0 after a stop that was asked for, 1 when the start failed.</returns>
    public async Task<int> RunAsync(CancellationToken stopping)
    {
        using var logs = new JsonLoggerProvider(log, settings.Serving.LogLevel, time);
        var logger = logs.CreateLogger(typeof(Daemon).FullName!);
        try
        {
            await RunAsync(logs, logger, stopping);
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
            if (settings.Serving.LogFile != "stderr")
                await Console.Error.WriteLineAsync($"ipamd: {e.Message}");
            return 1;
        }
    }

    private async Task RunAsync(JsonLoggerProvider logs, ILogger logger, CancellationToken stopping)
    {
        Starting(logger, DaemonVersion.Text, Environment.ProcessId);
        foreach (var variable in settings.NotActedOn)
            NotActedOn(logger, variable.ToString());
        foreach (var warning in settings.Warnings)
            Warned(logger, warning);

        using var onlyOne = DaemonLock.Take(settings.Serving.LockPath);
        var registry = Metrics.NewCustomRegistry();
        var startMetrics = new StartMetrics(registry);
        var began = time.GetTimestamp();
        var cloudMetrics = new CloudMetrics(registry);
        using var cloud = await NodeCloud.OpenAsync(
            settings.Cloud, settings.Pool, cloudMetrics.Count, logs.CreateLogger(typeof(NodeCloud).FullName!), time, stopping);
        var state = await cloud.DiscoverAsync(stopping);
        var node = cloud.Identity;
        Found(logger, node.InstanceId, node.InstanceType, node.PrimaryAddress.ToString(), state.Enis.Count,
            state.Limits.EnisPerCard[0], state.Limits.BlocksPerEni, state.Limits.MaxPods);

        if (state.LimitsUnknown is { } unknown)
            LimitsUnknown(logger, state.Limits.EnisPerCard[0], state.Limits.BlocksPerEni, unknown);
        else if (settings.Pool.PrefixDelegation && !state.Limits.SupportsPrefixes)
            NoPrefixes(logger, node.InstanceType);

        using var host = HostLinks.Open(settings.Network.EniMtu, logs.CreateLogger(typeof(HostLinks).FullName!));
        var metrics = new PoolMetrics(registry);
        var journal = new PoolJournal(logs.CreateLogger(typeof(PoolJournal).FullName!), metrics);
        using var giveUp = new CancellationTokenSource();
        EniAdoption? adoption = null;
        var pool = new WarmPoolEngine(
            PoolOptions.Of(settings, node, state, cloud.Ec2.LastingTags), cloud.Ec2, cloud.ImdsEnis, new CheckpointFile(settings.Serving.CheckpointPath), host, time,
            Random.Shared.NextDouble, notice =>
            {
                journal.Tell(notice);
                adoption?.Hear(notice);
            });
        adoption = new EniAdoption(
            settings.Pool.AsksEc2 ? cloud.Ec2 : null, new EniSources(node.Home, cloud.Roles), pool.Adopt, journal.Tell, time, giveUp.Token);
        metrics.ReadAtScrape(registry, pool);
        Report(logger, await pool.LoadAsync(state.Enis, stopping));
        startMetrics.Initialized(time.GetElapsedTime(began));

        var running = pool.RunAsync(giveUp.Token);
        var asking = state.LimitsUnknown is null || !settings.Pool.AsksEc2
            ? Task.CompletedTask
            : LateLimits.FollowAsync(
                cloud.LimitsAsync, limits => UseLimits(pool, limits, logger), e => LimitsNotRead(logger, e), time, giveUp.Token);
        try
        {
            await ServeAsync(pool, running, registry, startMetrics, Facts(node, state), logs, logger, stopping);
        }
        finally
        {
            await giveUp.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void UseLimits(WarmPoolEngine pool, InstanceLimits limits, ILogger logger)
    {
        LimitsKnown(logger, limits.EnisPerCard[0], limits.BlocksPerEni);
        pool.SetLimits(limits);
    }

    private async Task ServeAsync(
        WarmPoolEngine pool, Task running, CollectorRegistry registry, StartMetrics startMetrics, NodeFacts facts, JsonLoggerProvider logs,
        ILogger logger, CancellationToken stopping)
    {
        var deletes = new DeleteReplay(new DeleteFolder(DeleteFolder.OnANode), pool, time, logs.CreateLogger(typeof(DeleteReplay).FullName!));
        await deletes.RunAsync(stopping);
        await using var ops = await OpsHost.StartAsync(
            EndPointOf(settings.Serving.Metrics), EndPointOf(settings.Serving.Introspection), registry,
            new IntrospectionPages(pool, settings.InForce),
            logs, stopping);
        await using var grpc = await GrpcHost.StartAsync(
            new GrpcHostOptions(settings.Serving.SocketPath, settings.Serving.TcpBackend, settings.Serving.PodsMayCall), pool, facts, new ServingMetrics(registry), logs, stopping);
        using var endWatch = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watching = deletes.WatchAsync(endWatch.Token);
        WithdrawNotServing(logger);
        grpc.Serving();
        InstallCniConfiguration(logger);
        using (var self = Process.GetCurrentProcess())
        {
            var took = time.GetUtcNow() - self.StartTime.ToUniversalTime();
            startMetrics.Serving(took);
            Serving(logger, took.TotalMilliseconds);
        }

        await Task.WhenAny(running, Task.Delay(Timeout.Infinite, stopping));
        grpc.NotServing();
        await endWatch.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Stopping(logger);
        await pool.StopAsync();
        using var bound = new CancellationTokenSource(_lastCalls, time);
        await grpc.StopAsync(bound.Token);
        await running;   // the loop ends by a stop alone: anything else is its exception
    }

    /// <summary>What STATUS noted of a daemon that was away is about the one before.</summary>
    private static void WithdrawNotServing(ILogger logger)
    {
        try
        {
            if (File.Exists(NodeSockets.NotServingNote))
                File.Delete(NodeSockets.NotServingNote);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotServingNoteStays(logger, NodeSockets.NotServingNote, e.Message);
        }
    }

    private void InstallCniConfiguration(ILogger logger)
    {
        var cni = settings.Cluster;
        if (!Directory.Exists(cni.ConfigurationFolder))
        {
            NoCniFolder(logger, cni.ConfigurationFolder);
            return;
        }

        var content = CniConfiguration.Render(
            cni.CniVersion, settings.Network.VethPrefix, settings.Network.PodMtu, settings.Pool.AddWait, cni.PluginLogLevel, cni.PluginLogFile);
        switch (CniConfiguration.Install(cni.ConfigurationFolder, content))
        {
            case CniInstallation.Written:
                CniInstalled(logger, cni.ConfigurationFolder);
                break;
            case CniInstallation.LeftToChain:
                CniLeftToChain(logger, cni.ConfigurationFolder);
                break;
            case CniInstallation.ShadowsChain:
                CniShadowsChain(logger, cni.ConfigurationFolder);
                break;
        }
    }

    private NodeFacts Facts(Cloud.Imds.NodeIdentity node, NodeState state) => new(
        node.InstanceId, node.Region, node.PrimaryAddress, settings.Network.NetworkPolicyMode, settings.Network.ExternalSnat,
        state.Surroundings.VpcCidrs);

    private static EndPoint? EndPointOf(BindAddress? address) => address switch
    {
        null => null,
        BindAddress.Tcp tcp => new IPEndPoint(tcp.Address ?? IPAddress.IPv6Any, tcp.Port),
        BindAddress.Unix unix => new UnixDomainSocketEndPoint(unix.Path),
        _ => throw new InvalidOperationException($"unexpected {address}"),
    };

    private static void Report(ILogger logger, StartReport report)
    {
        foreach (var problem in report.Problems)
            Warned(logger, problem);
        foreach (var (owner, address) in report.Unlisted)
            Unlisted(logger, address.ToString(), owner.ToString());
        if (report.CannotStart is { } reason)
            throw new StartException(reason);
        Loaded(logger, report.Restored, report.FromKernel, report.Stale);
    }
}
