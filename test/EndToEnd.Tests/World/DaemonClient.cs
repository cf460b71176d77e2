using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Transport;
using Grpc.Net.Client;

namespace AwsVpcCni.EndToEnd.Tests.World;

/// <summary>Asks a node's daemon for pods' addresses as the plugin does, without plumbing pods: for tests of how many there are.</summary>
internal sealed class DaemonClient(Node node) : IDisposable
{
    private readonly GrpcChannel _channel = GrpcChannels.Over(node.ConnectTcp());

    /// <summary>All at once.</summary>
    /// <returns>The addresses they got.</returns>
    public async Task<IReadOnlyList<string>> AddAsync(IEnumerable<string> pods, CancellationToken cancellation)
    {
        var client = new CNIBackend.CNIBackendClient(_channel);
        return await Task.WhenAll(pods.Select(async pod =>
        {
            var reply = await client.AddNetworkAsync(
                new AddNetworkRequest
                {
                    NetworkName = "aws-cni",
                    ContainerID = $"box-{pod}",
                    IfName = "eth0",
                    K8SPODNAME = pod,
                    K8SPODNAMESPACE = "default",
                },
                cancellationToken: cancellation);
            Assert.True(reply.Success, $"{pod} got no address");
            return reply.IPAllocationMetadata[0].IPv4Addr;
        }));
    }

    public void Dispose() => _channel.Dispose();
}
