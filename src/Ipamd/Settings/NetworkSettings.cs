using System.Net;
using static AwsVpcCni.Ipamd.Settings.SettingGroup;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>What pods' traffic looks like on this host and beyond.</summary>
public sealed record NetworkSettings
{
    private const string NoSnatYet = "no SNAT rules are written";
    private const string NotChained = "no plugin is chained behind aws-cni";

    internal static readonly SettingGroup Group = new("Pod networking");

    internal static readonly Setting<bool?> Ipv4Variable = Group.Add(OptionalBool("ENABLE_IPv4", "true, unless ENABLE_IPv6 is true",
        "Give pods IPv4 addresses."));

    internal static readonly Setting<bool> Ipv6Variable = Group.Add(Bool("ENABLE_IPv6", false,
        "Give pods IPv6 addresses, and only these.")
        .Refusing("pods would get addresses of the wrong family", true));

    internal static readonly Setting<bool> CustomNetworkingVariable = Group.Add(Bool("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", false,
        "Take the subnet and the security groups of pods from the node's ENIConfig.")
        .Refusing("pods would land in the node's subnet with the node's security groups", true));

    internal static readonly Setting<string> EniConfigAnnotationVariable = Group.Add(Text("ENI_CONFIG_ANNOTATION_DEF",
        "k8s.amazonaws.com/eniConfig", 317, "The node annotation that names its ENIConfig.")
        .NotActedOn("there is no custom networking"));

    internal static readonly Setting<string> EniConfigLabelVariable = Group.Add(Text("ENI_CONFIG_LABEL_DEF",
        "k8s.amazonaws.com/eniConfig", 317, "The node label that names its ENIConfig.")
        .NotActedOn("there is no custom networking"));

    internal static readonly Setting<bool> PodEniVariable = Group.Add(Bool("ENABLE_POD_ENI", false,
        "Security groups for pods: a branch ENI of its own for a pod that asks for one.")
        .Refusing("pods with security groups of their own would run with the node's", true));

    internal static readonly Setting<string> PodSecurityGroupModeVariable = Group.Add(Choice("POD_SECURITY_GROUP_ENFORCING_MODE",
        "strict", "Whether a branch ENI's pod reaches its own node around its security groups (standard) or not.", "strict", "standard")
        .NotActedOn("there are no security groups for pods"));

    internal static readonly Setting<bool> MultiNicVariable = Group.Add(Bool("ENABLE_MULTI_NIC", false,
        "Use network cards above 0, for pods that ask for several interfaces.")
        .NotActedOn("network cards above 0 are left alone, and pods get one interface"));

    internal static readonly Setting<int> EniMtuVariable = Group.Add(Int("AWS_VPC_ENI_MTU", 9001, 576, 9001,
        "MTU of ENI links, in bytes."));

    internal static readonly Setting<int?> PodMtuVariable = Group.Add(OptionalInt("POD_MTU", 576, 9001,
        "MTU of pods' interfaces, in bytes; without it that of the ENI. Written into the CNI configuration."));

    internal static readonly Setting<string> VethPrefixVariable = Group.Add(Custom("AWS_VPC_K8S_CNI_VETHPREFIX", "text",
        "1 to 4 letters, digits, '_', '.' or '-', and none of eth, lo, vlan", "eni", "eni",
        "What names of host veths begin with. The network policy agent only knows eni and vlan.", ParseVethPrefix));

    internal static readonly Setting<bool> ExternalSnatVariable = Group.Add(Bool("AWS_VPC_K8S_CNI_EXTERNALSNAT", false,
        "Leave SNAT to somebody else (a NAT gateway), and tell the plugin so.")
        .NotActedOn(NoSnatYet, true));

    internal static readonly Setting<IReadOnlyList<IPNetwork>> ExcludeSnatVariable = Group.Add(Ipv4Cidrs(
        "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS",
        "Destinations outside the VPC that see pods' own addresses.")
        .NotActedOn(NoSnatYet));

    internal static readonly Setting<string> RandomizeSnatVariable = Group.Add(Choice("AWS_VPC_K8S_CNI_RANDOMIZESNAT", "prng",
        "How SNAT chooses ports.", "prng", "hashrandom", "none")
        .NotActedOn(NoSnatYet));

