using System.Collections.Concurrent;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Transport;
using Grpc.Core;
using Grpc.Net.Client;

namespace AwsVpcCni.Pool.Bench;

/// <summary>Pods as the daemon sees them: ADD and DEL, each on a connection of its own like a plugin's process, without their veths.</summary>
internal sealed class Pods(string socket, CancellationToken interrupted)
{
    private readonly ConcurrentDictionary<string, string> _owners = new();
    private int _failed;

    /// <summary>ADDs that were answered with an error.</summary>
    internal int Failed => _failed;

    /// <summary>Asks until there is an address, as kubelet does.</summary>
    internal async Task AddAsync(string pod)
    {
        while (true)
        {
            try
            {
                using var channel = Connect();
                var reply = await new CNIBackend.CNIBackendClient(channel).AddNetworkAsync(new AddNetworkRequest
                {
                    NetworkName = "aws-cni",
                    ContainerID = $"box-{pod}",
                    IfName = "eth0",
                    K8SPODNAME = pod,
                    K8SPODNAMESPACE = "default",
                }, cancellationToken: interrupted);
                var address = reply.IPAllocationMetadata[0].IPv4Addr;
                if (!_owners.TryAdd(address, pod))
                    throw new InvalidOperationException($"{address} was given to {pod} and to {_owners[address]}");
                return;
            }
            catch (RpcException refused) when (!interrupted.IsCancellationRequested)
            {
                Interlocked.Increment(ref _failed);
                Console.Error.WriteLine($"{pod}: {refused.Status.StatusCode}: {refused.Status.Detail}");
                await Task.Delay(TimeSpan.FromSeconds(1), interrupted);
            }
        }
    }

    internal async Task DeleteAsync(string pod)
    {
        _owners.TryRemove(_owners.Single(owner => owner.Value == pod));
        using var channel = Connect();
        await new CNIBackend.CNIBackendClient(channel).DelNetworkAsync(new DelNetworkRequest
        {
            NetworkName = "aws-cni",
            ContainerID = $"box-{pod}",
            IfName = "eth0",
            K8SPODNAME = pod,
            K8SPODNAMESPACE = "default",
        });
    }

    private GrpcChannel Connect() => GrpcChannels.Open(GrpcTarget.Unix(socket));
}
