namespace AwsVpcCni.VpcLab.Control;

/// <summary>What should never be, looked for in a lab.</summary>
/// <param name="Now">The lab's time of it.</param>
/// <param name="Violations">
/// In EC2's state: an address on two ENIs, a count that is wrong, a prefix that is crooked or not whole, a limit exceeded
/// (<see cref="Ec2Model.Vpc.Violations"/>).
/// </param>
/// <param name="FabricErrors">What the fabric could not carry out; packets go other ways than EC2 says if there is any.</param>
public sealed record LabCheck(DateTimeOffset Now, IReadOnlyList<string> Violations, IReadOnlyList<string> FabricErrors)
{
    internal bool IsWell => Violations.Count + FabricErrors.Count == 0;
}
