using System.Net.Sockets;
using System.Runtime.InteropServices;
using AwsVpcCni.Rpc.Contract;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.Tests.World;

/// <summary>The daemon's unix socket from outside of its node, by way of the daemon's own mounts.</summary>
internal static partial class NodeSocket
{
    private const int OPath = 0x200000;
    private const int OCloseOnExec = 0x80000;

    /// <summary>A connection by this process, under another uid than root's if one is given.</summary>
    /// <exception cref="SocketException">The daemon's kernel says no.</exception>
    public static Socket Connect(int daemon, int uid = 0)
    {
        Socket? connected = null;
        SocketException? failure = null;

        // /var/run is a link, and one that begins with / leads out of the daemon's mounts into ours. Only root may look into them: what it
        // has opened there, a thread of its own with another uid may name.
        var path = $"/proc/{daemon}/root{NodeSockets.Ipamd.Replace("/var/run/", "/run/", StringComparison.Ordinal)}";
        using var file = new SafeFileHandle(open(path, OPath | OCloseOnExec), ownsHandle: true);
        Assert.False(file.IsInvalid, $"{path}: errno {Marshal.GetLastPInvokeError()}");
        var thread = new Thread(() =>
        {
            try
            {
                Credentials.Become(uid);
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                socket.Connect(new UnixDomainSocketEndPoint($"/proc/self/fd/{file.DangerousGetHandle()}"));
                connected = socket;
            }
            catch (SocketException e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            throw failure;
        return connected!;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}
