using System.Net;
using static AwsVpcCni.Ipamd.Settings.SettingGroup;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>Where the daemon listens, what it keeps on the disk, and where its log goes.</summary>
public sealed record ServingSettings
{
    private const string AnyAddress = "ADDRESS:PORT, :PORT for all addresses, or unix:PATH with a path of at most 107 bytes";

    internal static readonly SettingGroup Group = new("Serving, files and logs");

    internal static readonly Setting<string> SocketPathVariable = Group.Add(Custom("IPAMD_SOCKET_PATH", "path",
        "an absolute path of at most 107 bytes", "/var/run/aws-node/ipamd.sock", "/var/run/aws-node/ipamd.sock",
        "The unix socket of the gRPC service. Plugins look for the default.",
        text => BindAddress.IsSocketPath(text) ? Parsed<string>.Good(text) : Parsed<string>.Bad("is not one")));

    internal static readonly Setting<bool> TcpBackendVariable = Group.Add(Bool("IPAMD_TCP_BACKEND", true,
        "Serve gRPC on IPAMD_TCP_ADDRESS too. Health and the network policy agents' configuration are there for every local process, "
        + "pod addresses only for root's processes outside pods: to tell them from a pod's the DaemonSet needs hostPID: true and the "
        + "capability SYS_PTRACE, and without them every plugin with ipamdAddress is refused. The unix socket needs neither."));

    internal static readonly Setting<BindAddress> TcpAddressVariable = Group.Add(Bind("IPAMD_TCP_ADDRESS", "127.0.0.1:50051",
        "127.0.0.1:PORT", address => address is BindAddress.Tcp { Address: { } ip } && IPAddress.IsLoopback(ip),
        "Where IPAMD_TCP_BACKEND listens; only loopback. Plugins and probes look for the default."));

    internal const string PodCallersName = "IPAMD_ALLOW_POD_CALLERS";

    internal static readonly Setting<bool> PodCallersVariable = Group.Add(Bool(PodCallersName, false,
        "Serve pod addresses over the unix socket to root's processes in pods too. For meta-plugins that execute aws-cni in a pod of their own, "
        + "as Multus's thick plugin does. Only with hostPID: true can ipamd see that a caller is in a pod: without it every root process that "
        + "has the socket's folder is served."));

    internal static readonly Setting<string> CheckpointVariable = Group.Add(Path("AWS_VPC_K8S_CNI_BACKING_STORE",
        "/var/run/aws-node/ipam.json", "The checkpoint: which pod has which address. The network policy agent reads the default."));

    internal static readonly Setting<string> LockPathVariable = Group.Add(Path("IPAMD_LOCK_PATH", "/var/run/aws-node/ipamd.lock",
        "Locked while the daemon runs, so that there is one per node. Plugins with ipamdAddress know ipamd by the default."));

    internal static readonly Setting<bool> DisableMetricsVariable = Group.Add(Bool("DISABLE_METRICS", false, "Serve no /metrics."));

    internal static readonly Setting<BindAddress> MetricsBindVariable = Group.Add(Bind("IPAMD_METRICS_BIND_ADDRESS", ":61678",
        AnyAddress, _ => true, "Where /metrics is served."));

    internal static readonly Setting<bool> DisableIntrospectionVariable = Group.Add(Bool("DISABLE_INTROSPECTION", false,
        "Serve no /v1/enis and the like."));

    internal static readonly Setting<BindAddress> IntrospectionBindVariable = Group.Add(Bind("INTROSPECTION_BIND_ADDRESS",
        "127.0.0.1:61679", AnyAddress, _ => true, "Where /v1/enis and the like are served."));

    internal static readonly Setting<string> LogLevelVariable = Group.Add(Choice("AWS_VPC_K8S_CNI_LOGLEVEL", "DEBUG",
        "The least severe lines that are logged.", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"));

    internal static readonly Setting<string> LogFileVariable = Group.Add(LogFile("AWS_VPC_K8S_CNI_LOG_FILE",
        "/host/var/log/aws-routed-eni/ipamd.log", "Where the log goes."));

    /// <summary>At most 107 bytes.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Null when the TCP backend is turned off.</summary>
    public required IPEndPoint? TcpBackend { get; init; }

    /// <summary>Over the unix socket.</summary>
    public required bool PodsMayCall { get; init; }

    public required string CheckpointPath { get; init; }

    public required string LockPath { get; init; }

    /// <summary>Null when there are to be no metrics.</summary>
    public required BindAddress? Metrics { get; init; }

    /// <summary>Null when there is to be no introspection.</summary>
    public required BindAddress? Introspection { get; init; }

    public required LogLevel LogLevel { get; init; }

    /// <summary>An absolute path, <c>stdout</c> or <c>stderr</c>.</summary>
    public required string LogFile { get; init; }

    internal static ServingSettings From(SettingsValues values)
    {
        var tcp = (BindAddress.Tcp)values.Get(TcpAddressVariable);
        return new ServingSettings
        {
            SocketPath = values.Get(SocketPathVariable),
            TcpBackend = values.Get(TcpBackendVariable) ? new IPEndPoint(tcp.Address!, tcp.Port) : null,
            PodsMayCall = values.Get(PodCallersVariable),
            CheckpointPath = values.Get(CheckpointVariable),
            LockPath = values.Get(LockPathVariable),
            Metrics = values.Get(DisableMetricsVariable) ? null : values.Get(MetricsBindVariable),
            Introspection = values.Get(DisableIntrospectionVariable) ? null : values.Get(IntrospectionBindVariable),
            LogLevel = values.Get(LogLevelVariable) switch
            {
                "DEBUG" => LogLevel.Debug,
                "INFO" => LogLevel.Information,
                "WARN" => LogLevel.Warning,
                "ERROR" => LogLevel.Error,
                _ => LogLevel.Critical,
            },
            LogFile = values.Get(LogFileVariable),
        };
    }
}
