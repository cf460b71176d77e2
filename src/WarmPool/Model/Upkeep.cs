namespace AwsVpcCni.WarmPool.Model;

/// <summary>What the pool needs to know to keep its ENIs in order on a slow clock, demand aside.</summary>
/// <param name="InstanceId">Whose ENIs are ours, by their tag.</param>
public sealed record Upkeep(string InstanceId)
{
    /// <summary>Empty: ENIs of other nodes are not touched, and subnets' cluster tags not looked at.</summary>
    public string ClusterName { get; init; } = "";

    /// <summary>The node's own subnet, from which ENABLE_SUBNET_DISCOVERY starts; null without discovery.</summary>
    public string? DiscoverFrom { get; init; }

    /// <summary>False with DISABLE_LEAKED_ENI_CLEANUP: ENIs that other nodes left are not deleted. This node's own are its own business.</summary>
    public bool CleansAfterOthers { get; init; } = true;

    /// <summary>Security groups of our ENIs follow the primary one's; false under custom networking.</summary>
    public bool FollowsPrimaryGroups { get; init; } = true;

    /// <summary>
    /// Tags that every ENI of ours has, and with a cluster's name the primary one too, to be restored when they are lost; empty: not
    /// looked at.
    /// </summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Between two looks at this node's ENIs in EC2; spread over ±20 %.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Between two looks at the subnets, while none was exhausted; spread likewise.</summary>
    public TimeSpan SubnetsEvery { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Between two looks for what other nodes left; spread likewise.</summary>
    public TimeSpan LeaksEvery { get; init; } = TimeSpan.FromHours(1);
}
