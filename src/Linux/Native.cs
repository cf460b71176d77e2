using System.Runtime.InteropServices;

namespace AwsVpcCni.Linux;

/// <summary>The few calls that Tmds.LibC does not have.</summary>
internal static unsafe partial class Native
{
    public const int LockExclusive = 2;

    /// <summary>Added to the kind of lock: an error instead of waiting.</summary>
    public const int LockNonBlocking = 4;

    /// <summary>_IO(0xb7, 3): which kind of namespace an nsfs file is (ioctl_ns(2), Linux 4.11).</summary>
    public const int NsGetNsType = 0xb703;

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int fd, int operation);

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    public static partial nint GetRandom(byte* buffer, nuint length, uint flags);
}
