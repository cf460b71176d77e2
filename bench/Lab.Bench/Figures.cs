using System.Globalization;
using System.Text.Json;

namespace AwsVpcCni.Lab.Bench;

/// <summary>What one bench measured: durations by what was done, as a table on standard output and as a file.</summary>
internal sealed class Figures(string title, IReadOnlyDictionary<string, object> setting)
{
    private static readonly (string Name, double Rank)[] _percentiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)];

    private readonly SortedDictionary<string, List<TimeSpan>> _durations = new(StringComparer.Ordinal);

    internal void Add(string what, TimeSpan duration)
    {
        if (!_durations.TryGetValue(what, out var all))
            _durations.Add(what, all = []);
        all.Add(duration);
    }

    internal void Print()
    {
        Console.WriteLine($"{title} ({string.Join(", ", setting.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value}")))}), in ms");
        Console.WriteLine($"  {"",-34} {"count",6} {"p50",8} {"p90",8} {"p99",8} {"max",8}");
        foreach (var (what, all) in _durations)
        {
            var p = Percentiles(all);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-34} {all.Count,6} {p[0],8:0.0} {p[1],8:0.0} {p[2],8:0.0} {p[3],8:0.0}"));
        }

        Console.WriteLine();
    }

    internal void Write(string path)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("bench", title);
        json.WriteString("time", DateTimeOffset.UtcNow);
        json.WriteNumber("processors", Environment.ProcessorCount);
        foreach (var (name, value) in setting)
            json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        json.WriteStartArray("milliseconds");
        foreach (var (what, all) in _durations)
        {
            var p = Percentiles(all);
            json.WriteStartObject();
            json.WriteString("what", what);
            json.WriteNumber("count", all.Count);
            for (var i = 0; i < p.Length; i++)
                json.WriteNumber(_percentiles[i].Name, Math.Round(p[i], 2));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>p50, p90, p99 and the maximum, by nearest rank.</summary>
    private static double[] Percentiles(List<TimeSpan> durations)
    {
        var sorted = durations.Select(d => d.TotalMilliseconds).Order().ToList();
        return [.. _percentiles.Select(p => sorted[(int)Math.Ceiling(p.Rank * sorted.Count) - 1])];
    }
}
