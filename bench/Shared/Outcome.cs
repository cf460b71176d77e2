using System.Globalization;
using System.Text.Json;

namespace AwsVpcCni.Bench.Shared;

/// <summary>What one run measured, as a table on standard output and as an object in the results' file.</summary>
internal sealed class Outcome(string title)
{
    private List<Figure> _figures = [];

    internal double this[string what]
    {
        set => _figures.Add(new Figure(what, value, null));
    }

    /// <summary>A figure that must keep to a bound; whoever judges the run says what comes of one that doesn't.</summary>
    internal double this[string what, Bound bound]
    {
        set => _figures.Add(new Figure(what, value, bound));
    }

    /// <summary>The same figures of a run that is only reported.</summary>
    internal Outcome WithoutBounds() => new(title) { _figures = [.. _figures.Select(static figure => figure with { Bound = null })] };

    /// <summary>A line for each figure that does not keep to its bound.</summary>
    internal IEnumerable<string> Missed() =>
        from figure in _figures
        where figure.Bound?.Holds(figure.Value) == false
        select string.Create(CultureInfo.InvariantCulture, $"MISSED in {title}: {figure.What.Trim()} is {figure.Value:0.###}, bound: {figure.Bound}");

    internal void Print()
    {
        Console.WriteLine(title);
        foreach (var figure in _figures)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {figure.Name,-56} {figure.Value,10:0.###}"));
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
        foreach (var figure in _figures)
            json.WriteNumber(figure.Name.Trim(), Math.Round(figure.Value, 3));
        json.WriteStartArray("missed");
        foreach (var missed in Missed())
            json.WriteStringValue(missed);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed record Figure(string What, double Value, Bound? Bound)
    {
        internal string Name => Bound is null ? What : $"{What} ({Bound})";
    }
}
