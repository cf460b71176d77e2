namespace AwsVpcCni.WarmPool.Model;

/// <summary>Tells a leaked ENI from one that is still needed. Deleting is only allowed by proof.</summary>
internal static class Leftovers
{
    public const string InstanceTag = "node.k8s.amazonaws.com/instance_id";
    public const string ClusterTag = "cluster.k8s.amazonaws.com/name";

    private const string DescriptionPrefix = "aws-K8S-";

    // A node that is attaching it right now is done, or has given up, after this.
    private static readonly TimeSpan _youngest = TimeSpan.FromMinutes(5);

    /// <summary>Made by this CNI, on whatever node.</summary>
    public static bool IsOurs(EniFacts eni) => eni.Description.StartsWith(DescriptionPrefix, StringComparison.Ordinal);

    /// <summary>
    /// Attached to nothing, made by this CNI, older than five minutes by its own tag; and this instance's, or (with a cluster's name) of
    /// this cluster. Whatever cannot be read is no proof.
    /// </summary>
    public static bool IsLeaked(EniFacts eni, Upkeep upkeep, DateTimeOffset wall) =>
        eni.Attachment is null
        && IsOurs(eni)
        && eni.Tags.TryGetValue(InstanceTag, out var instance)
        && eni.CreatedAt is { } created
        && wall - created > _youngest
        && (instance == upkeep.InstanceId || (upkeep.CleansAfterOthers && IsOfCluster(eni, upkeep.ClusterName)));

    /// <summary>This instance's, attached to nothing, and seen so for longer than an attach can take, by a clock that never jumps.</summary>
    /// <param name="seen">Since the first look that showed it so.</param>
    public static bool IsLeftByUs(EniFacts eni, Upkeep upkeep, TimeSpan seen) =>
        IsOwnUnattached(eni, upkeep) && seen >= _youngest;

    /// <summary>This instance's and attached to nothing.</summary>
    public static bool IsOwnUnattached(EniFacts eni, Upkeep upkeep) =>
        eni.Attachment is null
        && IsOurs(eni)
        && eni.Tags.TryGetValue(InstanceTag, out var instance)
        && instance == upkeep.InstanceId;

    private static bool IsOfCluster(EniFacts eni, string cluster) =>
        cluster.Length > 0 && eni.Tags.TryGetValue(ClusterTag, out var name) && name == cluster;
}
