using System.Buffers;
using System.Globalization;

namespace AwsVpcCni.Ec2Model.Time;

/// <summary>How long something takes: drawn evenly from <paramref name="Min"/> to <paramref name="Max"/>, both 0 or more.</summary>
public readonly record struct DurationRange(TimeSpan Min, TimeSpan Max)
{
    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789.");

    /// <summary>It takes no time at all.</summary>
    public static DurationRange None => default;

    public static DurationRange Milliseconds(int min, int max) => new(TimeSpan.FromMilliseconds(min), TimeSpan.FromMilliseconds(max));

    /// <summary><c>3s..9s</c>, <c>250ms..2s</c>, <c>5m</c> or <c>0</c>; the second not before the first, and a day at most.</summary>
    public static bool TryParse(string text, out DurationRange range)
    {
        range = default;
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        if (!TryParseOne(dots < 0 ? text : text[..dots], out var min) || !TryParseOne(dots < 0 ? text : text[(dots + 2)..], out var max) || max < min)
            return false;

        range = new DurationRange(min, max);
        return true;
    }

    /// <summary>One duration: <c>3s</c>, <c>250ms</c>, <c>5m</c> or <c>0</c>.</summary>
    public static bool TryParseOne(string text, out TimeSpan duration)
    {
        duration = default;
        if (text == "0")
            return true;

        var digits = text.AsSpan().IndexOfAnyExcept(_digits);
        if (digits <= 0 || !double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;

        double? milliseconds = text[digits..] switch
        {
            "ms" => number,
            "s" => number * 1000,
            "m" => number * 60_000,
            "h" => number * 3_600_000,
            _ => null,
        };
        if (milliseconds is not <= 86_400_000)
            return false;

        duration = TimeSpan.FromMilliseconds(milliseconds.Value);
        return true;
    }

    internal TimeSpan Draw(Random random) =>
        Max <= Min ? Min : Min + TimeSpan.FromTicks((long)(random.NextDouble() * (Max - Min).Ticks));

    public override string ToString() => Min == Max ? Text(Min) : $"{Text(Min)}..{Text(Max)}";

    private static string Text(TimeSpan duration) =>
        duration == TimeSpan.Zero ? "0"
        : duration.TotalMilliseconds < 1000 ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms")
        : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s");
}
