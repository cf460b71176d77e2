namespace AwsVpcCni.Simulation.Nodes;

/// <summary>ENIs that take a slot on the node and are otherwise to be left alone.</summary>
public enum GuestEni
{
    /// <summary>Carries branch ENIs; the VPC resource controller's.</summary>
    Trunk,

    /// <summary>An HPC job's.</summary>
    Efa,

    /// <summary>Tagged <c>node.k8s.amazonaws.com/no_manage</c>, with an address of its own.</summary>
    NoManage,
}
