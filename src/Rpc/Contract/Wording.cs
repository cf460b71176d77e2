namespace AwsVpcCni.Rpc.Contract;

/// <summary>Texts that programs on the node compare, because the protocol has no field for them.</summary>
public static class Wording
{
    /// <summary>In the message of DelNetwork's error when nobody has the key: the original plugin, and ours, succeed on it.</summary>
    public const string UnknownPod = "datastore: unknown pod";

    /// <summary>DelNetworkRequest.Reason of a DEL; a label of awscni_del_ip_req_count.</summary>
    public const string PodDeleted = "PodDeleted";

    /// <summary>DelNetworkRequest.Reason of an ADD that returns its address.</summary>
    public const string SetupFailed = "SetupNSFailed";

    /// <summary>The daemon's name in grpc.health.v1, besides the empty one.</summary>
    public const string HealthService = "grpc.health.v1.aws-node";
}
