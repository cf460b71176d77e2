using Tmds.Linux;

namespace AwsVpcCni.Linux.Files;

/// <summary>
/// Where the parent has closed a standard stream, the next file or socket that is opened gets its number: log lines would go into a
/// connection, a result into a file, a file in place of the input.
/// </summary>
public static unsafe class StandardDescriptors
{
    public const int Input = 0;
    public const int Output = 1;
    public const int Error = 2;

    private static ReadOnlySpan<byte> Nowhere => "/dev/null\0"u8;

    /// <summary>
    /// Puts /dev/null there when nothing is. First of all: before anything is opened. Those that something depends on are opened for the
    /// other direction, so that using them fails; what is said on standard error alone is lost.
    /// </summary>
    public static void Hold()
    {
        Hold(Input, LibC.O_WRONLY);
        Hold(Output, LibC.O_RDONLY);
        Hold(Error, LibC.O_WRONLY);
    }

    private static void Hold(int descriptor, int direction)
    {
        if (LibC.fcntl(descriptor, LibC.F_GETFD) >= 0)
            return;
        int nowhere;
        fixed (byte* path = Nowhere)
            nowhere = LibC.open(path, direction | LibC.O_CLOEXEC, 0);
        if (nowhere < 0 || nowhere == descriptor) // the lowest free number: this one, as those before it are held
            return;
        _ = LibC.dup2(nowhere, descriptor);
        _ = LibC.close(nowhere);
    }
}
