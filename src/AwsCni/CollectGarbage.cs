using AwsVpcCni.AwsCni.Daemon;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Rpc;
using Grpc.Core;

namespace AwsVpcCni.AwsCni;

/// <summary>GC: ipamd releases everything of this network that the runtime does not list, with what the host's kernel has of it.</summary>
internal static class CollectGarbage
{
    public static async Task RunAsync(CniCall call, PluginLog log)
    {
        var request = new CollectGarbageRequest { NetworkName = call.Configuration.Name };
        request.Valid.AddRange(call.Configuration.DecodeValidAttachments().Select(
            static stays => new ValidAttachment { ContainerID = stays.ContainerId, IfName = stays.IfName }));

        var ipamd = new IpamdClient(call.Configuration, log, TimeProvider.System);
        switch (await ipamd.CollectGarbageAsync(request, CallBounds.Gc))
        {
            case DaemonAnswer<CollectGarbageReply>.Replied { Reply: var reply }:
                foreach (var gone in reply.Collected)
                    log.Info("collected", ("container", gone.ContainerID), ("interface", gone.IfName), ("addresses", string.Join(", ", gone.IPv4Addrs)));
                if (reply.Problems.Count > 0)
                    throw new CniException(
                        CniErrorCode.PodNetwork, $"{reply.Collected.Count} attachments were released, but the kernel kept {string.Join("; ", reply.Problems)}");
                break;
            case DaemonAnswer<CollectGarbageReply>.Refused { Status: StatusCode.Unimplemented }:
                // The original's daemon collects by its own means, and a node that is being switched over must not fail for it.
                log.Warn("this ipamd has no garbage collection (it is the original's); nothing was released");
                break;
            case DaemonAnswer<CollectGarbageReply>.Refused refused:
                throw DaemonErrors.Refused(refused.Status, refused.Reason);
            case DaemonAnswer<CollectGarbageReply>.Unreachable nobody:
                throw DaemonErrors.Unreachable(nobody.Reason);
        }
    }
}
