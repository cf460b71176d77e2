using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab status.</summary>
internal static class StatusCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var json = new Option<bool>("--json") { Description = "As JSON, with EC2's calls by action and caller." };
        var all = new Option<bool>("--all", "-a") { Description = "Every ENI, also where there are many nodes." };
        var command = new Command("status", "Draw a lab: its VPC, nodes, ENIs and addresses; what was dropped; EC2's calls.") { name, all, json };
        command.SetAction(async (result, cancellation) =>
        {
            using var client = new ControlClient(result.Lab(name));
            var status = await client.StatusAsync(-1, cancellation);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(status, ControlJson.Default.LabStatus));
            else
                Show(status, result.GetValue(all), Screen.Create());
            return 0;
        });
        return command;
    }

    internal static void Show(LabStatus status, bool all, IAnsiConsole screen)
    {
        screen.Write(VpcDrawing.Draw(status, all));
        screen.MarkupLineInterpolated($"EC2 at {status.Ec2Endpoint}, profile {status.Profile}, seed {status.Seed}, up {Uptime(status.UptimeSeconds)}, now {status.Now:u}");
        if (status.Ec2Calls.Count > 0)
            screen.Write(StatusTables.Calls(status));
        if (status.Drops.Count > 0)
        {
            screen.Write(StatusTables.Drops(status));
            if (status.UntoldDrops > 0)
                screen.WriteLine(DropsCommand.Untold(status.UntoldDrops));
            screen.MarkupLineInterpolated($"[grey]Each packet:[/] vpclab drops{LabNameOption.Said(status.Name)}");
        }

        foreach (var error in status.FabricErrors)
            screen.MarkupLineInterpolated($"[red]The packets are out of step with EC2:[/] {error}");
    }

    private static string Uptime(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };
}
