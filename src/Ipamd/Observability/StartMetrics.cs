using System.Runtime.InteropServices;
using Prometheus;

namespace AwsVpcCni.Ipamd.Observability;

/// <summary>Which daemon this is and how long it took to serve, in the original's series (original-kubernetes.md §0).</summary>
public sealed class StartMetrics
{
    /// <summary>Seconds. The original's end at 10 s; a start that waits for IMDS takes longer, and is the one to see.</summary>
    private static readonly double[] _buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    private readonly Histogram _startup;
    private readonly Histogram _initialization;

    public StartMetrics(CollectorRegistry registry)
    {
        var metrics = Metrics.WithCustomRegistry(registry);
        metrics.CreateGauge("awscni_build_info", "Which build this is; goversion holds the runtime's", "version", "goversion")
            .WithLabels(DaemonVersion.Text, RuntimeInformation.FrameworkDescription).Set(1);
        _startup = metrics.CreateHistogram(
            "awscni_ipamd_startup_duration_seconds", "From the process's start until it served", ["success", "with_api_server", "failure_reason"],
            new HistogramConfiguration { Buckets = _buckets });
        _initialization = metrics.CreateHistogram(
            "awscni_ipamd_node_initialization_duration_seconds", "Finding the node, its ENIs and its pods", ["success"],
            new HistogramConfiguration { Buckets = _buckets });
    }

    /// <summary>Node and pods are known. One that fails ends the process, so nobody could scrape it.</summary>
    public void Initialized(TimeSpan took) => _initialization.WithLabels("true").Observe(took.TotalSeconds);

    public void Serving(TimeSpan sinceProcessStart) => _startup.WithLabels("true", "false", "").Observe(sinceProcessStart.TotalSeconds);
}
