using System.Globalization;

namespace AwsVpcCni.AwsCni.Serving;

/// <summary>
/// Since when ipamd has not been serving, as STATUS saw it: the plugin lives for milliseconds and remembers in a file. It holds the
/// boot clock in seconds, which no change of the time of day moves.
/// </summary>
internal sealed class NotServingNote(string path)
{
    /// <summary>How long it has been so; zero, and noted, when this is the first time.</summary>
    /// <exception cref="IOException">The note can't be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">Not root.</exception>
    public TimeSpan Since()
    {
        var now = BootClock();
        // A note from the future is another boot's, and one that is cut short is being written by another STATUS.
        if (Read() is { } since && since <= now)
            return TimeSpan.FromSeconds(now - since);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, now.ToString("F2", CultureInfo.InvariantCulture) + "\n");
        return TimeSpan.Zero;
    }

    /// <summary>It serves.</summary>
    /// <exception cref="IOException">The note can't be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">Not root.</exception>
    public void Withdraw()
    {
        if (File.Exists(path))
            File.Delete(path);
    }

    private double? Read() =>
        File.Exists(path)
        && File.ReadAllText(path) is [.., '\n'] text
        && double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : null;

    /// <summary>Seconds since the boot, suspended time included (proc(5), /proc/uptime).</summary>
    private static double BootClock() =>
        double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
