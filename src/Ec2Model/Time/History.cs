namespace AwsVpcCni.Ec2Model.Time;

/// <summary>What a value was until when, as far back as somebody may still ask.</summary>
internal sealed class History<T>
{
    private readonly List<(DateTimeOffset Until, T Was)> _past = [];

    public bool IsEmpty => _past.Count == 0;

    /// <summary>Until <paramref name="at"/> it was this. Not earlier than the last time noted.</summary>
    public void Note(DateTimeOffset at, T was) => _past.Add((at, was));

    /// <summary>The value at that time; <paramref name="now"/> is its present one.</summary>
    public T At(DateTimeOffset time, T now)
    {
        foreach (var (until, was) in _past)
        {
            if (until > time)
                return was;
        }

        return now;
    }

    /// <summary>Nobody will ask for a time before this any more.</summary>
    public void Forget(DateTimeOffset before) => _past.RemoveAll(entry => entry.Until <= before);
}
