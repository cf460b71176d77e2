using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Injection;

/// <summary>
/// What goes wrong on purpose, and with which calls. It refuses (<see cref="Code"/>), loses the connection (<see cref="Drop"/>) or makes
/// the caller wait (<see cref="Delay"/>); with <see cref="AfterApplying"/> EC2 has done it all the same.
/// </summary>
public sealed record FaultRule
{
    /// <summary>Matches every action.</summary>
    public const string AnyAction = "*";

    /// <summary>The caller that is no instance of the lab.</summary>
    public const string Machine = "machine";

    /// <summary>One of <see cref="Actions.All"/>, or <see cref="AnyAction"/>.</summary>
    public required string Action { get; init; }

    /// <summary>EC2's error code; its text and HTTP status are EC2's own where they are known.</summary>
    public string? Code { get; init; }

    /// <summary>No reply leaves: the connection is closed when the reply would have been due.</summary>
    public bool Drop { get; init; }

    /// <summary>The call is applied, whatever the caller hears. Alone, it hears nothing: a timeout after applying.</summary>
    public bool AfterApplying { get; init; }

    /// <summary>Added to the time that the reply takes anyway.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How many calls it hits; null for all.</summary>
    public int? Times { get; init; }

    /// <summary>The first matching call that it can hit, from 1.</summary>
    public int Nth { get; init; } = 1;

    /// <summary>Of each call that it could hit: 0 to 1, drawn from the seed.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>An instance id, or <see cref="Machine"/>; null for any caller.</summary>
    public string? Caller { get; init; }

    /// <summary>No reply leaves.</summary>
    internal bool LosesReply => Drop || (AfterApplying && Code is null);

    internal bool Applies => AfterApplying || (Code is null && !Drop);

    internal bool Matches(string action, string? caller) =>
        (Action == AnyAction || Action == action) && (Caller is null || Caller == (caller ?? Machine));

    /// <summary>Null when it makes sense, else everything that is wrong with it.</summary>
    public string? Invalid()
    {
        List<string> wrong = [];
        if (Action != AnyAction && !Actions.All.Contains(Action))
            wrong.Add($"the action is '{Action}'; allowed are * and {string.Join(", ", Actions.All)}");
        if (Code is null && !Drop && !AfterApplying && Delay == TimeSpan.Zero)
            wrong.Add("it does nothing: give a code, a drop, a delay or after-applying");
        if (Code is not null && Drop)
            wrong.Add("a dropped connection carries no code: give one of the two");
        if (Code is not null && (Code.Length == 0 || !Code.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_')))
            wrong.Add($"the code is '{Code}'; EC2's codes are letters, digits and dots");
        if (Delay < TimeSpan.Zero)
            wrong.Add("the delay is negative");
        if (Times < 1)
            wrong.Add($"times is {Times}; it must be 1 or more");
        if (Nth < 1)
            wrong.Add($"nth is {Nth}; it must be 1 or more");
        if (Probability is not (> 0 and <= 1))
            wrong.Add($"the probability is {Probability}; it must be more than 0 and at most 1");
        return wrong.Count == 0 ? null : string.Join("; ", wrong);
    }
}
