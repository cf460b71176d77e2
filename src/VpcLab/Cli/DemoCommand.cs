using System.CommandLine;
using AwsVpcCni.VpcLab.Demo;
using AwsVpcCni.VpcLab.Machine;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab demo.</summary>
internal static class DemoCommand
{
    internal static Command Create()
    {
        var bin = new Option<string>("--bin") { Description = "Folder with ipamd, aws-cni and grpc-health-probe.", DefaultValueFactory = _ => "artifacts/bin", HelpName = "FOLDER" };
        var conf = new Option<string>("--conf") { Description = "The CNI network configuration.", DefaultValueFactory = _ => "config/10-aws.conf", HelpName = "FILE" };
        var name = LabNameOption.Create();
        name.DefaultValueFactory = _ => "demo";
        var demo = new Command("demo", "Show it all: two nodes, real ipamd and aws-cni, pods, pings, a crash and a restart; leaves nothing behind.") { bin, conf, name };
        demo.SetAction(async (result, _) =>
        {
            var programs = DemoPrograms.Find(result.GetRequiredValue(bin), result.GetRequiredValue(conf));
            using var interrupt = new Interrupt();
            try
            {
                await DemoLab.RunAsync(result.Lab(name), programs, new DemoScreen(AnsiConsole.Console), interrupt.Token);
                return 0;
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync("vpclab: interrupted; nothing of the demo is left.");
                return VpcLabCommand.Interrupted;
            }
        });
        return demo;
    }
}
