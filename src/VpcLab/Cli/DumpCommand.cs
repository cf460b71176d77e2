using System.CommandLine;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab dump: all that EC2 knows, as JSON.</summary>
internal static class DumpCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var json = new Option<bool>("--json") { Description = "As JSON, which it is in any case." };
        var dump = new Command("dump", "Print all of EC2's state as JSON: subnets, reservations, instances, ENIs, attachments, addresses, tags.") { name, json };
        dump.SetAction(async (result, cancellation) =>
        {
            using var client = new ControlClient(result.Lab(name));
            Console.WriteLine(JsonSerializer.Serialize(await client.DumpAsync(cancellation), InspectionJson.Default.LabDump));
            return 0;
        });
        return dump;
    }
}
