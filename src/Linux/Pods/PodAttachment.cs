using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Pods;

/// <summary>A pod that is to get its network.</summary>
public sealed record PodAttachment
{
    /// <summary>The pod's; stays the caller's to dispose.</summary>
    public required NetworkNamespace Namespace { get; init; }

    /// <summary>CNI_IFNAME.</summary>
    public required string InterfaceName { get; init; }

    public required HostVethName HostVeth { get; init; }

    /// <summary>The pod's IPv4 address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Bytes, both ends; 68 to 65535.</summary>
    public required int Mtu { get; init; }

    /// <summary>The table of the ENI that the address is on; main for the primary.</summary>
    public required RouteTable Table { get; init; }

    /// <summary>Written into the veth's alias.</summary>
    public required PodOwner Owner { get; init; }

    /// <exception cref="ArgumentException">What can't be, by name.</exception>
    internal void Check()
    {
        if (Address.AddressFamily != AddressFamily.InterNetwork)
            throw new ArgumentException($"pod address {Address}: only IPv4 pods are attached");
        if (Address.GetAddressBytes()[0] is 0 or 127 or >= 224)
            throw new ArgumentException($"pod address {Address}: the kernel would take it, but no host can have it");
        if (!Link.IsValidName(InterfaceName))
            throw new ArgumentException($"'{InterfaceName}' can't be an interface's name");
        if (Mtu is < 68 or > 65535)
            throw new ArgumentException($"MTU {Mtu}: 68 to 65535 bytes");
        Owner.Check();
    }
}

/// <summary>A pod that has its network.</summary>
/// <param name="HostIndex">Index of the host veth on the host.</param>
/// <param name="PodIndex">Index of the interface in the pod.</param>
/// <param name="Mtu">Bytes.</param>
public sealed record AttachedPod(HostVethName HostVeth, int HostIndex, MacAddress HostMac, int PodIndex, MacAddress PodMac, int Mtu)
{
    /// <summary>The pod has its default route by another interface; this one has a table of its own (<see cref="SecondaryInterface"/>).</summary>
    public bool IsSecondary { get; init; }

    /// <summary>What the pod sends from now on leaves it; false where the kernel had not come round to that in time (<see cref="Carrier"/>).</summary>
    public bool Sends { get; init; }
}

/// <summary>A pod whose host-side state is to go.</summary>
public sealed record PodDetachment
{
    /// <summary>The pod's IPv4 address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>The table its rule looks up; null when nobody knows, then the rules to any table go.</summary>
    public RouteTable? Table { get; init; }

    /// <summary>Whose the address was. With it a late DEL sees that the address belongs to another sandbox by now, and touches nothing.</summary>
    public PodOwner? Owner { get; init; }

    /// <summary>The same for pods of the original, whose veths have no alias.</summary>
    public HostVethName? HostVeth { get; init; }
}

/// <summary>What a detach found.</summary>
public enum DetachOutcome
{
    /// <summary>Route and rules are gone now.</summary>
    Removed,

    /// <summary>There was nothing left to remove.</summary>
    NothingThere,

    /// <summary>The address leads to another pod's veth: nothing was touched.</summary>
    BelongsToAnother,
}

/// <summary>A pod can't be attached as asked.</summary>
public sealed class PodNetworkException : Exception
{
    public PodNetworkException()
    {
    }

    public PodNetworkException(string message)
        : base(message)
    {
    }

    public PodNetworkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
