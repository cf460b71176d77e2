using System.Net;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Errors;
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
    /// <summary>
    /// Whatever ipamd and prevResult say: the veth is found by its name, which is a hash of the pod's, and its alias says whether it is
    /// this attachment's. What isn't there is no error.
    /// </summary>
    /// <returns>The addresses that the host led to it.</returns>
    /// <exception cref="CniException">Code 102: it is there and stays, so its address must not be another pod's.</exception>
    public static IReadOnlyList<IPAddress> Remove(CniCall call, PodIdentity pod, PluginLog log)
    {
        if (!SecondaryInterface.CanBe(call.Environment.IfName))
            return [];
        try
        {
            using var host = RouteSocket.Open();
            if (Find(host, call, pod) is not { } veth)
                return [];
            var addresses = PodLinks.ReadRouted(host, veth.Index);
            ForgetInside(call.Environment, veth, log);
            host.DeleteLink(veth.Index);
            log.Debug("the interface is gone from the pod", ("veth", veth.Name));
            return addresses;
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            throw new CniException(
                CniErrorCode.PodNetwork, $"{call.Environment.IfName} can't be removed from its pod, which may live on: {e.Message}", cause: e);
        }
    }

    private static Link? Find(RouteSocket host, CniCall call, PodIdentity pod)
    {
        var owner = Release.Owner(call);
        // A runtime that doesn't say whose sandbox it was leaves the alias to look for.
        return pod is { Name.Length: > 0, Namespace.Length: > 0 }
            ? host.FindLink(HostVethName.For(call.Configuration.VethPrefix, pod.Namespace, pod.Name, call.Environment.IfName).Value) is { } named && IsOurs(named)
                ? named
                : null
            : host.Links().FirstOrDefault(IsOurs);

        bool IsOurs(Link link) => link.Kind == "veth" && PodOwner.TryParse(link.Alias, out var found) && found == owner;
    }

    /// <summary>The rules of its table. Without a namespace there are none left to remove.</summary>
    private static void ForgetInside(CniEnvironment environment, Link veth, PluginLog log)
    {
        if (environment.Netns.Length == 0)
            return;
        try
        {
            using var podNamespace = NetworkNamespace.Open(environment.Netns);
            using var inside = RouteSocket.OpenIn(podNamespace);
            if (inside.FindLink(environment.IfName) is not { } link || link.PeerIndex != veth.Index)
                return;
            while (inside.DeleteRule(SecondaryInterface.AnyRuleOf(link.Index)))
            {
            }
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            // A rule to an empty table leads nowhere: the veth is what must go.
            log.Warn("the rule of the interface stays in its pod", ("reason", e.Message));
        }
    }
}
