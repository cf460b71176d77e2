namespace AwsVpcCni.Cni.Configuration;

/// <summary>How security groups hold for pods with a branch ENI (<c>podSGEnforcingMode</c>).</summary>
public enum PodSecurityGroupMode
{
    /// <summary>All of the pod's traffic passes its branch ENI.</summary>
    Strict,

    /// <summary>Traffic within the node does not.</summary>
    Standard,
}
