namespace AwsVpcCni.Linux.Netlink;

/// <summary>Bytes that are no netlink message, or not the one they claim to be. The only exception a decoder throws.</summary>
public sealed class NetlinkFormatException : Exception
{
    public NetlinkFormatException()
    {
    }

    public NetlinkFormatException(string message)
        : base(message)
    {
    }

    public NetlinkFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
