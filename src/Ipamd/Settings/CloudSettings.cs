using static AwsVpcCni.Ipamd.Settings.SettingGroup;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>How EC2 and the instance metadata service are asked, and how our ENIs are marked there.</summary>
public sealed record CloudSettings
{
    internal static readonly SettingGroup Group = new("EC2 and instance metadata");

    internal static readonly Setting<Uri?> Ec2EndpointVariable = Group.Add(HttpUrl("AWS_EC2_ENDPOINT", "none",
        "EC2's endpoint. Goes before AWS_ENDPOINT_URL_EC2 and AWS_ENDPOINT_URL."));

    internal static readonly Setting<Uri?> SdkEc2EndpointVariable = Group.Add(HttpUrl("AWS_ENDPOINT_URL_EC2", "the region's own",
        "EC2's endpoint, as every AWS SDK reads it."));

    internal static readonly Setting<Uri?> SdkEndpointVariable = Group.Add(HttpUrl("AWS_ENDPOINT_URL", "the region's own",
        "The endpoint of all AWS services, as every AWS SDK reads it."));

    internal static readonly Setting<Uri?> ImdsEndpointVariable = Group.Add(HttpUrl("AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "http://169.254.169.254", "The instance metadata service's endpoint. The AWS SDK reads it too, for the node role's credentials."));

    internal static readonly Setting<string?> RegionVariable = Group.Add(Custom<string?>("AWS_REGION", "text",
        "a region's name such as eu-central-1", null, "the instance's own, from IMDS", "The region whose EC2 is asked.", ParseRegion));

    internal static readonly Setting<TimeSpan> HttpTimeoutVariable = Group.Add(Seconds("HTTP_TIMEOUT", 10, 1, 600,
        "How long one attempt of one EC2 call may take, whichever call it is; what became of one that took longer is looked up. Calls are tried "
        + "again for 15 to 60 s after the first attempt began: with a longer time-out there is one attempt."));

    internal static readonly Setting<string> ClusterNameVariable = Group.Add(Text("CLUSTER_NAME", "", 100,
        "Written into the tags of our ENIs: cluster.k8s.amazonaws.com/name, and eks:eni:owner=amazon-vpc-cni. Decides about subnets' cluster "
        + "tags, and whose left-behind ENIs are deleted."));

    internal static readonly Setting<EniTags> AdditionalTagsVariable = Group.Add(Custom("ADDITIONAL_ENI_TAGS", "JSON object",
        "a JSON object of strings with at most 40 members, keys of 1 to 128 and values of 0 to 256 characters, no key beginning with aws:",
        EniTags.None, "{}", "More tags for our ENIs. Keys that contain k8s.amazonaws.com are left out, with a warning.", EniTags.Parse));

    internal static readonly Setting<string> VersionVariable = Group.Add(Custom("VPC_CNI_VERSION", "text",
        "at most 40 letters, digits, '.', '-', '+' or '_'", "", "the daemon's own version",
        "The image's version, for the user agent that EC2 sees.",
        text => text.Length <= 40 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or '_')
            ? Parsed<string>.Good(text)
            : Parsed<string>.Bad("is not one")));

    internal static readonly Setting<bool> SubnetDiscoveryVariable = Group.Add(Bool("ENABLE_SUBNET_DISCOVERY", true,
        "Create ENIs also in other subnets of the VPC and zone, the one with most free addresses first: those tagged kubernetes.io/role/cni "
        + "(with the value 0: never, the node's own too), and of these, with CLUSTER_NAME, none that has cni.networking.k8s.aws/cluster/… "
        + "tags without this cluster's. Without ec2:DescribeSubnets: the node's own subnet."));

    internal static readonly Setting<bool> LeakedEniVariable = Group.Add(Bool("DISABLE_LEAKED_ENI_CLEANUP", false,
        "Do not delete ENIs that other nodes of this cluster left behind. Without CLUSTER_NAME it never happens. What this node itself left "
        + "between creating and attaching is deleted in any case."));

    internal static readonly Setting<bool> ManageUntaggedVariable = Group.Add(Bool("MANAGE_UNTAGGED_ENI", true,
        "Use also attached ENIs that do not carry this instance's tag. One tagged node.k8s.amazonaws.com/no_manage=true is never used, with "
        + "another value of that tag always."));

    /// <summary>Null: the SDK's own choice (AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL, else the region's).</summary>
    public required Uri? Ec2Endpoint { get; init; }

    public required Uri ImdsEndpoint { get; init; }

    /// <summary>Null: the instance's own.</summary>
    public required string? Region { get; init; }

    /// <summary>One attempt of one EC2 call, from the credentials to the last byte of the reply.</summary>
    public required TimeSpan HttpTimeout { get; init; }

    /// <summary>Empty when not set.</summary>
    public required string ClusterName { get; init; }

    public required EniTags AdditionalTags { get; init; }

    public required bool DiscoversSubnets { get; init; }

    /// <summary>Delete ENIs that other nodes of this cluster left.</summary>
    public required bool CleansAfterOthers { get; init; }

    public required bool ManagesUntagged { get; init; }

    /// <summary>Empty when not set.</summary>
    public required string ImageVersion { get; init; }

    internal static CloudSettings From(SettingsValues values) => new()
    {
        Ec2Endpoint = values.Get(Ec2EndpointVariable),
        ImdsEndpoint = values.Get(ImdsEndpointVariable) ?? new Uri("http://169.254.169.254"),
        Region = values.Get(RegionVariable),
        HttpTimeout = values.Get(HttpTimeoutVariable),
        ClusterName = values.Get(ClusterNameVariable),
        AdditionalTags = values.Get(AdditionalTagsVariable),
        DiscoversSubnets = values.Get(SubnetDiscoveryVariable),
        CleansAfterOthers = !values.Get(LeakedEniVariable),
        ManagesUntagged = values.Get(ManageUntaggedVariable),
        ImageVersion = values.Get(VersionVariable),
    };

    private static Parsed<string?> ParseRegion(string text) =>
        text.Length <= 40 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? Parsed<string?>.Good(text)
            : Parsed<string?>.Bad("is not one");
}
