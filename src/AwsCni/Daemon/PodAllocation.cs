using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Rpc;

namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>An address as ipamd gave it.</summary>
/// <param name="Table">Of the ENI that has it; main for the primary.</param>
/// <param name="DeviceNumber">The ENI's, for the original's form of the result.</param>
internal sealed record PodAllocation(IPAddress Address, RouteTable Table, int DeviceNumber)
{
    /// <exception cref="CniException">Code 101: the reply asks for what this plugin can't build.</exception>
    public static PodAllocation Of(AddNetworkReply reply)
    {
        if (reply.PodVlanId != 0)
            throw new CniException(CniErrorCode.DaemonRefused, "ipamd gave a branch ENI (security groups for pods), which this aws-cni can't attach yet");
        if (reply.IPAllocationMetadata.Count != 1)
            throw new CniException(
                CniErrorCode.DaemonRefused, $"ipamd gave {reply.IPAllocationMetadata.Count} addresses, and this aws-cni attaches one interface per pod");
        var metadata = reply.IPAllocationMetadata[0];
        if (!AddressWithPrefix.TryParseAddress(metadata.IPv4Addr, out var address) || address.AddressFamily != AddressFamily.InterNetwork)
            throw new CniException(
                CniErrorCode.DaemonRefused,
                metadata.IPv6Addr.Length > 0
                    ? $"ipamd gave {metadata.IPv6Addr}, and this aws-cni attaches IPv4 pods only"
                    : $"ipamd gave \"{metadata.IPv4Addr}\", which is no IPv4 address");
        if (metadata.RouteTableId < 0)
            throw new CniException(CniErrorCode.DaemonRefused, $"ipamd gave {address} with route table {metadata.RouteTableId}, which can't be");

        return new PodAllocation(address, RouteTable.FromReply(metadata.RouteTableId), metadata.DeviceNumber);
    }
}
