using System.Runtime.InteropServices;

namespace AwsVpcCni.EndToEnd.Tests.World;

/// <summary>
/// Runs as uid 65534. A thread's credentials are its own (credentials(7)): libc's setresuid would change all threads, the system call
/// itself changes one, and what it opens is nobody's.
/// </summary>
internal static partial class Nobody
{
    private const int Uid = 65534;

    private const long SetResUid = 117;   // x86-64

    public static T Run<T>(Func<T> body)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (syscall(SetResUid, Uid, Uid, Uid) != 0)
                    throw new InvalidOperationException($"setresuid: errno {Marshal.GetLastPInvokeError()}");
                result = body();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint a, nint b, nint c);
}
