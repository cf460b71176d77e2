namespace AwsVpcCni.Ec2Model.Time;

/// <summary>A value that descriptions may show as it was.</summary>
internal sealed class Lagging<T>(T value)
{
    private readonly History<T> _past = new();

    public T Now { get; private set; } = value;

    public T At(DateTimeOffset time) => _past.At(time, Now);

    /// <param name="lag">How far back somebody may look.</param>
    public void Set(T value, DateTimeOffset at, TimeSpan lag)
    {
        _past.Forget(at - lag);
        if (lag > TimeSpan.Zero && !EqualityComparer<T>.Default.Equals(value, Now))
            _past.Note(at, Now);
        Now = value;
    }
}
