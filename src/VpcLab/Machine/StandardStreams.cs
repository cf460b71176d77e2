namespace AwsVpcCni.VpcLab.Machine;

/// <summary>The process's own file descriptors 1 and 2. Console keeps a duplicate of what they were when it was first used.</summary>
internal static class StandardStreams
{
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
