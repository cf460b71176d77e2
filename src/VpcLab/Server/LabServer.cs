using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

internal static class LabServer
{
    internal static async Task RunAsync(LabOptions options, IStartProgress progress, CancellationToken cancellation)
    {
        var lab = options.Validate();
        LabFolder.Create(lab);
        try
        {
            progress.Begun(lab);
            var state = new LabState(lab.Name, Environment.ProcessId, PidFd.StartTime(Environment.ProcessId) ?? 0, "us-west-2", null, []);
            state.Write(lab);
            if (NamedNetworks.PrepareFolder())
                File.Create(LabPaths.MadeNetnsFolder).Dispose();
            for (var i = 1; i <= options.Nodes; i++)
            {
                progress.Step(LabPaths.NodeName(i));
                NodeSpace.Create(lab, LabPaths.NodeName(i));
            }

            progress.Ready(state with { Nodes = [new("node-1", "x", "i", "t", "s", "a", "1.1.1.1")] });
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        finally
        {
            LabTeardown.RemoveAll(lab);
        }
    }
}
