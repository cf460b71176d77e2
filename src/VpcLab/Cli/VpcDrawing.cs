using System.Globalization;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>A lab as a tree: the VPC, its zones and subnets, the nodes in them, their ENIs, and who is outside.</summary>
internal static class VpcDrawing
{
    /// <summary>More nodes than this get a line each, and their ENIs only when asked for.</summary>
    private const int DrawnWhole = 12;

    internal static Tree Draw(LabStatus status, bool all)
    {
        var drops = status.Drops.GroupBy(d => d.From).ToDictionary(g => g.Key, g => g.Sum(d => d.Packets));
        var tree = new Tree(Line($"[bold]{Markup.Escape(status.Name)}[/]  VPC {string.Join(", ", status.VpcBlocks)} in {status.Region}")) { Guide = TreeGuide.Line };
        foreach (var zone in status.Subnets.GroupBy(s => s.AvailabilityZone).OrderBy(z => z.Key, StringComparer.Ordinal))
        {
            var branch = tree.AddNode(Line($"[bold]{zone.Key}[/]"));
            foreach (var subnet in zone)
            {
                branch.AddNode(Line($"[blue]{subnet.Cidr}[/]  {subnet.Id}  {Number(subnet.FreeAddresses)} addresses free"));
            }

            foreach (var node in status.Nodes.Where(n => n.AvailabilityZone == zone.Key))
                Add(branch, node, drops, all || status.Nodes.Count <= DrawnWhole);
        }

        foreach (var eni in status.FreeInterfaces)
            tree.AddNode(Line($"{eni.Id}  {eni.PrimaryAddress ?? "-"}  [yellow]{eni.Status}[/], attached to nothing"));
        foreach (var host in status.Outside)
            tree.AddNode(Line($"[grey]outside:[/] {host.Name}  {host.Address}{(host.Block == "0.0.0.0/0" ? "" : $"  in {host.Block}")}{Dropped(drops, host.Name)}"));
        return tree;
    }

    private static void Add(TreeNode zone, NodeStatus node, Dictionary<string, long> drops, bool whole)
    {
        var pods = node.Pods.Count == 0 ? "" : $"  {Number(node.Pods.Count)} pod{(node.Pods.Count == 1 ? "" : "s")}";
        var cards = node.NetworkCards == 1 ? "" : $" on {Number(node.NetworkCards)} network cards";
        var where = node.Endpoint is { } endpoint ? $"  [grey]EC2 and IMDS at {endpoint}[/]" : "";
        var drawn = zone.AddNode(Line(
            $"[bold]{node.Name}[/]  {node.InstanceType}  {node.InstanceId}  {Number(node.Interfaces.Count)}/{Number(node.MaximumInterfaces)} ENIs{cards}{pods}"
            + (node.State == "running" ? "" : $"  [yellow]{node.State}[/]") + where));
        if (!whole)
            return;
        foreach (var eni in node.Interfaces)
        {
            var slots = (eni.PrimaryAddress is null ? 0 : 1) + eni.SecondaryAddresses.Count + eni.Prefixes.Count;
            var card = node.NetworkCards > 1 && eni.NetworkCardIndex is { } index ? $"  card {Number(index)}" : "";
            var status = eni.Status == "in-use" ? "" : $"  [yellow]{eni.Status}[/]";
            drawn.AddNode(Line(
                $"{eni.Link ?? "-",-4}  {eni.Id}  {eni.PrimaryAddress ?? "-"}  {Number(slots)}/{Number(node.AddressesPerInterface)} slots{card}{status}{Use(eni)}{Dropped(drops, eni.Id)}"));
        }
    }

    private static string Use(InterfaceStatus eni)
    {
        var has = eni.Prefixes.Count > 0 ? $", {Number(eni.Prefixes.Count)} /28" : "";
        return eni.Addresses is { } use
            ? $"{has}: [green]{Number(use.Pods)} used[/], {Number(use.Free)} free, {Number(use.Cooling)} cooling"
            : has;
    }

    private static string Dropped(Dictionary<string, long> drops, string from) =>
        drops.TryGetValue(from, out var packets) ? $"  [red]{Number(packets)} dropped[/]" : "";

    private static Markup Line(string markup) => new Markup(markup);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
