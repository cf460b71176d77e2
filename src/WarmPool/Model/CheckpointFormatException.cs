namespace AwsVpcCni.WarmPool.Model;

/// <summary>The bytes are not a checkpoint that this release can read; the message says where and why.</summary>
public sealed class CheckpointFormatException : Exception
{
    public CheckpointFormatException(string message)
        : base(message)
    {
    }

    public CheckpointFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
