namespace AwsVpcCni.VpcLab.Machine;

/// <summary>Somebody ended the program's work, and nothing failed.</summary>
internal sealed class InterruptedException : OperationCanceledException;
