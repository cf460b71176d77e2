using System.CommandLine;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab exec: a command in a node, in a pod of it, on a host outside the VPC, or on the machine as a model node.</summary>
internal static class ExecCommand
{
    /// <summary>For the demo: it ends its commands itself, and a command that ended by the same Ctrl-C would look like one that failed.</summary>
    internal const string Apart = "--apart";

    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var node = new Argument<string>("NODE") { Description = "node-1, node-2, …; internet or peer, the hosts outside the VPC; model-1, model-2, …" };
        var pod = new Option<string?>("--pod") { Description = "In this pod's network namespace instead of the node's.", HelpName = "POD" };
        var apart = new Option<bool>(Apart) { Description = "In a process group of its own, which a terminal's Ctrl-C does not reach.", Hidden = true };
        var command = new Argument<string[]>("COMMAND") { Description = "After --: the command and its arguments.", Arity = ArgumentArity.OneOrMore };
        var exec = new Command("exec", "Run a command in a node: its network, its /run, /var/log, /etc/cni and /opt/cni. Exit code and signals are the command's.")
        {
            name, pod, apart, node, command,
        };
        exec.SetAction(result =>
        {
            if (result.GetValue(apart))
                Libc.Check(Libc.SetProcessGroup(0, 0), "Making a process group");
            return Run(result.Lab(name), result.GetRequiredValue(node), result.GetValue(pod), result.GetRequiredValue(command));
        });
        return exec;
    }

    private static int Run(LabPaths lab, string where, string? pod, string[] command)
    {
        var state = LabState.ReadServing(lab);
        if (where is OutsideHost.InternetName or OutsideHost.PeerName)
        {
            RefusePod(pod, where);
            using var host = NamedNetworks.Open(lab.OutsideNetwork(where));
            return NodeExec.Become(mount: null, host, command, new Dictionary<string, string>());
        }

        if (state.ModelNodes.FirstOrDefault(n => n.Name == where) is { } model)
        {
            RefusePod(pod, where);
            return NodeExec.Become(mount: null, network: null, command, NodeEnvironment.Of(state, model));
        }

        using var space = NodeSpace.Open(lab, where);
        using var podNetwork = pod is null ? null : space.OpenPod(pod);
        return NodeExec.Become(space.Mount, podNetwork ?? space.Network, command, NodeEnvironment.Of(state));
    }

    private static void RefusePod(string? pod, string where)
    {
        if (pod is not null)
            throw new LabException($"{where} has no pods: leave out --pod {pod}, or name a node.");
    }
}
