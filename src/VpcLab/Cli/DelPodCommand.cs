using System.CommandLine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab delpod: what a container runtime does after CNI's DEL.</summary>
internal static class DelPodCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var node = new Argument<string>("NODE") { Description = "node-1, node-2, …" };
        var pod = new Argument<string>("POD") { Description = "The name of its network namespace in the node." };
        var delete = new Command("delpod", "Remove a pod's network namespace from the node, with the processes in it.") { name, node, pod };
        delete.SetAction(result =>
        {
            using var space = NodeSpace.Open(result.Lab(name), result.GetRequiredValue(node));
            Pods.Delete(space, result.GetRequiredValue(pod));
            return 0;
        });
        return delete;
    }
}
