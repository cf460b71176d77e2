using System.Net;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>A packet that the router dropped.</summary>
/// <param name="Number">From 1; grows by one per drop that was told.</param>
/// <param name="From">The ENI it came from, or <c>internet</c> or <c>peer</c>.</param>
/// <param name="Length">Bytes, headers included.</param>
/// <param name="Protocol">1 ICMP, 6 TCP, 17 UDP, as IANA numbers them.</param>
/// <param name="Reason">One of <see cref="DropReason"/>.</param>
internal sealed record Drop(long Number, DateTimeOffset Time, string From, IPAddress Source, IPAddress Destination, int Length, byte Protocol, string Reason);
