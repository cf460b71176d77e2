namespace AwsVpcCni.Cni.Invocation;

/// <summary>What <c>CNI_COMMAND</c> may ask for.</summary>
public enum CniCommand
{
    Add,
    Del,
    Check,
    Version,
    Status,
    Gc,
}
