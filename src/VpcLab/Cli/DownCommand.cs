using System.CommandLine;
using System.Text.Json;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab down.</summary>
internal static class DownCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var down = new Command("down", "Take a lab down: its processes, namespaces, links, mounts and files. Also one whose server has died.") { name, json };
        down.SetAction(result =>
        {
            var lab = result.Lab(name);
            var wasThere = LabTeardown.Run(lab);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(new LabDown(lab.Name, wasThere), CliJson.Default.LabDown));
            else
                Console.WriteLine(wasThere ? $"Lab {lab.Name} is down; nothing of it is left." : $"There is no lab named {lab.Name}; nothing to do.");
            return 0;
        });
        return down;
    }
}
