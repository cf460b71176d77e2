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

        var state = json
            ? await BackgroundServer.StartAsync(options, _ => { }, interrupt.Token)
            : await ProgressLines.ShowAsync($"Starting lab {options.Name}", step => BackgroundServer.StartAsync(options, step, interrupt.Token));
        Welcome(options, state, json);
        return 0;
    }

    private static void Welcome(LabOptions options, LabState state, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(state, LabJson.Default.LabState));
            return;
        }

        Console.WriteLine($"\nLab {state.Name} is up (EC2 is {options.Profile}, seed {options.Seed}): {Size(state)}.\n\nTry next:");
        foreach (var (command, why) in NextSteps(state))
            Console.WriteLine(why.Length == 0 ? $"  {command}" : $"  {command}   # {why}");
    }

    private static string Size(LabState state) => string.Join(" and ", new[]
    {
        state.Nodes.Count switch
        {
            0 => null,
            <= 4 => string.Join(", ", state.Nodes.Select(n => $"{n.Name} ({n.InstanceType}, {n.PrivateAddress}, {n.AvailabilityZone})")),
            var many => $"{many} nodes, {state.Nodes[0].Name} to {state.Nodes[^1].Name}",
        },
        state.ModelNodes.Count switch
        {
            0 => null,
            1 => state.ModelNodes[0].Name,
            var many => $"{many} model nodes, {state.ModelNodes[0].Name} to {state.ModelNodes[^1].Name}",
        },
    }.OfType<string>());

    private static IEnumerable<(string Command, string Why)> NextSteps(LabState state)
    {
        var name = LabNameOption.Said(state.Name);
        if (state.Nodes.Count > 0)
        {
            yield return ($"vpclab exec{name} {state.Nodes[0].Name} -- ip address", "");
            yield return ($"vpclab exec{name} {state.Nodes[0].Name} -- ping -c 3 {(state.Nodes.Count > 1 ? state.Nodes[^1].PrivateAddress : state.InternetHost)}", "");
        }

        if (state.ModelNodes.Count > 0)
            yield return ($"vpclab exec{name} {state.ModelNodes[0].Name} -- aws ec2 describe-subnets --endpoint-url {state.ModelNodes[0].Endpoint}", "as that node");
        yield return ($"vpclab status{name}", "the VPC as a drawing");
        yield return ($"vpclab drops{name} --follow", "what the router drops, and why");
        yield return ($"vpclab set{name} latency.AttachNetworkInterface=3s..9s", "EC2 slower, from now on");
        yield return ($"vpclab fault{name} AssignPrivateIpAddresses --code InsufficientFreeAddressesInSubnet --times 3", "");
        yield return ($"aws ec2 describe-network-interfaces --endpoint-url {state.Ec2Endpoint} --region {state.Region}", "any credentials");
        yield return ($"vpclab down{name}", "");
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
