using System.Globalization;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>A lab's status as tables.</summary>
internal static class StatusTables
{
    internal static Table Nodes(LabStatus status)
    {
        var table = New("node", "type", "zone", "ENI", "status", "link", "primary address", "secondary", "prefixes", "slots");
        foreach (var node in status.Nodes)
        {
            var first = true;
            foreach (var eni in node.Interfaces)
            {
                var slots = (eni.PrimaryAddress is null ? 0 : 1) + eni.SecondaryAddresses.Count + eni.Prefixes.Count;
                table.AddRow(
                    Text(first ? node.Name : ""), Text(first ? node.InstanceType : ""), Text(first ? node.AvailabilityZone : ""),
                    Text(eni.Id), Text(eni.Status), Text(eni.Link ?? "-"), Text(eni.PrimaryAddress ?? "-"),
                    Text(Number(eni.SecondaryAddresses.Count)), Text(Number(eni.Prefixes.Count)), Text($"{slots}/{node.AddressesPerInterface}"));
                first = false;
            }
        }

        foreach (var eni in status.FreeInterfaces)
        {
            table.AddRow(
                Text("-"), Text(""), Text(""), Text(eni.Id), Text(eni.Status), Text("-"), Text(eni.PrimaryAddress ?? "-"),
                Text(Number(eni.SecondaryAddresses.Count)), Text(Number(eni.Prefixes.Count)), Text(""));
        }

        return table;
    }

    internal static Table Subnets(LabStatus status)
    {
        var table = New("subnet", "block", "zone", "free addresses");
        foreach (var subnet in status.Subnets)
            table.AddRow(Text(subnet.Id), Text(subnet.Cidr), Text(subnet.AvailabilityZone), Text(Number(subnet.FreeAddresses)));
        return table;
    }

    internal static Table Calls(LabStatus status)
    {
        var callers = status.Ec2Calls.Select(c => c.Caller).Distinct().Order().ToList();
        var table = New(["EC2 action", .. callers, "faults"]);
        foreach (var action in status.Ec2Calls.GroupBy(c => c.Action).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            table.AddRow([
                Text(action.Key),
                .. callers.Select(caller => Text(Number(action.Where(c => c.Caller == caller).Sum(c => c.Calls)))),
                Text(Number(action.Sum(c => c.Faults)))]);
        }

        return table;
    }

    internal static Table New(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns(columns);

    internal static Text Text(string text) => new(text);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
