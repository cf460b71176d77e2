using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Throttling;

/// <summary>How often who called what.</summary>
/// <param name="Action">In parentheses what was no action that EC2 knows (<see cref="UnreadableRequest"/>).</param>
/// <param name="Caller">An instance id, or null for a caller outside.</param>
/// <param name="Faults">Of <paramref name="Calls"/>, those that ended with an error.</param>
public sealed record CallCount(string Action, string? Caller, long Calls, long Faults);

/// <summary>Counts calls per action and caller.</summary>
internal sealed class CallCounter
{
    private readonly Dictionary<(string Action, string? Caller), (long Calls, long Faults)> _counts = [];

    public void Count(string action, string? caller, Ec2Result result)
    {
        var (calls, faults) = _counts.GetValueOrDefault((action, caller));
        _counts[(action, caller)] = (calls + 1, faults + (result is Ec2Fault ? 1 : 0));
    }

    public IReadOnlyList<CallCount> Snapshot() =>
    [
        .. _counts.Select(count => new CallCount(count.Key.Action, count.Key.Caller, count.Value.Calls, count.Value.Faults))
            .OrderBy(count => count.Action, StringComparer.Ordinal)
            .ThenBy(count => count.Caller, StringComparer.Ordinal),
    ];
}
