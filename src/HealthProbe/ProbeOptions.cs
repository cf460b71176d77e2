using AwsVpcCni.Rpc.Transport;

namespace AwsVpcCni.HealthProbe;

/// <summary>What to ask, where, and for how long.</summary>
/// <param name="Service">Empty is the server as a whole.</param>
public sealed record ProbeOptions(
    GrpcTarget Target, string Service, string UserAgent, TimeSpan ConnectTimeout, TimeSpan RpcTimeout, bool Verbose);
