namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>What a process in a node gets told, as an instance's user data would.</summary>
internal static class NodeEnvironment
{
    /// <summary>Link-local, as IMDS is: each node has its own listener there, so EC2 knows who calls.</summary>
    internal const string MetadataAddress = "169.254.169.254";

    /// <summary>Where EKS Pod Identity's agent listens on a node; SDKs take plain HTTP from few addresses, and this is one.</summary>
    internal const string ContainerCredentialsAddress = "169.254.170.23";

    internal const int Ec2Port = 4566;

    /// <summary>
    /// Where aws-node's daemon logs. Its default is the node's folder as its container sees it, /host/var/log: here it runs on the node
    /// itself, and /host would be this machine's.
    /// </summary>
    private const string DaemonLog = "AWS_VPC_K8S_CNI_LOG_FILE";

    /// <summary>In a node's namespaces; IMDS is where SDKs look for it.</summary>
    internal static IReadOnlyDictionary<string, string> Of(LabState lab) => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL_EC2"] = $"http://{MetadataAddress}:{Ec2Port}",
        ["AWS_ENDPOINT_URL_STS"] = $"http://{MetadataAddress}:{Ec2Port}",
        ["AWS_REGION"] = lab.Region,
        ["AWS_DEFAULT_REGION"] = lab.Region, // What the aws command line reads, and boto3.
        [DaemonLog] = Environment.GetEnvironmentVariable(DaemonLog) ?? "/var/log/aws-routed-eni/ipamd.log",
    };

    /// <summary>On the machine, as a node that has no namespaces.</summary>
    internal static IReadOnlyDictionary<string, string> Of(LabState lab, ModelNodeState node) => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL_EC2"] = node.Endpoint,
        ["AWS_ENDPOINT_URL_STS"] = node.Endpoint,
        ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = node.Endpoint,
        ["AWS_REGION"] = lab.Region,
        ["AWS_DEFAULT_REGION"] = lab.Region, // What the aws command line reads, and boto3.
    };
}
