using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>The demo's two nodes.</summary>
internal sealed class DemoNodes(LabPaths lab) : IDisposable
{
    internal DemoNode First { get; } = new(lab, LabPaths.NodeName(1));

    internal DemoNode Second { get; } = new(lab, LabPaths.NodeName(2));

    internal IReadOnlyList<DemoNode> All => [First, Second];

    /// <summary>Copies all logs to where they outlive the lab.</summary>
    /// <returns>The folder.</returns>
    internal string KeepLogs(LabPaths paths)
    {
        var folder = Directory.CreateTempSubdirectory("vpclab-demo-").FullName;
        foreach (var node in All)
            node.CopyLogs(folder);
        if (File.Exists(paths.ServerLog))
            File.Copy(paths.ServerLog, Path.Combine(folder, "server.log"));
        return folder;
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
