using System.CommandLine;
using System.Text.Json;
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
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var delete = new Command("delpod", "Remove a pod's network namespace from the node, with the processes in it.") { name, node, pod, json };
        delete.SetAction(result =>
        {
            var (nodeName, podName) = (result.GetRequiredValue(node), result.GetRequiredValue(pod));
            using var space = NodeSpace.Open(result.Lab(name), nodeName);
            Pods.Delete(space, podName);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(new PodDeleted(nodeName, podName), CliJson.Default.PodDeleted));
            return 0;
        });
        return delete;
    }
}
