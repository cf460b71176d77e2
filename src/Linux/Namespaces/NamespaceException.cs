using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Namespaces;

/// <summary>A network namespace could not be opened, made, entered or removed.</summary>
public sealed class NamespaceException : Exception
{
    public NamespaceException()
    {
    }

    public NamespaceException(string message)
        : base(message)
    {
    }

    public NamespaceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public NamespaceException(string message, Errno error)
        : base(message) => Error = error;

    public Errno Error { get; }

    /// <summary>There is nothing of that name: for a DEL the work is done already.</summary>
    public bool IsMissing => Error is Errno.ENOENT or Errno.ENOTDIR;
}
