namespace AwsVpcCni.WarmPool.Model;

/// <summary>Where an ENI is in its life, in order. Only <see cref="Routed"/> ones give addresses to pods.</summary>
public enum EniState
{
    /// <summary>CreateNetworkInterface was asked for; there is no id yet.</summary>
    Creating,

    /// <summary>EC2 has it, it is attached to nothing.</summary>
    Created,

    /// <summary>AttachNetworkInterface was asked for; its device index is taken from here on.</summary>
    Attaching,

    /// <summary>EC2 says attached; DeleteOnTermination and the host's link come next.</summary>
    Attached,

    /// <summary>It goes with its instance; the host is being asked for link, address, table and rule.</summary>
    LinkSeen,

    /// <summary>Pods on it reach the network.</summary>
    Routed,

    /// <summary>Gives no more addresses; leaves once the last pod and the last cooling address are gone.</summary>
    Draining,

    /// <summary>DetachNetworkInterface was accepted; the host is forgetting link and table.</summary>
    Detaching,

    /// <summary>DeleteNetworkInterface is being asked for.</summary>
    Deleting,
}
