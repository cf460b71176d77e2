using AwsVpcCni.Rpc;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>What the network policy agent asks once, when it starts; older agents ask over TCP.</summary>
public sealed class ConfigServerService(NodeFacts node) : ConfigServerBackend.ConfigServerBackendBase
{
    public override Task<NetworkPolicyAgentConfigReply> GetNetworkPolicyConfigs(Empty request, ServerCallContext context) =>
        Task.FromResult(new NetworkPolicyAgentConfigReply
        {
            NetworkPolicyMode = node.NetworkPolicyMode,
            MultiNICEnabled = false,
            NodeIPv4 = node.Address.ToString(),
            InstanceID = node.InstanceId,
            Region = node.Region,
        });
}
