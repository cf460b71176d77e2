using AwsVpcCni.Ec2Model.Queries;

namespace AwsVpcCni.Ec2Model.Credentials;

/// <summary>An action that some callers may not do.</summary>
/// <param name="Action">As EC2 names it, with <c>*</c> and <c>?</c>: <c>AssignPrivateIpAddresses</c>, <c>Describe*</c>.</param>
/// <param name="Caller">An instance's id, or a principal's ARN with <c>*</c> and <c>?</c>; null for everybody.</param>
public sealed record DenyRule(string Action, string? Caller = null)
{
    /// <param name="instanceId">The calling instance; null for a caller outside.</param>
    /// <param name="principalArn">Whose credentials signed the call; null when nobody knows.</param>
    public bool Denies(string action, string? instanceId, string? principalArn) =>
        Pattern.Matches(Action, action)
        && (Caller is null
            || (instanceId is not null && Pattern.Matches(Caller, instanceId))
            || (principalArn is not null && Pattern.Matches(Caller, principalArn)));

    public override string ToString() => Caller is null ? Action : $"{Action} for {Caller}";
}
