using System.CommandLine;
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
        var command = new Command("status", "Show a lab: its nodes, their ENIs and addresses, the subnets, and EC2's calls.") { name, json };
        command.SetAction(async (result, cancellation) =>
        {
            using var client = new ControlClient(result.Lab(name));
            var status = await client.StatusAsync(-1, cancellation);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(status, ControlJson.Default.LabStatus));
            else
                Show(status);
            return 0;
        });
        return command;
    }

    private static void Show(LabStatus status)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200; // A file has no edge; 80 would break every id in two.
        AnsiConsole.MarkupLineInterpolated($"[bold]{status.Name}[/]  {status.Region}, EC2 at {status.Ec2Endpoint} ({status.Profile}, seed {status.Seed})");
        AnsiConsole.Write(StatusTables.Nodes(status));
        AnsiConsole.Write(StatusTables.Subnets(status));
        if (status.Ec2Calls.Count > 0)
            AnsiConsole.Write(StatusTables.Calls(status));
        foreach (var error in status.FabricErrors)
            AnsiConsole.MarkupLineInterpolated($"[red]The fabric is out of step with EC2:[/] {error}");
    }
}
