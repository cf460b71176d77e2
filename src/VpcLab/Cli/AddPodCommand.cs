using System.CommandLine;
using System.Text.Json;
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
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var add = new Command("addpod", "Make an empty network namespace for a pod, in the node's /var/run/netns; prints its path (CNI_NETNS).") { name, node, pod, json };
        add.SetAction(result =>
        {
            var (nodeName, podName) = (result.GetRequiredValue(node), result.GetRequiredValue(pod));
            using var space = NodeSpace.Open(result.Lab(name), nodeName);
            var path = Pods.Add(space, podName);
            Console.WriteLine(result.GetValue(json) ? JsonSerializer.Serialize(new PodAdded(nodeName, podName, path), CliJson.Default.PodAdded) : path);
            return 0;
        });
        return add;
    }
}
