namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>How many attaches of one instance are under way at a time; the others wait their turn in the order in which they came.</summary>
internal sealed class AttachQueue
{
    private readonly Dictionary<string, List<DateTimeOffset>> _ends = new(StringComparer.Ordinal);

    /// <summary>When an attach that comes now and takes this long is done.</summary>
    /// <param name="atOnce">Null: none waits for another.</param>
    public DateTimeOffset End(string instanceId, DateTimeOffset now, TimeSpan duration, int? atOnce)
    {
        if (!_ends.TryGetValue(instanceId, out var ends))
            _ends.Add(instanceId, ends = []);
        ends.RemoveAll(end => end <= now);
        var start = now;
        if (ends.Count >= atOnce)
        {
            ends.Sort();
            start = ends[ends.Count - atOnce.Value];
        }

        ends.Add(start + duration);
        return start + duration;
    }
}
