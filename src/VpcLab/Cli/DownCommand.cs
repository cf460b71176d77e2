using System.CommandLine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab down.</summary>
internal static class DownCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var down = new Command("down", "Take a lab down: its processes, namespaces, links, mounts and files. Also one whose server has died.") { name };
        down.SetAction(result =>
        {
            var lab = result.Lab(name);
            var wasThere = LabTeardown.Run(lab);
            Console.WriteLine(wasThere ? $"Lab {lab.Name} is down; nothing of it is left." : $"There is no lab named {lab.Name}; nothing to do.");
            return 0;
        });
        return down;
    }
}
