using System.Globalization;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>What was counted in a lab, as tables.</summary>
internal static class StatusTables
{
    /// <summary>More callers than this share two columns.</summary>
    private const int MostCallers = 5;

    internal static Table Calls(LabStatus status)
    {
        var callers = status.Ec2Calls.Select(c => c.Caller).Distinct().Order(StringComparer.Ordinal).ToList();
        var apart = callers.Count <= MostCallers;
        var table = New(apart ? ["EC2 action", .. callers, "faults"] : ["EC2 action", "callers", "calls", "faults"]);
        foreach (var action in status.Ec2Calls.GroupBy(c => c.Action).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var counts = apart
                ? callers.Select(caller => action.Where(c => c.Caller == caller).Sum(c => c.Calls))
                : [action.Count(), action.Sum(c => c.Calls)];
            var faults = action.Sum(c => c.Faults);
            table.AddRow([
                Text(action.Key.Length == 0 ? "(none)" : action.Key),
                .. counts.Select(count => Text(Number(count))),
                new Text(Number(faults), faults > 0 ? new Style(Color.Yellow) : Style.Plain)]);
        }

        return table;
    }

    internal static Table Drops(LabStatus status)
    {
        var names = status.Nodes.SelectMany(node => node.Interfaces.Select(eni => (eni.Id, node.Name))).ToDictionary();
        var table = New("dropped because", "from", "ENI", "packets");
        foreach (var drop in status.Drops.OrderBy(d => d.Reason, StringComparer.Ordinal).ThenBy(d => names.GetValueOrDefault(d.From), StringComparer.Ordinal))
        {
            var node = names.GetValueOrDefault(drop.From);
            table.AddRow(Text(drop.Reason), Text(node ?? (IsEni(drop.From) ? "-" : drop.From)), Text(IsEni(drop.From) ? drop.From : "-"), Text(Number(drop.Packets)));
        }

        return table;
    }

    internal static Table New(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns(columns);

    internal static Text Text(string text) => new(text);

    private static bool IsEni(string from) => from.StartsWith("eni-", StringComparison.Ordinal);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
