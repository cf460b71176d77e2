using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Tests;

/// <summary>A name for a lab that should not be there in the end, and isn't even when the test fails.</summary>
internal sealed class NoLab : IDisposable
{
    public LabPaths Paths { get; } = LabPaths.Of(Lab.UniqueName());

    public void Dispose() => LabTeardown.Run(Paths);
}
