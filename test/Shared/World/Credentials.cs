using System.Runtime.InteropServices;

namespace AwsVpcCni.Tests.World;

/// <summary>
/// Another uid for one thread. A thread's credentials are its own (credentials(7)): libc's setresuid would change all threads, the
/// system call itself changes the one that makes it, and what that opens belongs to the new uid.
/// </summary>
internal static partial class Credentials
{
    private const long SetResUid = 117;   // x86-64

    /// <summary>For good: only on a thread that ends soon.</summary>
    public static void Become(int uid)
    {
        if (uid != 0 && syscall(SetResUid, uid, uid, uid) != 0)
            throw new InvalidOperationException($"setresuid({uid}): errno {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint a, nint b, nint c);
}
