using System.CommandLine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab addpod: an empty pod sandbox, as a container runtime makes one before it calls CNI.</summary>
internal static class AddPodCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var node = new Argument<string>("NODE") { Description = "node-1, node-2, …" };
        var pod = new Argument<string>("POD") { Description = "The name of its network namespace in the node." };
        var add = new Command("addpod", "Make an empty network namespace for a pod, in the node's /var/run/netns; prints its path (CNI_NETNS).") { name, node, pod };
        add.SetAction(result =>
        {
            using var space = NodeSpace.Open(result.Lab(name), result.GetRequiredValue(node));
            Console.WriteLine(Pods.Add(space, result.GetRequiredValue(pod)));
            return 0;
        });
        return add;
    }
}
