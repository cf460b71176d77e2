using System.Runtime.InteropServices;

namespace AwsVpcCni.Cni.Running;

/// <summary>
/// Where the runtime has closed a standard stream, the next file or socket that is opened gets its number: log lines would go into the
/// connection to ipamd, a result into a file, a file in place of the configuration.
/// </summary>
internal static partial class StandardDescriptors
{
    private const int Input = 0;
    private const int Output = 1;
    private const int Error = 2;

    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int ReadOnly = 0x0;
    private const int WriteOnly = 0x1;
    private const int CloseOnExec = 0x80000;

    /// <summary>
    /// Puts /dev/null there when nothing is. First of all: before anything is opened. Those that something depends on are opened for the
    /// other direction, so that using them fails; what is said on standard error alone is lost.
    /// </summary>
    public static void Hold()
    {
        Hold(Input, WriteOnly);
        Hold(Output, ReadOnly);
        Hold(Error, WriteOnly);
    }

    private static void Hold(int descriptor, int direction)
    {
        if (Fcntl(descriptor, GetDescriptorFlags) >= 0)
            return;
        var nowhere = Open("/dev/null", direction | CloseOnExec); // the lowest free number: this one, when those before it are held
        if (nowhere < 0 || nowhere == descriptor)
            return;
        Dup2(nowhere, descriptor);
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
