namespace AwsVpcCni.Ec2Model.Injection;

/// <summary>A rule that is in force, and what has come of it.</summary>
/// <param name="Id">From 1, never used again.</param>
/// <param name="Matched">Calls of its action and caller since it is in force.</param>
/// <param name="Hit">Of those, the calls that it spoilt.</param>
public sealed record ActiveFault(int Id, FaultRule Rule, long Matched, long Hit)
{
    /// <summary>It has hit as often as it was told to.</summary>
    public bool IsOver => Hit >= Rule.Times;
}
