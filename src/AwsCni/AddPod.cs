using AwsVpcCni.AwsCni.Daemon;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.AwsCni.Policy;
using AwsVpcCni.AwsCni.Results;
using AwsVpcCni.AwsCni.Serving;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Rpc;

namespace AwsVpcCni.AwsCni;

/// <summary>ADD: an address from ipamd, a network for the pod, its policies; or nothing at all.</summary>
internal static class AddPod
{
    private const string NicAnnotation = "k8s.amazonaws.com/nicConfig";
    private const string SeveralNics = "multi-nic-attachment";

    /// <param name="tell">Tells the runtime the result; when it can't be told, everything goes back as after any other failure.</param>
    public static async Task RunAsync(CniCall call, Func<CniResult, Task> tell, PluginLog log)
    {
        var (environment, configuration) = call;
        var pod = PodIdentity.Required(environment.Args);
        var before = configuration.DecodePrevResult();
        using var podInterface = PodInterface.Take(environment.Netns, environment.IfName);

        var ipamd = new IpamdClient(configuration, log, TimeProvider.System);
        var reply = await AskAsync(ipamd, call, pod);
        DaemonStatus.Serves(log);
        Release.WithdrawNote(call, log);
        var kernel = default(Attached?);
        var policies = false;
        try
        {
            var allocation = PodAllocation.Of(reply);
            log.Debug("ipamd gave an address", ("address", $"{allocation.Address}"), ("table", $"{allocation.Table.Number}"));

            kernel = Attach(call, pod, podInterface, allocation);
            if (!kernel.Link.Sends)
                log.Warn("the kernel has not brought the pod's link into service yet, the pod's first packets may be lost", ("interface", environment.IfName));
            if (reply.NetworkPolicyMode.Length > 0)
            {
                policies = true;
                await PodPolicies.EnforceAsync(pod, reply.NetworkPolicyMode);
            }

            var result = PodResult.Of(environment, configuration, kernel.Link, allocation);
            await tell(before is null ? result : before.Followed(result));
        }
        catch (Exception failure)
        {
            log.Warn("the pod can't be attached, everything goes back", ("reason", failure.Message));
            RollBack(kernel, log);
            if (!IsInUse(call, pod, podInterface, log))
            {
                await Release.ReturnAsync(ipamd, call, pod, log);
                if (policies) // also those that weren't confirmed: the agent may have ended what it began
                    await PodPolicies.ForgetAsync(call, pod, log);
            }

            throw;
        }
        finally
        {
            kernel?.Network.Dispose();
        }

        // Told is told: from here on nothing goes back.
        log.Info("pod attached", ("address", $"{kernel.Attachment.Address}"), ("veth", kernel.Link.HostVeth.Value));
    }

    private static async Task<AddNetworkReply> AskAsync(IpamdClient ipamd, CniCall call, PodIdentity pod)
    {
        var (environment, configuration) = call;
        var request = new AddNetworkRequest
        {
            K8SPODNAME = pod.Name,
            K8SPODNAMESPACE = pod.Namespace,
            K8SPODINFRACONTAINERID = pod.InfraContainerId ?? "",
            Netns = environment.Netns,
            IfName = environment.IfName,
            NetworkName = configuration.Name,
            ContainerID = environment.ContainerId,
            RequiresMultiNICAttachment = configuration.PodAnnotations.GetValueOrDefault(NicAnnotation) == SeveralNics,
        };
        return await ipamd.AddAsync(request, CallBounds.Add(configuration)) switch
        {
            DaemonAnswer<AddNetworkReply>.Replied { Reply.Success: true } replied => replied.Reply,
            DaemonAnswer<AddNetworkReply>.Replied => throw DaemonErrors.WithoutReason("ADD"),
            DaemonAnswer<AddNetworkReply>.Refused refused => throw DaemonErrors.Refused(refused.Status, refused.Reason),
            DaemonAnswer<AddNetworkReply>.Unreachable nobody => throw DaemonErrors.Unreachable(nobody.Reason),
            _ => throw new InvalidOperationException("an answer of no kind"),
        };
    }

    private static Attached Attach(CniCall call, PodIdentity pod, PodInterface podInterface, PodAllocation allocation)
    {
        var (environment, configuration) = call;
        var attachment = new PodAttachment
        {
            Namespace = podInterface.Namespace,
            InterfaceName = environment.IfName,
            HostVeth = HostVeth(call, pod),
            Address = allocation.Address,
            Mtu = configuration.Mtu,
            Table = allocation.Table,
            Owner = Release.Owner(call),
        };
        try
        {
            var network = PodNetwork.Open();
            try
            {
                return new Attached(network, attachment, network.Attach(attachment, podInterface.Inside));
            }
            catch
            {
                network.Dispose();
                throw;
            }
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            throw new CniException(CniErrorCode.PodNetwork, $"the pod's network can't be built: {e.Message}", cause: e);
        }
    }

    private static void RollBack(Attached? kernel, PluginLog log)
    {
        if (kernel is null)
            return;
        try
        {
            kernel.Network.RollBack(kernel.Attachment, kernel.Link);
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            // The ADD's own error is what the runtime must see; ipamd sweeps the rules of addresses that nobody has.
            log.Error("the half-made network could not be removed", ("reason", e.Message));
        }
    }

    /// <summary>
    /// The daemon answers the same key with the same address: what this ADD was given may be what an earlier one has attached, and
    /// returning it would give a running pod's address to the next one.
    /// </summary>
    private static bool IsInUse(CniCall call, PodIdentity pod, PodInterface podInterface, PluginLog log)
    {
        try
        {
            if (!podInterface.IsAttachedTo(Release.Owner(call), HostVeth(call, pod)))
                return false;
            log.Warn("the address is not returned: this sandbox is attached with it, by another ADD");
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            // Kept too long is better than given away: ipamd releases what has no veth after a while.
            log.Error("the address is not returned: whether this sandbox is attached with it can't be found out", ("reason", e.Message));
        }

        return true;
    }

    private static HostVethName HostVeth(CniCall call, PodIdentity pod) =>
        HostVethName.For(call.Configuration.VethPrefix, pod.Namespace, pod.Name, call.Environment.IfName);

    /// <summary>What there is to undo.</summary>
    private sealed record Attached(PodNetwork Network, PodAttachment Attachment, AttachedPod Link);
}
