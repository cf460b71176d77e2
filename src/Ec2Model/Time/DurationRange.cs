namespace AwsVpcCni.Ec2Model.Time;

/// <summary>How long something takes: drawn evenly from <paramref name="Min"/> to <paramref name="Max"/>, both 0 or more.</summary>
public readonly record struct DurationRange(TimeSpan Min, TimeSpan Max)
{
    /// <summary>It takes no time at all.</summary>
    public static DurationRange None => default;

    public static DurationRange Milliseconds(int min, int max) => new(TimeSpan.FromMilliseconds(min), TimeSpan.FromMilliseconds(max));

    /// <summary>A duration of this range, by chance.</summary>
    public TimeSpan Draw(Random random) =>
        Max <= Min ? Min : Min + TimeSpan.FromTicks((long)(random.NextDouble() * (Max - Min).Ticks));

    public override string ToString() => Min == Max ? $"{Min.TotalMilliseconds}ms" : $"{Min.TotalMilliseconds}ms..{Max.TotalMilliseconds}ms";
}
