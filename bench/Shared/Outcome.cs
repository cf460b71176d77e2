using System.Globalization;
using System.Text.Json;

namespace AwsVpcCni.Bench.Shared;

/// <summary>What one run measured, as a table on standard output and as an object in the results' file.</summary>
internal sealed class Outcome(string title)
{
    private readonly List<(string What, double Value)> _figures = [];

    internal double this[string what]
    {
        set => _figures.Add((what, value));
    }

    internal void Print()
    {
        Console.WriteLine(title);
        foreach (var (what, value) in _figures)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-56} {value,10:0.###}"));
        Console.WriteLine();
    }

    internal static void Write(string path, string profile, IEnumerable<Outcome> outcomes)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("time", DateTimeOffset.UtcNow);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteString("instanceType", NodeLab.InstanceType);
        json.WriteString("profile", profile);
        json.WriteStartArray("runs");
        foreach (var outcome in outcomes)
            outcome.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("run", title);
        foreach (var (what, value) in _figures)
            json.WriteNumber(what.Trim(), Math.Round(value, 3));
        json.WriteEndObject();
    }
}
