using System.Net.Sockets;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;
using Grpc.Core;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>What the plugin asks: an address for a pod, and back. Field meanings are the original's; refusals are gRPC statuses with a
/// reason for people, because the original's <c>Success=false</c> tells nothing.</summary>
public sealed class CniBackendService(WarmPoolEngine pool, CallerGate callers, NodeFacts node, ServingMetrics metrics)
    : CNIBackend.CNIBackendBase
{
    public override async Task<AddNetworkReply> AddNetwork(AddNetworkRequest request, ServerCallContext context)
    {
        metrics.AddRequests.Inc();
        callers.Demand(context);
        var key = PodKeys.Of(request.NetworkName, request.ContainerID, request.IfName);
        var name = new PodName(request.K8SPODNAMESPACE, request.K8SPODNAME);
        if (request.RequiresMultiNICAttachment)
            throw Refused(StatusCode.InvalidArgument, $"pod {name} asks for one address per network card, and ENABLE_MULTI_NIC is off");

        return await pool.AddAsync(key, name, context.CancellationToken) switch
        {
            AddReply.Assigned assigned => Reply(assigned),
            AddReply.Refused refused => throw Refusal(refused),
            var other => throw new InvalidOperationException($"unexpected {other}"),
        };
    }

    public override async Task<DelNetworkReply> DelNetwork(DelNetworkRequest request, ServerCallContext context)
    {
        metrics.DelRequests.WithLabels(ServingMetrics.Reason(request.Reason)).Inc();
        callers.Demand(context);
        var key = PodKeys.Of(request.NetworkName, request.ContainerID, request.IfName);

        switch (await pool.DelAsync(key, context.CancellationToken))
        {
            case DelReply.Released released:
                var reply = new DelNetworkReply { Success = true, NetworkPolicyMode = node.NetworkPolicyMode };
                reply.IPAllocationMetadata.AddRange(released.Addresses.Select(Metadata));
                return reply;
            case DelReply.UnknownPod:
                throw Refused(StatusCode.Unknown, $"{Wording.UnknownPod} {key}");
            case DelReply.TryAgain again:
                throw Refused(StatusCode.Unavailable, again.Reason);
            case var other:
                throw new InvalidOperationException($"unexpected {other}");
        }
    }

    internal static RouteTable TableOf(EniPlace eni) => RouteTable.Of(eni.NetworkCard, eni.DeviceIndex, eni.IsPrimary);

    private AddNetworkReply Reply(AddReply.Assigned assigned)
    {
        var reply = new AddNetworkReply
        {
            Success = true,
            UseExternalSNAT = node.ExternalSnat,
            NetworkPolicyMode = node.NetworkPolicyMode,
        };
        reply.IPAllocationMetadata.AddRange(assigned.Addresses.Select(Metadata));
        reply.VPCv4CIDRs.AddRange(node.VpcCidrs.Select(static cidr => cidr.ToString()));
        return reply;
    }

    private static IPAllocationMetadata Metadata(AssignedAddress address)
    {
        var metadata = new IPAllocationMetadata();
        if (address.Address.AddressFamily == AddressFamily.InterNetwork)
            metadata.IPv4Addr = address.Address.ToString();
        else
            metadata.IPv6Addr = address.Address.ToString();
        if (address.Eni is { } eni)
        {
            metadata.DeviceNumber = eni.DeviceIndex;
            metadata.RouteTableId = (int)TableOf(eni).Number;
        }

        return metadata;
    }

    private static RpcException Refusal(AddReply.Refused refused) => Refused(
        refused.Kind switch
        {
            AddRefusal.Exhausted => StatusCode.ResourceExhausted,
            AddRefusal.Storage or AddRefusal.Overtaken => StatusCode.Aborted,
            _ => StatusCode.Unavailable,
        },
        refused.Reason);

    private static RpcException Refused(StatusCode code, string reason) => new(new Status(code, reason));
}
