namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>Which EC2 is asked, for which instance, and how its ENIs are marked.</summary>
public sealed record Ec2Options
{
    /// <summary>This node.</summary>
    public required string InstanceId { get; init; }

    public required string Region { get; init; }

    /// <summary>Whose subnets and left-behind ENIs are looked for; empty: none are.</summary>
    public string VpcId { get; init; } = "";

    /// <summary>Of this instance: an ENI cannot leave its zone.</summary>
    public string AvailabilityZone { get; init; } = "";

    /// <summary>Null: the SDK's own choice, AWS_ENDPOINT_URL_EC2, then AWS_ENDPOINT_URL, then the region's endpoint.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>One attempt of one call, from the credentials to the last byte of the reply.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Empty: no cluster tags.</summary>
    public string ClusterName { get; init; } = "";

    /// <summary>ADDITIONAL_ENI_TAGS; ours win over them.</summary>
    public IReadOnlyDictionary<string, string> AdditionalTags { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Letters, digits, '.', '-', '+' and '_'. It stands in the user agent after the original's name, by which people find the CNI in
    /// CloudTrail.
    /// </summary>
    public string Version { get; init; } = "unknown";

    /// <summary>Told of every attempt on the wire, on whatever thread it ended.</summary>
    public Action<Ec2Attempt>? OnAttempt { get; init; }
}

/// <summary>One attempt of one EC2 call, for metrics.</summary>
/// <param name="Action">EC2's name of the call, such as AttachNetworkInterface.</param>
/// <param name="Status">
/// 200, EC2's error code, or one of <c>Timeout</c>, <c>ConnectionLost</c>, <c>NotSent</c>, <c>NoCredentials</c>, <c>BadReply</c>.
/// </param>
/// <param name="Failed">Everything but 200.</param>
public readonly record struct Ec2Attempt(string Action, string Status, bool Failed, TimeSpan Latency);