    internal static readonly Setting<IReadOnlyList<IPNetwork>> ExternalServiceVariable = Group.Add(Ipv4Cidrs("AWS_EXTERNAL_SERVICE_CIDRS",
        "Destinations that are reached through the main table, whatever ENI the pod is on.")
        .NotActedOn("no rules are written for them"));

    internal static readonly Setting<bool> NodePortVariable = Group.Add(Bool("AWS_VPC_CNI_NODE_PORT_SUPPORT", true,
        "Replies of pods on secondary ENIs to NodePort connections leave by the primary ENI.")
        .NotActedOn("no connection marks are written", false));

    internal static readonly Setting<uint> ConnmarkVariable = Group.Add(Custom("AWS_VPC_K8S_CNI_CONNMARK", "bit mask",
        "an integer from 1 to 0xffffffff (decimal, 0x, 0o or 0b)", 0x80u, "0x80", "The connection mark for the above.",
        text => SettingSyntax.UnsignedAnyBase(text) is { } mark and > 0 ? Parsed<uint>.Good(mark) : Parsed<uint>.Bad("is not one"))
        .NotActedOn("no connection marks are written"));

    internal static readonly Setting<string> NetworkPolicyModeVariable = Group.Add(Custom("NETWORK_POLICY_ENFORCING_MODE", "choice",
        "standard, strict or none", "", "none set",
        "Passed on to the plugin as it is written. When it is set, the plugin asks the network policy agent on every ADD, and the ADD "
        + "fails without that agent.",
        text => text.ToUpperInvariant() is "STANDARD" or "STRICT" or "NONE"
            ? Parsed<string>.Good(text)
            : Parsed<string>.Bad("is none of them")));

    internal static readonly Setting<bool> V4EgressVariable = Group.Add(Bool("ENABLE_V4_EGRESS", true,
        "Pods of an IPv6 cluster reach IPv4 destinations.")
        .NotActedOn("there are no IPv6 clusters", false));

    internal static readonly Setting<bool> V6EgressVariable = Group.Add(Bool("ENABLE_V6_EGRESS", false,
        "Pods of an IPv4 cluster reach IPv6 destinations.")
        .NotActedOn("pods reach IPv4 destinations only"));

    internal static readonly Setting<bool> DisablePodV6Variable = Group.Add(Bool("DISABLE_POD_V6", false,
        "Turn IPv6 off in pods' namespaces.")
        .NotActedOn(NotChained));

    internal static readonly Setting<bool> EarlyDemuxVariable = Group.Add(Bool("DISABLE_TCP_EARLY_DEMUX", false,
        "Set net.ipv4.tcp_early_demux to 0; needed for kubelet's probes with POD_SECURITY_GROUP_ENFORCING_MODE=strict.")
        .NotActedOn("the sysctl is left as it is"));

    internal static readonly Setting<bool> BandwidthVariable = Group.Add(Bool("ENABLE_BANDWIDTH_PLUGIN", false,
        "Chain the bandwidth plugin.")
        .NotActedOn(NotChained));

    /// <summary>Bytes.</summary>
    public required int EniMtu { get; init; }

    /// <summary>Bytes.</summary>
    public required int PodMtu { get; init; }

    public required string VethPrefix { get; init; }

    /// <summary>For the reply's UseExternalSNAT.</summary>
    public required bool ExternalSnat { get; init; }

    /// <summary>As written, whatever its case; empty: there is no network policy agent to ask.</summary>
    public required string NetworkPolicyMode { get; init; }

    internal static NetworkSettings From(SettingsValues values) => new()
    {
        EniMtu = values.Get(EniMtuVariable),
        PodMtu = values.Get(PodMtuVariable) ?? values.Get(EniMtuVariable),
        VethPrefix = values.Get(VethPrefixVariable),
        ExternalSnat = values.Get(ExternalSnatVariable),
        NetworkPolicyMode = values.Get(NetworkPolicyModeVariable),
    };

    private static Parsed<string> ParseVethPrefix(string text) =>
        text is "eth" or "lo" or "vlan" ? Parsed<string>.Bad("belongs to other links")
        : text.Length > 4 ? Parsed<string>.Bad("is too long")
        : text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') && text is not ("." or "..") ? Parsed<string>.Good(text)
        : Parsed<string>.Bad("contains something else");
}
