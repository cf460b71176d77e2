using AwsVpcCni.Ipamd.Settings;

namespace AwsVpcCni.Ipamd.Tests.Settings;

public sealed class SettingsDocumentationTests
{
    // The list of compat.md, "Environment variables of ipamd".
    private static readonly string[] _ofTheOriginal =
    [
        "WARM_ENI_TARGET", "WARM_IP_TARGET", "MINIMUM_IP_TARGET", "WARM_PREFIX_TARGET", "MAX_ENI", "IP_COOLDOWN_PERIOD", "ENABLE_PREFIX_DELEGATION",
        "ENABLE_IPv4", "ENABLE_IPv6", "ENABLE_POD_ENI", "POD_SECURITY_GROUP_ENFORCING_MODE", "ENABLE_SUBNET_DISCOVERY", "ENABLE_MULTI_NIC",
        "ENABLE_IMDS_ONLY_MODE", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENI_CONFIG_ANNOTATION_DEF", "ENI_CONFIG_LABEL_DEF", "AWS_VPC_ENI_MTU",
        "POD_MTU", "AWS_VPC_K8S_CNI_VETHPREFIX", "AWS_VPC_K8S_CNI_EXTERNALSNAT", "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS",
        "AWS_VPC_K8S_CNI_RANDOMIZESNAT", "AWS_EXTERNAL_SERVICE_CIDRS", "AWS_VPC_CNI_NODE_PORT_SUPPORT", "AWS_VPC_K8S_CNI_CONNMARK",
        "ADDITIONAL_ENI_TAGS", "CLUSTER_NAME", "CLUSTER_ENDPOINT", "DISABLE_NETWORK_RESOURCE_PROVISIONING", "DISABLE_LEAKED_ENI_CLEANUP",
        "AWS_MANAGE_ENIS_NON_SCHEDULABLE", "MANAGE_UNTAGGED_ENI", "AWS_EC2_ENDPOINT", "AWS_VPC_K8S_CNI_LOGLEVEL", "AWS_VPC_K8S_CNI_LOG_FILE",
        "AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "AWS_VPC_K8S_PLUGIN_LOG_FILE", "INTROSPECTION_BIND_ADDRESS", "DISABLE_INTROSPECTION", "DISABLE_METRICS",
        "ANNOTATE_POD_IP", "NETWORK_POLICY_ENFORCING_MODE", "ENABLE_V4_EGRESS", "ENABLE_V6_EGRESS", "DISABLE_POD_V6", "DISABLE_TCP_EARLY_DEMUX",
        "ENABLE_BANDWIDTH_PLUGIN", "AWS_VPC_K8S_CNI_BACKING_STORE", "MY_NODE_NAME", "HOST_CNI_BIN_PATH", "HOST_CNI_CONFDIR_PATH",
    ];

    [Fact]
    public void The_page_has_a_row_for_every_variable_of_the_original()
    {
        var page = SettingsTable.RenderMarkdown();
        Assert.All(_ofTheOriginal, name => Assert.Contains($"\n| `{name}` | ", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_row_has_four_cells_and_every_variable_one_row()
    {
        var rows = SettingsTable.RenderMarkdown().Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();
        Assert.Equal(SettingsTable.All.Count(), rows.Count);
        Assert.Equal(rows.Count, SettingsTable.All.Select(setting => setting.Name).Distinct().Count());
        Assert.All(rows, row => Assert.Equal(5, row.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|')));
    }

    [Fact]
    public void The_page_says_what_happens_instead_of_what_is_not_there_yet()
    {
        var page = SettingsTable.RenderMarkdown();
        Assert.Contains("**Not supported yet**: the daemon refuses to start, because", page, StringComparison.Ordinal);
        Assert.Contains("**Not acted on yet**: network cards above 0 are left alone, and pods get one interface.", page, StringComparison.Ordinal);
    }
}
