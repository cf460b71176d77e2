namespace AwsVpcCni.HealthProbe;

/// <summary>grpc-ecosystem's grpc-health-probe's exit codes; kubelet and scripts tell failures apart by them.</summary>
public enum ExitCode
{
    Serving = 0,
    Usage = 1,

    /// <summary>No connection within -connect-timeout.</summary>
    Connection = 2,

    /// <summary>Connected, but the health call failed or did not end within -rpc-timeout; also an unknown -service.</summary>
    Rpc = 3,

    /// <summary>The server answered something else than SERVING.</summary>
    NotServing = 4,
}
