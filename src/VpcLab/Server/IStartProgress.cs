using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>Hears how a lab's start goes.</summary>
internal interface IStartProgress
{
    /// <summary>The lab's folder is there: from now on its log can be.</summary>
    void Begun(LabPaths lab);

    void Step(string text);

    /// <summary>All nodes are up and everything is served.</summary>
    void Ready(LabState state);
}
