using AwsVpcCni.Ipamd.Settings;
using CsCheck;

namespace AwsVpcCni.Ipamd.Tests.Settings;

public sealed class SettingsTests
{
    [Fact]
    public void An_empty_environment_gives_the_defaults_of_the_original()
    {
        var settings = Good([]);

        Assert.Equal(1, settings.Pool.WarmEniTarget);
        Assert.Null(settings.Pool.WarmIpTarget);
        Assert.Null(settings.Pool.MinimumIpTarget);
        Assert.Null(settings.Pool.MaxEni);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Pool.Cooldown);
        Assert.Equal(TimeSpan.FromSeconds(15), settings.Pool.AddWait);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Pool.SurplusDelay);
        Assert.Equal(9001, settings.Network.EniMtu);
        Assert.Equal("eni", settings.Network.VethPrefix);
        Assert.Equal("", settings.Network.NetworkPolicyMode);
        Assert.Equal("/var/run/aws-node/ipamd.sock", settings.Serving.SocketPath);
        Assert.Equal("/var/run/aws-node/ipam.json", settings.Serving.CheckpointPath);
        Assert.Equal("127.0.0.1:50051", settings.Serving.TcpBackend?.ToString());
        Assert.Equal(new BindAddress.Tcp(null, 61678), settings.Serving.Metrics);
        Assert.Equal("127.0.0.1:61679", settings.Serving.Introspection?.ToString());
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Cloud.HttpTimeout);
        Assert.Equal("http://169.254.169.254/", settings.Cloud.ImdsEndpoint.ToString());
        Assert.Empty(settings.NotActedOn);
        Assert.StartsWith("AWS_VPC_K8S_CNI_EXTERNALSNAT is false", Assert.Single(settings.Warnings), StringComparison.Ordinal);
        Assert.Empty(Good(new() { ["AWS_VPC_K8S_CNI_EXTERNALSNAT"] = "true" }).Warnings);
    }

    [Fact]
    public void The_originals_manifest_starts_as_it_is()
    {
        // The chart's defaults for v1.23.1 (original-kubernetes.md §1), CLUSTER_NAME and CLUSTER_ENDPOINT as the add-on sets them.
        var settings = Good(new()
        {
            ["ADDITIONAL_ENI_TAGS"] = "{}",
            ["AWS_VPC_CNI_NODE_PORT_SUPPORT"] = "true",
            ["AWS_VPC_ENI_MTU"] = "9001",
            ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "false",
            ["AWS_VPC_K8S_CNI_EXTERNALSNAT"] = "false",
            ["AWS_VPC_K8S_CNI_LOG_FILE"] = "/host/var/log/aws-routed-eni/ipamd.log",
            ["AWS_VPC_K8S_CNI_LOGLEVEL"] = "DEBUG",
            ["AWS_VPC_K8S_CNI_RANDOMIZESNAT"] = "prng",
            ["AWS_VPC_K8S_CNI_VETHPREFIX"] = "eni",
            ["AWS_VPC_K8S_PLUGIN_LOG_FILE"] = "/var/log/aws-routed-eni/plugin.log",
            ["AWS_VPC_K8S_PLUGIN_LOG_LEVEL"] = "DEBUG",
            ["CLUSTER_ENDPOINT"] = "EKS_CLUSTER_API_ENDPOINT",
            ["CLUSTER_NAME"] = "prod",
            ["DISABLE_INTROSPECTION"] = "false",
            ["DISABLE_METRICS"] = "false",
            ["DISABLE_NETWORK_RESOURCE_PROVISIONING"] = "false",
            ["ENABLE_IMDS_ONLY_MODE"] = "false",
            ["ENABLE_IPv4"] = "true",
            ["ENABLE_IPv6"] = "false",
            ["ENABLE_MULTI_NIC"] = "false",
            ["ENABLE_POD_ENI"] = "false",
            ["ENABLE_PREFIX_DELEGATION"] = "false",
            ["ENABLE_SUBNET_DISCOVERY"] = "true",
            ["MY_NODE_NAME"] = "ip-10-0-0-1.ec2.internal",
            ["MY_POD_NAME"] = "aws-node-abcde",
            ["NETWORK_POLICY_ENFORCING_MODE"] = "standard",
            ["VPC_CNI_VERSION"] = "v1.23.1",
            ["WARM_ENI_TARGET"] = "1",
            ["WARM_PREFIX_TARGET"] = "1",
        });

        Assert.Equal("standard", settings.Network.NetworkPolicyMode);
        Assert.Equal("prod", settings.Cloud.ClusterName);
        Assert.Equal(["MY_NODE_NAME", "MY_POD_NAME", "CLUSTER_ENDPOINT"], settings.NotActedOn.Select(s => s.Name));
    }

    [Fact]
    public void All_bad_variables_are_told_at_once_with_their_values_and_what_is_allowed()
    {
        var wrong = Wrong(new()
        {
            ["WARM_ENI_TARGET"] = "-1",
            ["WARM_IP_TARGET"] = "many",
            ["IP_COOLDOWN_PERIOD"] = "30s",
            ["AWS_VPC_ENI_MTU"] = "9002",
            ["AWS_VPC_K8S_CNI_VETHPREFIX"] = "vlan",
            ["DISABLE_METRICS"] = "yes",
            ["AWS_EC2_ENDPOINT"] = "ec2.local",
            ["ADDITIONAL_ENI_TAGS"] = "{\"a\":1}",
            ["AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"] = "10.0.0.0/8,fd00::/8",
            ["POD_MTU"] = "lots",
        });

        Assert.Equal(10, wrong.Errors.Count);
        Assert.StartsWith("10 settings are wrong:\n", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("WARM_ENI_TARGET=\"-1\" is too small; it must be an integer from 0 to 1000", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("IP_COOLDOWN_PERIOD=\"30s\" is not an integer; it must be whole seconds from 0 to 86400", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("contains \"fd00::/8\", which is not an IPv4 block", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_file_says_one_of_the_two_versions_that_runtimes_want()
    {
        Assert.Equal("1.0.0", Good([]).Cluster.CniVersion);
        Assert.Equal("1.1.0", Good(new() { ["IPAMD_CNI_VERSION"] = "1.1.0" }).Cluster.CniVersion);
        Assert.Contains("IPAMD_CNI_VERSION=\"0.4.0\" is none of them; it must be one of 1.0.0, 1.1.0", Wrong(new() { ["IPAMD_CNI_VERSION"] = "0.4.0" }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENABLE_IPv6")]
    [InlineData("ENABLE_POD_ENI")]
    [InlineData("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG")]
    public void A_feature_that_would_change_what_pods_get_is_refused_until_it_is_there(string name)
    {
        var error = Assert.Single(Wrong(new() { [name] = "true" }).Errors);
        Assert.Equal(name, error.Name);
        Assert.Contains("not supported yet", error.Problem, StringComparison.Ordinal);
        Assert.Empty(Good(new() { [name] = "false" }).NotActedOn);
    }

    [Theory]
    [InlineData("AWS_VPC_K8S_CNI_RANDOMIZESNAT", "none")]
    [InlineData("AWS_VPC_K8S_CNI_CONNMARK", "0x100")]
    [InlineData("ENABLE_MULTI_NIC", "true")]
    public void A_variable_without_effect_so_far_is_reported(string name, string value)
    {
        var told = Assert.Single(Good(new() { [name] = value }).NotActedOn);
        Assert.Equal((name, value), (told.Name, told.Value));
        Assert.NotEqual("", told.Instead);
    }

    [Theory]
    [InlineData("AWS_VPC_K8S_CNI_CONNMARK", "128")]
    [InlineData("AWS_VPC_K8S_CNI_EXTERNALSNAT", "true")]
    [InlineData("ENABLE_BANDWIDTH_PLUGIN", "False")]
    public void A_value_that_asks_for_what_happens_anyway_is_not_reported(string name, string value) =>
        Assert.Empty(Good(new() { [name] = value }).NotActedOn);

    [Theory]
    [InlineData("DISABLE_NETWORK_RESOURCE_PROVISIONING", false, true)]
    [InlineData("ENABLE_IMDS_ONLY_MODE", false, false)]
    [InlineData("ENABLE_PREFIX_DELEGATION", true, true)]
    public void Who_provisions_and_whether_EC2_is_asked(string name, bool provisions, bool asksEc2)
    {
        var pool = Good(new() { [name] = "true" }).Pool;
        Assert.Equal((provisions, asksEc2), (pool.Provisions, pool.AsksEc2));
    }

    [Fact]
    public void Ipv4_switched_off_without_ipv6_is_refused() =>
        Assert.Equal("ENABLE_IPv4", Assert.Single(Wrong(new() { ["ENABLE_IPv4"] = "false" }).Errors).Name);

    [Theory]
    [InlineData("MAX_ENI", "-1")]
    [InlineData("MAX_ENI", "0")]
    [InlineData("WARM_IP_TARGET", "0")]
    [InlineData("WARM_IP_TARGET", "")]
    public void What_the_original_takes_for_unset_is_unset(string name, string value)
    {
        var pool = Good(new() { [name] = value }).Pool;
        Assert.Null(pool.MaxEni);
        Assert.Null(pool.WarmIpTarget);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("t", true)]
    [InlineData("T", true)]
    [InlineData("TRUE", true)]
    [InlineData("True", true)]
    [InlineData("0", false)]
    [InlineData("F", false)]
    [InlineData("False", false)]
    public void Booleans_are_written_as_in_go(string text, bool disabled) =>
        Assert.Equal(disabled, Good(new() { ["DISABLE_METRICS"] = text }).Serving.Metrics is null);

    [Fact]
    public void Tags_that_decide_ownership_are_left_out_with_a_warning()
    {
        var settings = Good(new()
        {
            ["ADDITIONAL_ENI_TAGS"] = """{"team":"net","node.k8s.amazonaws.com/instance_id":"i-1"}""",
            ["AWS_VPC_K8S_CNI_EXTERNALSNAT"] = "true",
        });
        Assert.Equal("net", Assert.Single(settings.Cloud.AdditionalTags.Tags).Value);
        Assert.Contains("node.k8s.amazonaws.com/instance_id", Assert.Single(settings.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_variable_of_ours_is_an_error()
    {
        var error = Assert.Single(Wrong(new() { ["IPAMD_ADD_WAIT"] = "5" }).Errors);
        Assert.Contains("IPAMD_ADD_WAIT_SECONDS", error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":61678")]
    [InlineData("10.0.0.1:1")]
    [InlineData("[::1]:65535")]
    [InlineData("unix:/run/x.sock")]
    public void Bind_addresses_read_back_as_they_are_written(string text) =>
        Assert.Equal(text, Good(new() { ["INTROSPECTION_BIND_ADDRESS"] = text }).Serving.Introspection?.ToString());

    [Theory]
    [InlineData("61679")]
    [InlineData("10.1:61679")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("unix:relative")]
    public void Nonsense_is_no_bind_address(string text) =>
        Assert.Single(Wrong(new() { ["INTROSPECTION_BIND_ADDRESS"] = text }).Errors);

    [Fact]
    public void The_tcp_backend_listens_on_loopback_only() =>
        Assert.Single(Wrong(new() { ["IPAMD_TCP_ADDRESS"] = ":50051" }).Errors);

    [Fact]
    public void Whatever_the_values_are_the_answer_is_settings_or_errors_on_one_line_each()
    {
        var names = SettingsTable.All.Select(setting => setting.Name).ToArray();
        var values = Gen.OneOf(
            Gen.String,
            Gen.Int.Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Gen.OneOf("true", "{}", "{\"\\ud800\":\"\"}", "{\"a\":{}}", "[", "10.0.0.0/33", "0x", "unix:", "[::]:1", "http://", "none", "/"));
        Gen.Select(Gen.OneOf(names), values).Array[0, 12].Sample(pairs =>
        {
            var environment = new Dictionary<string, string>();
            foreach (var (name, value) in pairs)
                environment[name] = value;
            if (IpamdSettings.Parse(environment) is SettingsOutcome.Wrong wrong)
                Assert.Equal(wrong.Errors.Count, wrong.Message.Count(c => c == '\n'));
        }, iter: 5000);
    }

    private static IpamdSettings Good(Dictionary<string, string> environment) =>
        IpamdSettings.Parse(environment) switch
        {
            SettingsOutcome.Good good => good.Settings,
            SettingsOutcome.Wrong wrong => throw new Xunit.Sdk.XunitException(wrong.Message),
            _ => throw new InvalidOperationException(),
        };

    private static SettingsOutcome.Wrong Wrong(Dictionary<string, string> environment) =>
        Assert.IsType<SettingsOutcome.Wrong>(IpamdSettings.Parse(environment));
}
