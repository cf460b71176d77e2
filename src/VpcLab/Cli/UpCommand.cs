using System.CommandLine;
using System.Text.Json;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab up.</summary>
internal static class UpCommand
{
    internal static Command Create()
    {
        var options = new LabOptionSet();
        var foreground = new Option<bool>("--foreground", "-f") { Description = "Stay attached, and take the lab down at Ctrl-C." };
        var json = new Option<bool>("--json") { Description = "Print the lab's state as JSON once it serves." };
        var up = new Command("up", "Start a lab.") { foreground, json };
        options.AddTo(up);
        up.SetAction((result, _) => RunAsync(options.Read(result), result.GetValue(foreground), result.GetValue(json)));
        return up;
    }

    private static async Task<int> RunAsync(LabOptions options, bool foreground, bool json)
    {
        options.Validate();
        using var interrupt = new Interrupt();
        if (foreground)
        {
            await LabServer.RunAsync(options, new Attached(options, json), interrupt.Token);
            return 0;
        }

        Welcome(options, await BackgroundServer.StartAsync(options, json ? _ => { } : ProgressLines.Show, interrupt.Token), json);
        return 0;
    }

    private static void Welcome(LabOptions options, LabState state, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(state, LabJson.Default.LabState));
            return;
        }

        var name = options.Name == new LabOptions().Name ? "" : $" --name {options.Name}";
        Console.WriteLine(
            $"""

            Lab {state.Name} is up (EC2 is {options.Profile}, seed {options.Seed}): {string.Join(", ", state.Nodes.Select(n => $"{n.Name} ({n.InstanceType}, {n.PrivateAddress}, {n.AvailabilityZone})"))}.

            Try next:
              vpclab exec{name} {state.Nodes[0].Name} -- ip address
              vpclab exec{name} {state.Nodes[0].Name} -- ping -c 3 {state.Nodes[^1].PrivateAddress}
              vpclab status{name}
              vpclab set{name} latency.AttachNetworkInterface=3s..9s
              vpclab fault{name} AssignPrivateIpAddresses --code InsufficientFreeAddressesInSubnet --times 3
              aws ec2 describe-network-interfaces --endpoint-url {state.Ec2Endpoint} --region {state.Region}   # any credentials
              vpclab down{name}
            """);
    }

    private sealed class Attached(LabOptions options, bool json) : IStartProgress
    {
        public void Begun(LabPaths lab)
        {
        }

        public void Step(string text)
        {
            if (!json)
                ProgressLines.Show(text);
        }

        public void Ready(LabState state)
        {
            Welcome(options, state, json);
            if (!json)
                Console.WriteLine("\nCtrl-C takes it down.");
        }
    }
}
