namespace AwsVpcCni.Ec2Model.Time;

/// <summary>What will happen, by time; what falls on the same time happens in the order in which it was planned.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action<DateTimeOffset>, (DateTimeOffset Due, long Sequence)> _entries = new();
    private long _sequence;

    public DateTimeOffset? NextDue => _entries.TryPeek(out _, out var priority) ? priority.Due : null;

    public void Plan(DateTimeOffset due, Action<DateTimeOffset> transition) => _entries.Enqueue(transition, (due, _sequence++));

    /// <summary>Lets everything happen that is due, each at its own time, and what it plans in turn.</summary>
    public void RunUntil(DateTimeOffset now)
    {
        while (_entries.TryPeek(out var transition, out var priority) && priority.Due <= now)
        {
            _entries.Dequeue();
            transition(priority.Due);
        }
    }
}
