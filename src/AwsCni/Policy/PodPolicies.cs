using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Rpc.Contract;

namespace AwsVpcCni.AwsCni.Policy;

/// <summary>What the network policy agent is told of a pod, from its ADD to its DEL.</summary>
internal static class PodPolicies
{
    /// <exception cref="CniException">Code 103: the agent didn't confirm them. It may have them all the same: it is to forget the pod.</exception>
    public static async Task EnforceAsync(PodIdentity pod, string mode)
    {
        if (await NetworkPolicyAgent.EnforceAsync(pod, mode, interfaces: 1) is { } problem)
            throw new CniException(CniErrorCode.NetworkPolicy, $"the network policy agent didn't confirm the pod's policies: {problem}");
    }

    /// <summary>Never throws: a pod that is gone needs no policies, and an agent that is away must not keep it.</summary>
    public static async Task ForgetAsync(CniCall call, PodIdentity pod, PluginLog log)
    {
        if (await NetworkPolicyAgent.ForgetAsync(pod, () => LivesOn(call, pod, log)) is { } problem)
            log.Warn("the network policy agent was not told that the pod is gone", ("reason", problem));
    }

    /// <summary>
    /// Where no answer of ipamd's tells whether policies are enforced here: an agent that isn't there has nothing to forget, and one that
    /// never heard of the pod does nothing.
    /// </summary>
    public static Task ForgetIfAnyAsync(CniCall call, PodIdentity pod, PluginLog log) =>
        pod is { Name.Length: > 0, Namespace.Length: > 0 } && File.Exists(NodeSockets.NetworkPolicyAgent)
            ? ForgetAsync(call, pod, log)
            : Task.CompletedTask;

    /// <summary>
    /// The agent knows pods by name alone: the late DEL of an old sandbox must not take the policies of the new one, nor that of a further
    /// interface those of a pod that runs on.
    /// </summary>
    private static bool LivesOn(CniCall call, PodIdentity pod, PluginLog log)
    {
        var (prefix, ifName) = (call.Configuration.VethPrefix, call.Environment.IfName);
        try
        {
            using var host = RouteSocket.Open();
            var livesOn = IsAnothers(Find(ifName)) || (SecondaryInterface.CanBe(ifName) && Find("eth0") is not null);
            if (livesOn)
                log.Debug("the pod lives on, and its policies with it");
            return livesOn;

            Link? Find(string interfaceName) => host.FindLink(HostVethName.For(prefix, pod.Namespace, pod.Name, interfaceName).Value);
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            // Policies too long are better than a pod without them.
            log.Warn("the pod's policies stay: whether it lives on can't be found out", ("reason", e.Message));
            return true;
        }

        bool IsAnothers(Link? veth) => PodOwner.TryParse(veth?.Alias, out var owner) && owner.Container != call.Environment.ContainerId;
    }
}
