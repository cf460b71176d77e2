using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.Tests.World;

/// <summary>The daemon's unix socket from outside of its node, by way of the daemon's own mounts.</summary>
internal static partial class NodeSocket
{
    private const int OPath = 0x200000;
    private const int OCloseOnExec = 0x80000;

    /// <summary>A connection by this process, under another uid than root's if one is given.</summary>
    public static Socket Connect(int daemon, string path, int uid = 0)
    {
        Socket? connected = null;
        Exception? failure = null;
        // Only root may look into another process's mounts: what it has opened there, anybody with this thread's uid may name.
        using var file = new SafeFileHandle(open($"/proc/{daemon}/root{path}", OPath | OCloseOnExec), ownsHandle: true);
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
        return connected ?? throw new InvalidOperationException($"{path}: {failure?.Message}", failure);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}
