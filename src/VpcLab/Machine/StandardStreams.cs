namespace AwsVpcCni.VpcLab.Machine;

/// <summary>The process's own file descriptors 0, 1 and 2.</summary>
internal static class StandardStreams
{
    internal static void InputFromNothing()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Libc.Check(Libc.Dup2(nothing, 0), "Closing standard input");
    }

    /// <summary>Errors go to a file from now on; what runs later appends.</summary>
    internal static void ErrorsTo(string path)
    {
        using var file = AppendOnly.Open(path);
        Libc.Check(Libc.Dup2(file, 2), $"Sending standard error to {path}");
    }

    /// <summary>Whoever reads the output sees its end.</summary>
    internal static void OutputTo(string path)
    {
        Console.Out.Flush();
        using var file = AppendOnly.Open(path);
        Libc.Check(Libc.Dup2(file, 1), $"Sending standard output to {path}");
    }
}
