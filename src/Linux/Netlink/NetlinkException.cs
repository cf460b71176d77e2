namespace AwsVpcCni.Linux.Netlink;

/// <summary>The kernel refused a request, or could not be asked.</summary>
public sealed class NetlinkException : Exception
{
    public NetlinkException()
    {
    }

    public NetlinkException(string message)
        : base(message)
    {
    }

    public NetlinkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="operation">What was asked, in ip(8)'s words: <c>add route 10.0.1.5/32 dev eni123 table 3</c>.</param>
    /// <param name="kernelText">The extended acknowledgement's text, when the kernel gave one.</param>
    public NetlinkException(string operation, Errno error, string? kernelText)
        : base(kernelText is null ? $"{operation}: {error}" : $"{operation}: {error} ({kernelText})")
    {
        Operation = operation;
        Error = error;
        KernelText = kernelText;
    }

    /// <summary>What was asked.</summary>
    public string Operation { get; } = "";

    /// <summary>Why not; the code to decide by.</summary>
    public Errno Error { get; }

    /// <summary>The kernel's own words, for people.</summary>
    public string? KernelText { get; }
}
