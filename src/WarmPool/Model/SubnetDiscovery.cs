namespace AwsVpcCni.WarmPool.Model;

/// <summary>Which subnets new ENIs may be made in, by their tags (compat.md, "ENIs").</summary>
public static class SubnetDiscovery
{
    /// <summary>Present: usable, or with the value <c>0</c> never. Absent: only the node's own subnet.</summary>
    public const string RoleTag = "kubernetes.io/role/cni";

    /// <summary>With a cluster's name behind it; a subnet that has any of these is for those clusters only.</summary>
    public const string ClusterTag = "cni.networking.k8s.aws/cluster/";

    /// <summary>Those that may be used, the one with most free addresses first.</summary>
    /// <param name="clusterName">Empty: cluster tags are not looked at.</param>
    public static IReadOnlyList<EniSubnet> Eligible(IReadOnlyList<SubnetFacts> subnets, string ownSubnet, string clusterName) =>
        [.. subnets
            .Where(subnet => (subnet.Id == ownSubnet || subnet.Tags.ContainsKey(RoleTag)) && !IsExcluded(subnet, clusterName))
            .OrderByDescending(static subnet => subnet.FreeAddresses)
            .ThenBy(static subnet => subnet.Id, StringComparer.Ordinal)
            .Select(static subnet => new EniSubnet(subnet.Id, subnet.Cidr))];

    /// <summary>ENIs that are there in such a subnet get no new pods. One without the role's tag is never excluded.</summary>
    public static bool IsExcluded(SubnetFacts subnet, string clusterName)
    {
        if (!subnet.Tags.TryGetValue(RoleTag, out var role))
            return false;
        return role == "0"
            || (clusterName.Length > 0
                && subnet.Tags.Keys.Any(static key => key.StartsWith(ClusterTag, StringComparison.Ordinal))
                && !subnet.Tags.ContainsKey(ClusterTag + clusterName));
    }
}
