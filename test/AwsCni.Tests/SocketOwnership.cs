using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>Makes a socket another user's: fchown(2) of a socket changes whose it is for the kernel, as if he had opened it.</summary>
internal static partial class SocketOwnership
{
    public static void Give(Socket socket, uint owner) =>
        Assert.Equal(0, Chown((int)socket.Handle, owner, uint.MaxValue));

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int Chown(int file, uint owner, uint group);
}
