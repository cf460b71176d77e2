namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>Why the router dropped a packet, in the words of its log.</summary>
internal static class DropReason
{
    /// <summary>A source that isn't the ENI's, nor anybody's (source/destination check).</summary>
    internal const string SpoofedSource = "spoofed-source";

    /// <summary>A source that is assigned to another ENI, wherever that is.</summary>
    internal const string ForeignSource = "address-of-another-eni";

    /// <summary>A destination in the VPC that no ENI has.</summary>
    internal const string UnassignedDestination = "unassigned-destination";

    /// <summary>A destination that an ENI has which no running node has a link of: available, a stopped node's, or of an instance without namespaces.</summary>
    internal const string UnlinkedDestination = "eni-without-link";

    /// <summary>More than 9001 bytes, the VPC's greatest frame.</summary>
    internal const string Oversized = "oversized";

    /// <summary>For or from the internet, and not of an ENI's primary address.</summary>
    internal const string NoPublicAddress = "no-public-address";

    /// <summary>Neither in the VPC nor in the peer, and nothing that the internet has.</summary>
    internal const string NoRoute = "no-route";

    /// <summary>Broadcast and multicast: a VPC carries neither.</summary>
    internal const string NotUnicast = "not-unicast";
}
