using AwsVpcCni.Simulation.Scenarios;

namespace AwsVpcCni.Simulate;

/// <summary>The scenarios' tables as Markdown: what docs/simulation.md shows.</summary>
internal static class ScenarioPages
{
    public static int Print()
    {
        foreach (var table in AllScenarios.Play())
        {
            Console.WriteLine($"### {table.Title}");
            Console.WriteLine();
            Console.WriteLine(table.Notes);
            Console.WriteLine();
            Row(table.Columns);
            Row([.. table.Columns.Select(static _ => "---")]);
            foreach (var row in table.Rows)
                Row(row);
            Console.WriteLine();
        }

        return 0;
    }

    private static void Row(IReadOnlyList<string> cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
}
