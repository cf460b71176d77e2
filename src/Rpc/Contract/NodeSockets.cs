using System.Net;

namespace AwsVpcCni.Rpc.Contract;

/// <summary>Where the programs of a node meet. Paths and port are the original's, so that either side can be exchanged alone.</summary>
public static class NodeSockets
{
    public const string Folder = "/var/run/aws-node";

    /// <summary>ipamd's: CNIBackend, ConfigServerBackend, health, reflection.</summary>
    public const string Ipamd = Folder + "/ipamd.sock";

    /// <summary>Locked by ipamd while it runs: who holds it has this folder, which is the node's root's.</summary>
    public const string IpamdLock = Folder + "/ipamd.lock";

    /// <summary>The network policy agent's: NPBackend.</summary>
    public const string NetworkPolicyAgent = Folder + "/npa.sock";

    /// <summary>A file: since when STATUS has seen no daemon, in seconds of the boot clock. The daemon removes it when it serves.</summary>
    public const string NotServingNote = Folder + "/not-serving";

    /// <summary>ipamd's TCP port, where releases before v1.23 and today's probes look for it.</summary>
    public const int IpamdPort = 50051;

    public static IPEndPoint IpamdTcp { get; } = new(IPAddress.Loopback, IpamdPort);
}
