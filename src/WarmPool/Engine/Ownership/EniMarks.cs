namespace AwsVpcCni.WarmPool.Engine.Ownership;

/// <summary>What says in EC2 whose an ENI is (compat.md, "ENIs").</summary>
public static class EniMarks
{
    public const string InstanceIdKey = "node.k8s.amazonaws.com/instance_id";
    public const string CreatedAtKey = "node.k8s.amazonaws.com/createdAt";
    public const string ClusterNameKey = "cluster.k8s.amazonaws.com/name";
    public const string OwnerKey = "eks:eni:owner";

    /// <summary>"true" on an ENI that is to be left alone.</summary>
    public const string NoManageKey = "node.k8s.amazonaws.com/no_manage";

    /// <summary>The description of the ENIs that a daemon on this instance creates, whichever release.</summary>
    public static string DescriptionOf(string instanceId) => $"aws-K8S-{instanceId}";
}
