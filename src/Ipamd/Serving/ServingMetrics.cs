using AwsVpcCni.Rpc.Contract;
using Prometheus;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>Requests, as dashboards know them from the original (compat.md, Metrics).</summary>
public sealed class ServingMetrics(CollectorRegistry registry)
{
    public Counter AddRequests { get; } = Metrics.WithCustomRegistry(registry).CreateCounter(
        "awscni_add_ip_req_count", "The number of add IP address requests");

    public Counter DelRequests { get; } = Metrics.WithCustomRegistry(registry).CreateCounter(
        "awscni_del_ip_req_count", "The number of delete IP address requests", "reason");

    /// <summary>1 while the TCP listener is not there although a setting asks for it.</summary>
    public Gauge TcpListenerDown { get; } = Metrics.WithCustomRegistry(registry).CreateGauge(
        "awscni_tcp_listener_down", "1 when 127.0.0.1:50051 could not be listened on; the unix socket serves alone");

    /// <summary>The two reasons that plugins send; anything else would let a caller make series without end.</summary>
    public static string Reason(string sent) => sent is Wording.PodDeleted or Wording.SetupFailed ? sent : "other";
}
