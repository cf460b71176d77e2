namespace AwsVpcCni.VpcLab;

/// <summary>What the user is told when the lab can't do what was asked: what failed, on what, and what to do. Never a bug.</summary>
public sealed class LabException : Exception
{
    public LabException()
    {
    }

    public LabException(string message)
        : base(message)
    {
    }

    public LabException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
