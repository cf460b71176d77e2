using System.Net.Sockets;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Rpc;
using AwsVpcCni.WarmPool.Engine;
using Grpc.Core;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>What CHECK and GC ask; only this project's plugin does.</summary>
public sealed class AttachmentService(WarmPoolEngine pool, CallerGate callers, PodCleanup cleanup) : AttachmentBackend.AttachmentBackendBase
{
    /// <summary>Bytes of a request that lists what stays: 4,000 attachments with ids as runtimes make them, more than a node can have.</summary>
    public const int LongestRequest = 512 * 1024;

    public override async Task<AttachmentReply> GetAttachment(AttachmentRequest request, ServerCallContext context)
    {
        callers.Demand(context);
        var reply = new AttachmentReply();
        if (await pool.FindAsync(PodKeys.Of(request.NetworkName, request.ContainerID, request.IfName), context.CancellationToken) is not { } owned)
            return reply;
        reply.Found = true;
        reply.Addresses.AddRange(owned
            .Where(static place => place.Address.AddressFamily == AddressFamily.InterNetwork)
            .Select(static place => new AttachmentAddress
            {
                IPv4Addr = place.Address.ToString(),
                RouteTableId = place.Eni is { } eni ? (int)CniBackendService.TableOf(eni).Number : 0,
            }));
        return reply;
    }

    public override async Task<CollectGarbageReply> CollectGarbage(CollectGarbageRequest request, ServerCallContext context)
    {
        callers.Demand(context);
        var network = PodKeys.Network(request.NetworkName);
        var valid = request.Valid.Select(stays => PodKeys.Of(network, stays.ContainerID, stays.IfName)).ToHashSet();

        // The kernel first: a veth that is there now and whose key owns nothing afterwards was not made by an ADD that came in between.
        var veths = await Task.Run(() => cleanup.Read(network), context.CancellationToken);
        if (await pool.GarbageCollectAsync(network, valid, context.CancellationToken) is not GarbageReply.Collected collected)
            throw new RpcException(new Status(StatusCode.Unavailable, "ipamd is stopping or has not loaded its state yet; the runtime will ask again"));

        var reply = new CollectGarbageReply();
        reply.Collected.AddRange(collected.Released.Select(static pod => new CollectedAttachment
        {
            ContainerID = pod.Key.ContainerId,
            IfName = pod.Key.InterfaceName,
            IPv4Addrs = { pod.Addresses.Select(static address => address.ToString()) },
        }));
        reply.Problems.AddRange(await Task.Run(
            () => cleanup.Remove(collected.Released, veths, key => valid.Contains(key) || collected.Kept.Contains(key))));
        return reply;
    }
}
