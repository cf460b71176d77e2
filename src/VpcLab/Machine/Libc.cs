using System.Runtime.InteropServices;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>The system calls behind nodes and processes that neither .NET nor the Linux room wraps. Flags are the kernel's.</summary>
internal static partial class Libc
{
    internal const int CloneFs = 0x200;
    internal const int CloneNewNs = 0x20000;
    internal const int CloneNewNet = 0x40000000;

    internal const nuint MsNoSuid = 0x2;
    internal const nuint MsNoDev = 0x4;
    internal const nuint MsBind = 0x1000;
    internal const nuint MsRec = 0x4000;
    internal const nuint MsPrivate = 1 << 18;
    internal const nuint MsSlave = 1 << 19;
    internal const nuint MsShared = 1 << 20;

    internal const int MntDetach = 2;

    internal const int NoEntry = 2;
    internal const int Exists = 17;
    internal const int InvalidArgument = 22;

    internal const int OWriteOnly = 0x1;
    internal const int OCreate = 0x40;
    internal const int OAppend = 0x400;
    internal const int OCloseOnExec = 0x80000;

    internal const int SigHup = 1;
    internal const int SigInt = 2;
    internal const int SigQuit = 3;
    internal const int SigKill = 9;
    internal const int SigPipe = 13;
    internal const int SigTerm = 15;

    // The same on every architecture, since Linux 5.3 renumbered new calls in one table.
    internal const nint SysPidFdSendSignal = 424;
    internal const nint SysPidFdOpen = 434;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport(Library, EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNs(int file, int type);

    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Mount(string? source, string target, string? type, nuint flags, string? data);

    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unmount(string target, int flags);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MakeDirectory(string path, uint mode);

    /// <summary>Variadic in C; its third argument is passed like any other on Linux's ABIs.</summary>
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "setsid", SetLastError = true)]
    internal static partial int SetSid();

    [LibraryImport(Library, EntryPoint = "setpgid", SetLastError = true)]
    internal static partial int SetProcessGroup(int process, int group);

    [LibraryImport(Library, EntryPoint = "dup2", SetLastError = true)]
    internal static partial int Dup2(SafeHandle from, int to);

    [LibraryImport(Library, EntryPoint = "signal", SetLastError = true)]
    internal static partial nint Signal(int signal, nint handler);

    [LibraryImport(Library, EntryPoint = "execve", SetLastError = true)]
    internal static unsafe partial int Execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint Syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll([In, Out] PollFd[] descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    /// <summary>Turns the -1 of a system call into an error that names what was being done.</summary>
    internal static void Check(nint result, string doing)
    {
        if (result < 0)
            throw LastError(doing);
    }

    internal static LabException LastError(string doing) =>
        new($"{doing}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
