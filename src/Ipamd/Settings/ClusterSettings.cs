using static AwsVpcCni.Ipamd.Settings.SettingGroup;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>The DaemonSet's own concerns: the API server, and the files that an installation puts on the host.</summary>
public sealed record ClusterSettings
{
    private const string NotAsked = "the API server is not asked";
    private const string NotInstalled = "nothing is installed on the host";
    private const string NotChained = "no plugin is chained behind aws-cni";

    internal static readonly SettingGroup Group = new("Kubernetes and installation");

    internal static readonly Setting<string> NodeNameVariable = Group.Add(Text("MY_NODE_NAME", "", 253,
        "This node's name in Kubernetes.")
        .NotActedOn(NotAsked));

    internal static readonly Setting<string> PodNameVariable = Group.Add(Text("MY_POD_NAME", "", 253,
        "This pod's name in Kubernetes.")
        .NotActedOn(NotAsked));

    internal static readonly Setting<string> ClusterEndpointVariable = Group.Add(Text("CLUSTER_ENDPOINT", "", 2048,
        "The API server's URL, instead of the one in the pod's environment.")
        .NotActedOn(NotAsked));

    internal static readonly Setting<bool> AnnotatePodVariable = Group.Add(Bool("ANNOTATE_POD_IP", false,
        "Write a pod's address into its annotations.")
        .NotActedOn(NotAsked));

    internal static readonly Setting<string> BinPathVariable = Group.Add(Path("HOST_CNI_BIN_PATH", "/host/opt/cni/bin",
        "Where the host's CNI plugins are, as seen by this container.")
        .NotActedOn(NotInstalled));

    internal static readonly Setting<string> ConfigurationPathVariable = Group.Add(Path("HOST_CNI_CONFDIR_PATH", "/host/etc/cni/net.d",
        "Where the host's CNI configuration is, as seen by this container. 10-aws.conf is written there once pods can be served; "
        + "nothing is written when the folder does not exist, or has a 10-aws.conflist, which 10-aws.conf would shadow."));

    internal static readonly Setting<string> CniVersionVariable = Group.Add(Choice("IPAMD_CNI_VERSION", "1.0.0",
        "cniVersion in the CNI configuration. With 1.1.0 a runtime that knows it (containerd from 2.0) asks the plugin's STATUS for the "
        + "node's Ready and sends GC; an older runtime understands no result of it, and starts no pod.", "1.0.0", "1.1.0"));

    internal static readonly Setting<string> PluginLogLevelVariable = Group.Add(Choice("AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "DEBUG",
        "pluginLogLevel in the CNI configuration.", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"));

    internal static readonly Setting<string> PluginLogFileVariable = Group.Add(Custom("AWS_VPC_K8S_PLUGIN_LOG_FILE", "path",
        "an absolute path or stderr (stdout carries the plugin's result)", "/var/log/aws-routed-eni/plugin.log",
        "/var/log/aws-routed-eni/plugin.log", "pluginLogFile in the CNI configuration.",
        text => text == "stderr" || SettingSyntax.IsAbsolutePath(text) ? Parsed<string>.Good(text) : Parsed<string>.Bad("is neither")));

    internal static readonly Setting<string> EgressV4LogFileVariable = Group.Add(Path("AWS_VPC_K8S_EGRESS_V4_PLUGIN_LOG_FILE",
        "/var/log/aws-routed-eni/egress-v4-plugin.log", "The egress plugin's log in IPv6 clusters.")
        .NotActedOn(NotChained));

    internal static readonly Setting<string> EgressV6LogFileVariable = Group.Add(Path("AWS_VPC_K8S_EGRESS_V6_PLUGIN_LOG_FILE",
        "/var/log/aws-routed-eni/egress-v6-plugin.log", "The egress plugin's log in IPv4 clusters.")
        .NotActedOn(NotChained));

    internal static readonly Setting<string> RpFilterVariable = Group.Add(Text("AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER", "", 256,
        "Of older releases; nothing reads it any more.")
        .NotActedOn("nothing, like the original since its release 1.12.1"));

    internal static readonly Setting<string> NftablesVariable = Group.Add(Text("ENABLE_NFTABLES", "", 256,
        "Of older releases; nothing reads it any more.")
        .NotActedOn("nothing, like the original since its release 1.13.2"));

    /// <summary>Where 10-aws.conf goes, when the folder is there.</summary>
    public required string ConfigurationFolder { get; init; }

    /// <summary>For the plugin's configuration, 1.0.0 or 1.1.0.</summary>
    public required string CniVersion { get; init; }

    /// <summary>For the plugin's configuration.</summary>
    public required string PluginLogLevel { get; init; }

    /// <summary>For the plugin's configuration; an absolute path or <c>stderr</c>.</summary>
    public required string PluginLogFile { get; init; }

    internal static ClusterSettings From(SettingsValues values) => new()
    {
        ConfigurationFolder = values.Get(ConfigurationPathVariable),
        CniVersion = values.Get(CniVersionVariable),
        PluginLogLevel = values.Get(PluginLogLevelVariable),
        PluginLogFile = values.Get(PluginLogFileVariable),
    };
}
