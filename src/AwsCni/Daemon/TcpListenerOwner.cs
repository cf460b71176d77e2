using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Sockets;

namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>Ports above 1023 are anybody's: what listens on <c>ipamdAddress</c> is only believed to be ipamd when it is root's.</summary>
internal static class TcpListenerOwner
{
    /// <exception cref="SocketException">Nobody listens.</exception>
    /// <exception cref="CniException">Code 104: somebody else does, or the kernel doesn't say who.</exception>
    public static void MustBeRoot(IPEndPoint address)
    {
        IReadOnlyList<SocketOwner> owners;
        try
        {
            owners = TcpOwner.OfListeners(address);
        }
        catch (NetlinkException e)
        {
            throw new CniException(CniErrorCode.ForeignListener, $"ipamdAddress {address}: whose listener that is can't be found out: {e.Message}", cause: e);
        }

        if (owners.Count == 0)
            throw new SocketException((int)SocketError.ConnectionRefused);
        foreach (var owner in owners)
            if (owner.Uid != 0)
                throw new CniException(
                    CniErrorCode.ForeignListener,
                    $"ipamdAddress {address}: uid {owner.Uid} listens there and not root, so it isn't ipamd; see who it is with `ss -tlnp 'sport = {address.Port}'`, "
                    + "or take ipamdAddress out of the configuration to use ipamd's unix socket");
    }
}
