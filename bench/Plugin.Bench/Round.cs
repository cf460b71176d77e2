namespace AwsVpcCni.Plugin.Bench;

/// <summary>What the driver told of one command for many pods: calls in the order of their ends.</summary>
internal sealed class Round
{
    private readonly List<Call> _calls;

    private Round(List<Call> calls) => _calls = calls;

    internal int Failed => _calls.Count(call => call.ExitCode != 0);

    /// <summary>Half of the calls took no longer, from exec to exit, in ms.</summary>
    internal double Median => _calls.Select(call => call.Wall).Order().ElementAt(_calls.Count / 2) / 1000.0;

    /// <summary>The call that nothing else on the machine disturbed, in ms.</summary>
    internal double Fastest => _calls.Min(call => call.Wall) / 1000.0;

    /// <summary>User and system time of the plugin's processes alone, in ms per call.</summary>
    internal double Cpu => _calls.Average(call => call.Cpu) / 1000.0;

    internal double PerSecond => _calls.Count * 1e6 / _calls[^1].End;

    internal double Slowest => _calls.Max(call => call.Wall) / 1e6;

    /// <summary>From the first call's end to the last one's, in seconds.</summary>
    internal double Ends => (_calls[^1].End - _calls[0].End) / 1e6;

    internal static Round Parse(string text) => new(
        [.. from line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            let figures = Array.ConvertAll(line.Split(' '), long.Parse)
            select new Call(figures[0], figures[1], figures[2], figures[3])]);

    /// <summary>In microseconds; see cni-driver.c.</summary>
    private readonly record struct Call(long ExitCode, long Wall, long Cpu, long End);
}
