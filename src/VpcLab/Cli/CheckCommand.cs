using System.CommandLine;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab check: looks for what should never be.</summary>
internal static class CheckCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var check = new Command(
            "check", "Check that no address is on two ENIs, that counts, prefixes and limits are right, and that the router's links, routes and nftables are as EC2's state asks; exit code 1 if not.")
        {
            name, json,
        };
        check.SetAction(async (result, cancellation) =>
        {
            using var client = new ControlClient(result.Lab(name));
            return Tell(await client.CheckAsync(cancellation), result.GetValue(json), Console.Out);
        });
        return check;
    }

    /// <summary>Returns the exit code.</summary>
    internal static int Tell(LabCheck check, bool json, TextWriter output)
    {
        if (json)
            output.WriteLine(JsonSerializer.Serialize(check, InspectionJson.Default.LabCheck));
        else if (check.IsWell)
            output.WriteLine("All is well: no address is on two ENIs; counts, prefixes and limits are right; the router's links, routes and nftables are as EC2 says.");
        else
            TellWrong(check, output);
        return check.IsWell ? 0 : 1;
    }

    private static void TellWrong(LabCheck check, TextWriter output)
    {
        foreach (var violation in check.Violations)
            output.WriteLine($"Wrong in EC2's state: {violation}");
        foreach (var difference in check.Differences)
            output.WriteLine($"The router is out of step with EC2: {difference}");
        foreach (var error in check.FabricErrors)
            output.WriteLine($"Could not be carried out: {error}");
    }
}
