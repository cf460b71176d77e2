using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Sockets;
using AwsVpcCni.Rpc.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AwsVpcCni.Ipamd.Serving;

internal enum CallerOrigin
{
    Unix,
    Tcp,
}

/// <summary>
/// One connection and, asked at most once, whether its other end may take and give addresses: root, and not from a pod. A
/// hostNetwork pod is uid 0 on loopback too, so over TCP the process that holds the socket must be found outside of kubelet's cgroups.
/// To the unix socket comes only who has its folder, which is the node's root's: there a process is refused when it is seen in a pod's
/// cgroup, and not where that can't be seen.
/// </summary>
/// <param name="podsMayCall">Over the unix socket.</param>
internal sealed class CallerConnection(CallerOrigin origin, ConnectionContext connection, bool podsMayCall)
{
    private const string NotKnown = "the kernel does not tell who calls";
    private const string NotPods = "pods may not take or give addresses";

    /// <summary>To look at another process's descriptors takes its PID in our namespace, and ptrace's right to it (proc(5), /proc/pid/fd).</summary>
    private const string SocketIsTheWay =
        "over TCP ipamd needs hostPID: true and the capability SYS_PTRACE in aws-node's DaemonSet to tell the node's root from a pod's, "
        + "over its unix socket (no ipamdAddress in the plugin's configuration) it needs neither";

    private readonly Lock _gate = new();
    private bool _asked;
    private string? _refusal;
    private SocketOwner? _owner;
    private string? _unknown;

    /// <summary>The other end is root's, in a pod or not. Asked when the connection comes, over TCP.</summary>
    public bool IsRoot
    {
        get
        {
            lock (_gate)
            {
                if (origin == CallerOrigin.Unix)
                    return true;   // the socket's mode lets nobody else in
                FindOwner();
                return _owner is { Uid: 0 };
            }
        }
    }

    /// <summary>Null when the caller may use CNIBackend; otherwise why not.</summary>
    public string? Refusal
    {
        get
        {
            lock (_gate)
            {
                if (!_asked)
                    (_asked, _refusal) = (true, Ask());
                return _refusal;
            }
        }
    }

    private string? Ask()
    {
        try
        {
            return origin == CallerOrigin.Unix ? AskUnix() : AskTcp();
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException or SocketException or IOException or UnauthorizedAccessException)
        {
            return $"{NotKnown}: {e.Message}";
        }
    }

    private string? AskUnix()
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return NotKnown;
        var peer = PeerCredentials.Of(socket);
        if (RefusalOf(peer.UserId) is { } refusal)
            return refusal;
        return podsMayCall ? null : SocketHolders.OfUnixPeer(socket, peer.ProcessId) switch
        {
            SocketHolder.Pod => $"{NotPods}; a meta-plugin that executes aws-cni in a pod of its own needs {ServingSettings.PodCallersName}=true",
            SocketHolder.Gone => "the process that called has ended",
            _ => null,
        };
    }

    private string? AskTcp()
    {
        FindOwner();
        if (_owner is not { } owner)
            return _unknown ?? NotKnown;
        return RefusalOf(owner.Uid) ?? SocketHolders.Of(owner.Inode) switch
        {
            SocketHolder.Host => null,
            SocketHolder.Pod => NotPods,
            SocketHolder.Unclear => $"whether the process that calls is a pod's can't be told from its cgroup, which ipamd sees in part only; {SocketIsTheWay}",
            _ => $"the process that calls can't be seen from here; {SocketIsTheWay}",
        };
    }

    private void FindOwner()
    {
        if (_owner is not null || _unknown is not null)
            return;
        try
        {
            _owner = connection is { RemoteEndPoint: IPEndPoint remote, LocalEndPoint: IPEndPoint local } ? TcpOwner.OfPeer(local, remote) : null;
            _unknown = _owner is null ? NotKnown : null;
        }
        catch (Exception e) when (e is NetlinkException or NetlinkFormatException)
        {
            _unknown = $"{NotKnown}: {e.Message}";
        }
    }

    private static string? RefusalOf(uint uid) => uid == 0 ? null : $"only root may take or give addresses, not uid {uid}";
}
