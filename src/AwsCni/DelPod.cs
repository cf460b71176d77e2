using System.Net.Sockets;
using AwsVpcCni.AwsCni.Daemon;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.AwsCni.Policy;
using AwsVpcCni.AwsCni.Results;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using Grpc.Core;

namespace AwsVpcCni.AwsCni;

/// <summary>DEL: the address goes back and the host forgets it. Succeeds for what is gone already, and without ipamd.</summary>
internal static class DelPod
{
    public static async Task RunAsync(CniCall call, PluginLog log)
    {
        var pod = PodIdentity.WhateverIsKnown(call.Environment.Args);
        if (OriginalBranchPod.Of(call) is { } branch)
        {
            branch.Remove(log);
            await PodPolicies.ForgetIfAnyAsync(call, pod, log);
            return;
        }

        var ipamd = new IpamdClient(call.Configuration, log, TimeProvider.System);
        switch (await Release.AskAsync(ipamd, Release.Request(call, pod, Wording.PodDeleted), CallBounds.Del))
        {
            case DaemonAnswer<DelNetworkReply>.Replied { Reply.Success: true } replied:
                Forget(Released(call, replied.Reply, log), log);
                FurtherInterface.Remove(call, pod, log);
                if (replied.Reply.NetworkPolicyMode.Length > 0)
                    await PodPolicies.ForgetAsync(call, pod, log);
                break;
            case DaemonAnswer<DelNetworkReply>.Replied:
                throw DaemonErrors.WithoutReason("DEL");
            case DaemonAnswer<DelNetworkReply>.Refused refused when Release.IsUnknown(refused.Reason):
                // What prevResult names is left alone: it may be another pod's by now, and only ipamd can tell. It sweeps what is nobody's.
                // A further interface tells by itself whose it is.
                log.Debug("ipamd doesn't know this pod: it is gone already");
                FurtherInterface.Remove(call, pod, log);
                await PodPolicies.ForgetIfAnyAsync(call, pod, log);
                break;
            case DaemonAnswer<DelNetworkReply>.Refused { Status: StatusCode.PermissionDenied or StatusCode.Unauthenticated } refused
                when !Environment.IsPrivilegedProcess:
                throw DaemonErrors.Refused(refused.Status, refused.Reason);
            case DaemonAnswer<DelNetworkReply>.Refused refused:
                // Root is refused too where the daemon can't see who calls (over TCP it needs privileges for that). The note is no way
                // around it: only the node's own root can write where the daemon looks.
                await WithoutDaemonAsync(call, pod, refused.Reason, log);
                break;
            case DaemonAnswer<DelNetworkReply>.Unreachable nobody:
                await WithoutDaemonAsync(call, pod, nobody.Reason, log);
                break;
        }
    }

    /// <summary>
    /// The note first: once it is there ipamd will release the address, whatever becomes of this process. Until then the address stays
    /// assigned, so nobody else can have it while its rules go. Before both an interface whose pod may live on with the address.
    /// </summary>
    private static async Task WithoutDaemonAsync(CniCall call, PodIdentity pod, string reason, PluginLog log)
    {
        log.Warn("DEL without ipamd: the host forgets the pod now, ipamd releases its address when it is back", ("reason", reason));
        var led = FurtherInterface.Remove(call, pod, log);
        if (Release.TryLeaveNote(call, pod) is { } failure)
            throw new CniException(
                CniErrorCode.TryAgainLater, $"ipamd can't be reached ({reason}), and the note to release the address later can't be left: {failure}");
        var previous = Previous(call, log);
        Forget(
            [.. led.Union(previous?.Addresses ?? []).Select(address => new PodDetachment
            {
                Address = address,
                Owner = Release.Owner(call),
                HostVeth = previous?.HostVeth,
            })],
            log);
        await PodPolicies.ForgetIfAnyAsync(call, pod, log);
    }

    private static PreviousPod? Previous(CniCall call, PluginLog log)
    {
        try
        {
            return call.Configuration.DecodePrevResult() is { } result ? PreviousPod.Of(result, call.Environment.IfName) : null;
        }
        catch (CniException e)
        {
            // A DEL must not fail for ever over somebody's broken cache; ipamd sweeps the rules of addresses that nobody has.
            log.Warn("prevResult is broken, the pod's rules stay until ipamd is back");
            log.Debug("prevResult is broken", ("reason", e.Message)); // it quotes standard input
            return null;
        }
    }

    /// <summary>What ipamd released. An address that this plugin can't have attached is no reason to keep the pod.</summary>
    private static List<PodDetachment> Released(CniCall call, DelNetworkReply reply, PluginLog log)
    {
        var detachments = new List<PodDetachment>(reply.IPAllocationMetadata.Count);
        foreach (var metadata in reply.IPAllocationMetadata)
        {
            if (AddressWithPrefix.TryParseAddress(metadata.IPv4Addr, out var address) && address.AddressFamily == AddressFamily.InterNetwork)
            {
                // Main gave no rule of its own, but one to another table may be left from before.
                var table = RouteTable.FromReply(metadata.RouteTableId);
                detachments.Add(new PodDetachment { Address = address, Table = table.IsMain ? null : table, Owner = Release.Owner(call) });
            }
            else
                log.Warn("ipamd released what this plugin doesn't attach, the host is left as it is", ("ipv4", metadata.IPv4Addr), ("ipv6", metadata.IPv6Addr));
        }

        return detachments;
    }

    private static void Forget(List<PodDetachment> detachments, PluginLog log)
    {
        if (detachments.Count == 0)
            return;
        try
        {
            using var network = PodNetwork.Open();
            foreach (var detachment in detachments)
                log.Info("pod detached", ("address", $"{detachment.Address}"), ("outcome", $"{network.Detach(detachment)}"));
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            throw new CniException(
                CniErrorCode.PodNetwork, $"the route and rules of {string.Join(", ", detachments.Select(d => d.Address))} can't be removed: {e.Message}", cause: e);
        }
    }
}
