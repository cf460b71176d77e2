using AwsVpcCni.Ec2Model.Injection;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Faults between what the control socket speaks (nodes by name, durations as text) and what the model does.</summary>
/// <param name="nodes">Node names by instance id.</param>
internal sealed class FaultOrders(IReadOnlyDictionary<string, string> nodes)
{
    /// <exception cref="ArgumentException">Something of it can't be understood; the model says what of the rest makes no sense.</exception>
    internal FaultRule Read(FaultOrder order)
    {
        var delay = TimeSpan.Zero;
        if (order.Delay is not null && !DurationRange.TryParseOne(order.Delay, out delay))
            throw new ArgumentException($"the delay is '{order.Delay}'; it is a duration such as 5s or 250ms", nameof(order));

        return new FaultRule
        {
            Action = order.Action,
            Code = order.Code,
            Drop = order.Drop,
            AfterApplying = order.AfterApplying,
            Delay = delay,
            Times = order.Times ?? (order.Nth is null ? null : 1),
            Nth = order.Nth ?? 1,
            Probability = order.Probability ?? 1,
            Caller = order.Caller is null ? null : Instance(order.Caller),
        };
    }

    internal FaultStatus Show(ActiveFault fault)
    {
        var rule = fault.Rule;
        return new FaultStatus(
            fault.Id,
            new FaultOrder(
                rule.Action, rule.Code, rule.Drop, rule.AfterApplying,
                rule.Delay == TimeSpan.Zero ? null : new DurationRange(rule.Delay, rule.Delay).ToString(),
                rule.Times, rule.Nth == 1 ? null : rule.Nth, rule.Probability >= 1 ? null : rule.Probability,
                rule.Caller is null ? null : nodes.GetValueOrDefault(rule.Caller, rule.Caller)),
            fault.Matched, fault.Hit, fault.IsOver);
    }

    private string Instance(string caller)
    {
        if (caller == FaultRule.Machine)
            return caller;

        foreach (var (instance, node) in nodes)
        {
            if (node == caller || instance == caller)
                return instance;
        }

        throw new ArgumentException($"the caller is '{caller}'; allowed are {FaultRule.Machine}, {string.Join(", ", nodes.Values)}", nameof(caller));
    }
}
