namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>What is plugged into a port of the router: its link's group, by which <see cref="RouterRules"/> tells packets apart.</summary>
internal enum PortGroup : uint
{
    /// <summary>An ENI with source/destination check, as ENIs are made.</summary>
    CheckedEni = 1,

    /// <summary>An ENI whose check is off: a NAT instance's, say.</summary>
    UncheckedEni = 2,

    Internet = 3,

    Peer = 4,
}
