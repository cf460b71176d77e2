namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>What a process in a node gets told, as an instance's user data would.</summary>
internal static class NodeEnvironment
{
    /// <summary>Link-local, as IMDS is: each node has its own listener there, so EC2 knows who calls.</summary>
    internal const string MetadataAddress = "169.254.169.254";

    /// <summary>Where EKS Pod Identity's agent listens on a node; SDKs take plain HTTP from few addresses, and this is one.</summary>
    internal const string ContainerCredentialsAddress = "169.254.170.23";

    internal const int Ec2Port = 4566;

    internal static IReadOnlyDictionary<string, string> Of(LabPaths lab) => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL_EC2"] = $"http://{MetadataAddress}:{Ec2Port}",
        ["AWS_ENDPOINT_URL_STS"] = $"http://{MetadataAddress}:{Ec2Port}",
        ["AWS_REGION"] = LabState.Read(lab)?.Region ?? throw new LabException($"Lab {lab.Name} is still starting, or its start failed: look with vpclab status --name {lab.Name}."),
    };
}
