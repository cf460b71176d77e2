using System.CommandLine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab exec: a command in a node, or in a pod of it.</summary>
internal static class ExecCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var node = new Argument<string>("NODE") { Description = "node-1, node-2, …" };
        var pod = new Option<string?>("--pod") { Description = "In this pod's network namespace instead of the node's.", HelpName = "POD" };
        var command = new Argument<string[]>("COMMAND") { Description = "After --: the command and its arguments.", Arity = ArgumentArity.OneOrMore };
        var exec = new Command("exec", "Run a command in a node: its network, its /run, /var/log, /etc/cni and /opt/cni. Exit code and signals are the command's.")
        {
            name, pod, node, command,
        };
        exec.SetAction(result =>
        {
            using var space = NodeSpace.Open(result.Lab(name), result.GetRequiredValue(node));
            using var podNetwork = result.GetValue(pod) is { } podName ? space.OpenPod(podName) : null;
            return NodeExec.Become(space.Mount, podNetwork ?? space.Network, result.GetRequiredValue(command), NodeEnvironment.Of(result.Lab(name)));
        });
        return exec;
    }
}
