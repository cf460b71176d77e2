using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AwsVpcCni.Fuzz;

/// <summary>
/// One target for a while. An input that led to an outcome not seen before joins the corpus, so that its neighbours are tried next. What
/// breaks a decoder is written down, and the run goes on.
/// </summary>
internal sealed partial class FuzzRun(FuzzTarget target, string folder, int seed)
{
    private const int MostCorpus = 4096;

    private const int LongestShape = 100;

    /// <summary>A decoder needs microseconds; this long is a hang.</summary>
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(10);

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _corpus = [.. target.Corpus];
    private readonly HashSet<string> _outcomes = [];
    private readonly HashSet<string> _failures = [];
    private byte[] _current = [];
    private long _began;

    /// <returns>How many different failures there were.</returns>
    public int Run(TimeSpan duration)
    {
        foreach (var valid in target.Corpus)
            Try(valid);
        if (_failures.Count > 0)
            Console.Error.WriteLine($"{target.Name}: valid inputs fail");

        using var watch = new Timer(_ => CheckForHang(), null, _hang, TimeSpan.FromSeconds(1));
        var start = Stopwatch.GetTimestamp();
        var executions = 0L;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            var input = _corpus[_random.Next(_corpus.Count)];
            for (var more = 1 + _random.Next(4); more > 0; more--)
                input = target.Mutate(input, _random);
            executions++;
            if (Try(input) && _corpus.Count < MostCorpus)
                _corpus.Add(input);
        }

        Console.WriteLine($"{target.Name,-14} {executions,12:N0} executions in {Stopwatch.GetElapsedTime(start).TotalSeconds,5:N0} s  {_outcomes.Count,5:N0} outcomes  {_failures.Count,3} failures  (seed {seed})");
        return _failures.Count;
    }

    /// <returns>True when its outcome is new.</returns>
    private bool Try(byte[] input)
    {
        Volatile.Write(ref _current, input);
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
        try
        {
            return _outcomes.Add(Shape(target.Run(input)));
        }
#pragma warning disable CA1031 // Whatever comes out is what this program looks for.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (_failures.Add(e.GetType().Name + Shape(e.Message)))
                Keep(input, e.ToString());
            return false;
        }
        finally
        {
            Volatile.Write(ref _began, 0);
        }
    }

    private void CheckForHang()
    {
        if (Volatile.Read(ref _began) is var began && (began == 0 || Stopwatch.GetElapsedTime(began) < _hang))
            return;
        Keep(Volatile.Read(ref _current), $"no end after {_hang.TotalSeconds} s");
        Environment.Exit(2);
    }

    private void Keep(byte[] input, string why)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{target.Name}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(path, input);
        Console.Error.WriteLine($"{target.Name}: {why}\n  the input is {path}; again: fuzz replay {target.Name} {path}");
    }

    // Values differ from input to input; the first words around them tell the way that was taken.
    private static string Shape(string outcome)
    {
        var words = Values().Replace(outcome, "_");
        return words[..Math.Min(words.Length, LongestShape)];
    }

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*'|[0-9]+", RegexOptions.Singleline)]
    private static partial Regex Values();
}
