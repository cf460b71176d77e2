using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni;

/// <summary>
/// A DEL of another interface than eth0 may leave its sandbox running: Multus detaches networks of live pods, and takes earlier delegates
/// back when a later one fails. So the veth goes here, and not with the namespace: the address may be another pod's soon.
/// </summary>
internal static class FurtherInterface
{
    /// <param name="detachments">What was released.</param>
    public static void Remove(CniCall call, PodIdentity pod, IReadOnlyList<PodDetachment> detachments, PluginLog log)
    {
        var (environment, configuration) = call;
        if (!SecondaryInterface.CanBe(environment.IfName) || environment.Netns.Length == 0)
            return;
        try
        {
            using var host = RouteSocket.Open();
            var name = HostVethName.For(configuration.VethPrefix, pod.Namespace, pod.Name, environment.IfName);
            if (host.FindLink(name.Value) is not { Kind: "veth" } veth || !PodOwner.TryParse(veth.Alias, out var owner) || owner != Release.Owner(call))
                return;
            using var podNamespace = NetworkNamespace.Open(environment.Netns);
            using var inside = RouteSocket.OpenIn(podNamespace);
            if (inside.FindLink(environment.IfName) is { } link && link.PeerIndex == veth.Index)
            {
                foreach (var detachment in detachments)
                    inside.DeleteRule(SecondaryInterface.RuleOf(detachment.Address, link.Index));
            }

            host.DeleteLink(veth.Index);
            log.Debug("the interface is gone from the pod", ("veth", veth.Name));
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            // A namespace that is gone has taken the interface along; what else failed, its end will do.
            log.Warn("the interface stays until its sandbox ends", ("reason", e.Message));
        }
    }
}
