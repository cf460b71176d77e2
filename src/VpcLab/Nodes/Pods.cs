using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>
/// Pod sandboxes as a runtime makes them: an empty network namespace named in the node's /run/netns. Being known to the node's mount
/// namespace only, they go with the node.
/// </summary>
internal static class Pods
{
    /// <returns>What CNI_NETNS is for it.</returns>
    internal static string Add(NodeSpace node, string pod)
    {
        PodName.Checked(pod);
        Namespaces.Inside(node.Mount, null, () => NamedNetworks.Create(pod).Dispose());
        return "/var/run/netns/" + pod;
    }

    /// <summary>Idempotent. Processes in the pod are ended first.</summary>
    internal static void Delete(NodeSpace node, string pod)
    {
        PodName.Checked(pod);
        Namespaces.Inside(node.Mount, null, () =>
        {
            if (!NamedNetworks.Exists(pod))
                return;
            using (var network = NamedNetworks.Open(pod))
                Inhabitants.End(new HashSet<string> { Namespaces.NetworkIdentity(network) });
            NetworkNamespace.Delete(pod);
        });
    }

    internal static IReadOnlyList<string> List(NodeSpace node) => Namespaces.Inside(node.Mount, null, () => NamedNetworks.Names().Order().ToList());
}
