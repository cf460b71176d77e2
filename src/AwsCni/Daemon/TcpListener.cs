using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Linux.Files;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Sockets;
using AwsVpcCni.Rpc.Contract;

namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>
/// Ports above 1023 are anybody's, and root on the node's loopback is every hostNetwork pod's too. What listens on <c>ipamdAddress</c> is
/// believed to be ipamd when it is root's and the process that holds ipamd's lock, whose folder is the node's root's alone.
/// </summary>
internal static class TcpListener
{
    /// <exception cref="SocketException">Nobody listens.</exception>
    /// <exception cref="CniException">Code 104: somebody else does, perhaps beside ipamd, or it can't be found out who.</exception>
    public static void MustBeIpamd(IPEndPoint address)
    {
        try
        {
            var owners = TcpOwner.OfListeners(address);
            if (owners.Count == 0)
                throw new SocketException((int)SocketError.ConnectionRefused);
            foreach (var owner in owners)
                if (owner.Uid != 0)
                    throw Foreign(address, $"uid {owner.Uid} listens there and not root, so it isn't ipamd");
            if (FileLocks.HolderOf(NodeSockets.IpamdLock) is not { } ipamd)
                throw Foreign(address, $"somebody listens there, and no ipamd runs: nobody that can be seen holds {NodeSockets.IpamdLock}");
            foreach (var owner in owners)
                if (!SocketHolders.IsHeldBy(owner.Inode, ipamd))
                    throw Foreign(address, $"somebody else than process {ipamd} listens there, which holds {NodeSockets.IpamdLock}, so it isn't ipamd");
        }
        catch (Exception e) when (e is NetlinkException or IOException or UnauthorizedAccessException)
        {
            throw new CniException(CniErrorCode.ForeignListener, $"ipamdAddress {address}: whose listener that is can't be found out: {e.Message}", cause: e);
        }
    }

    private static CniException Foreign(IPEndPoint address, string reason) => new(
        CniErrorCode.ForeignListener,
        $"ipamdAddress {address}: {reason}; see who it is with `ss -tlnp 'sport = {address.Port}'`, "
        + "or take ipamdAddress out of the configuration to use ipamd's unix socket");
}
