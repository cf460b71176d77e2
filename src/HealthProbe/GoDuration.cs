using System.Buffers;
using System.Globalization;

namespace AwsVpcCni.HealthProbe;

/// <summary>Durations as Go's time.ParseDuration reads them: <c>5s</c>, <c>100ms</c>, <c>1m30s</c>, <c>1.5h</c>, <c>0</c>.</summary>
public static class GoDuration
{
    // "ms" before "m" and "s": the longest unit that fits is meant. µ is U+00B5, μ is U+03BC; Go takes both.
    private static readonly (string Unit, double Seconds)[] _units =
    [
        ("ns", 1e-9), ("us", 1e-6), ("\u00b5s", 1e-6), ("\u03bcs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ];

    private static readonly SearchValues<char> _digits = SearchValues.Create("0123456789.");

    /// <returns>False for anything that Go refuses, for negative durations and for more than a day: a time-out is neither.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        if (rest is ['+', .. var unsigned])
            rest = unsigned;
        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return false;

        var seconds = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(_digits);
            if (digits <= 0
                || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || !Unit(rest[digits..], out var unit))
                return false;
            seconds += number * unit.Seconds;
            rest = rest[(digits + unit.Unit.Length)..];
        }

        if (seconds > TimeSpan.SecondsPerDay)
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static bool Unit(ReadOnlySpan<char> text, out (string Unit, double Seconds) found)
    {
        foreach (var unit in _units)
        {
            if (text.StartsWith(unit.Unit, StringComparison.Ordinal))
            {
                found = unit;
                return true;
            }
        }

        found = default;
        return false;
    }
}
