using System.Runtime.InteropServices;

namespace AwsVpcCni.AwsCni.Logging;

/// <summary>
/// Where the runtime has closed standard error, the next file or socket that is opened gets its number, and log lines would go into the
/// connection to ipamd or to the kernel.
/// </summary>
internal static partial class StandardError
{
    private const int Descriptor = 2;
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int WriteOnly = 0x1;
    private const int CloseOnExec = 0x80000;

    /// <summary>Puts /dev/null there when nothing is. First of all: before anything is opened.</summary>
    public static void Hold()
    {
        if (Fcntl(Descriptor, GetDescriptorFlags) >= 0)
            return;
        var nowhere = Open("/dev/null", WriteOnly | CloseOnExec);
        if (nowhere < 0 || nowhere == Descriptor)
            return;
        Dup2(nowhere, Descriptor);
        Close(nowhere);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial void Dup2(int from, int to);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial void Close(int descriptor);
}
