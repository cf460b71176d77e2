using System.Net.Sockets;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.Rpc.Transport;
using Grpc.Core;

namespace AwsVpcCni.AwsCni.Policy;

/// <summary>
/// The network policy agent on its socket. It is told of a pod only when ipamd's reply has a mode: then policies are enforced on
/// this node, and a pod must not run without them.
/// </summary>
internal static class NetworkPolicyAgent
{
    /// <summary>For connection and call together, as the original gives it.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <returns>Null when the pod's policies are in place, else what failed and where to look.</returns>
    public static Task<string?> EnforceAsync(PodIdentity pod, string mode, int interfaces) =>
        AskAsync(async (client, options) => (await client.EnforceNpToPodAsync(
            new EnforceNpRequest
            {
                K8SPODNAME = pod.Name,
                K8SPODNAMESPACE = pod.Namespace,
                NETWORKPOLICYMODE = mode,
                InterfaceCount = interfaces,
            },
            options)).Success);

    /// <param name="livesOn">Asked once the agent is connected, right before it would be told: then nothing is said.</param>
    /// <returns>Null when it was told, or was not to be.</returns>
    public static Task<string?> ForgetAsync(PodIdentity pod, Func<bool> livesOn) =>
        AskAsync(async (client, options) => livesOn() || (await client.DeletePodNpAsync(
            new DeleteNpRequest { K8SPODNAME = pod.Name, K8SPODNAMESPACE = pod.Namespace }, options)).Success);

    private static async Task<string?> AskAsync(Func<NPBackend.NPBackendClient, CallOptions, Task<bool>> ask)
    {
        var target = GrpcTarget.Unix(NodeSockets.NetworkPolicyAgent);
        var deadline = DateTime.UtcNow + _patience;
        try
        {
            // Connecting takes no time: a unix socket whose queue is full refuses at once (connect(2), EAGAIN).
            using var channel = GrpcChannels.Over(await GrpcDialer.DialAsync(target, CancellationToken.None));
            return await ask(new NPBackend.NPBackendClient(channel), new CallOptions(deadline: deadline))
                ? null
                : "it answered that it failed; look at the aws-eks-nodeagent container's log";
        }
        catch (SocketException e)
        {
            return $"{GrpcDialer.Explain(target, e)}; is the aws-eks-nodeagent container running? (NETWORK_POLICY_ENFORCING_MODE is set)";
        }
        catch (RpcException e)
        {
            return e.StatusCode == StatusCode.DeadlineExceeded
                ? $"{target}: no answer within {_patience.TotalSeconds} s; look at the aws-eks-nodeagent container's log"
                : $"{target}: {e.StatusCode}: {e.Status.Detail}";
        }
    }
}
