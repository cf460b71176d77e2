namespace AwsVpcCni.Simulation.Cloud;

/// <summary>What goes wrong with one attempt of one EC2 call.</summary>
public abstract record CallFault
{
    private CallFault()
    {
    }

    /// <summary>EC2 refuses it, or cannot do it: nothing happened.</summary>
    public sealed record Refuse(string Code, string Message = "injected") : CallFault;

    /// <summary>It never reaches EC2.</summary>
    /// <param name="Hangs">Nobody says so; else the connection is seen to break.</param>
    public sealed record LoseRequest(bool Hangs) : CallFault;

    /// <summary>EC2 does it, and the reply is lost.</summary>
    public sealed record LoseReply(bool Hangs) : CallFault;

    /// <summary>EC2 does less than it was asked for, and says so.</summary>
    public sealed record GiveLess : CallFault;

    /// <summary>EC2 takes this much longer.</summary>
    public sealed record Slow(TimeSpan By) : CallFault;

    /// <summary>A description shows what was true so long ago.</summary>
    public sealed record Stale(TimeSpan By) : CallFault;
}
