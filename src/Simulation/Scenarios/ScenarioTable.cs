using System.Globalization;

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>What a scenario found, as a table.</summary>
/// <param name="Title">What was played.</param>
/// <param name="Notes">What to know when reading it.</param>
public sealed record ScenarioTable(string Title, string Notes, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>A scenario of which each seed is a row: seeds 1 to <paramref name="seeds"/>.</summary>
    public static ScenarioTable PerSeed<T>(
        string title, string notes, int seeds, Func<int, T> play, params IReadOnlyList<(string Column, Func<T, FormattableString> Cell)> columns)
    {
        var rows = new List<IReadOnlyList<string>>();
        for (var seed = 1; seed <= seeds; seed++)
        {
            var played = play(seed);
            rows.Add([$"{seed}", .. columns.Select(column => column.Cell(played).ToString(CultureInfo.InvariantCulture))]);
        }

        return new ScenarioTable(title, notes, ["seed", .. columns.Select(static column => column.Column)], rows);
    }
}
